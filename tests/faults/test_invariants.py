"""Each promise that is broken is found: a check that cannot fail would prove nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, update

from grader import report
from submissions import models
from submissions.gradings import lifecycle
from submissions.handing_in import receipts
from submissions.models import Grading, State, Submission
from tests.cast import NOON, Cast
from tests.faults.handins import Kind
from tests.faults.invariants import Aftermath
from tests.faults.students import Upload
from tests.faults.watching import recorded

KEY = b"k" * 32
SCORE = 5.0


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is checked is what rows say, whichever database holds them."""
    return sqlite_url


class Trial:
    """One hand-in of Ada's, graded as it should be, and the means to spoil it."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.cast, self.blobs = cast, folder / "blobs"
        self.submission = cast.upload("ada", b"Ada's work")
        with cast.db.read() as session:
            self.blob = session.get_one(Submission, self.submission).blob
        file = self.blobs / self.blob[:2] / self.blob
        file.parent.mkdir(parents=True)
        file.write_bytes(b"Ada's work")
        told = receipts.Receipt(self.submission, self.blob, 10, "dl", "lines", "ada", NOON)
        receipt = receipts.sign(told, KEY)
        self.change(Submission, receipt=receipt)
        self.uploads = [Upload("ada", Kind.WHOLE, self.blob, SCORE, 201, self.submission, receipt)]
        self.grading = cast.queued(submission=self.submission)
        lease = lifecycle.claim(cast.db, self.grading, 30)
        assert lease is not None
        assert lifecycle.finish(cast.db, lease, _report())
        with cast.db.read() as session:
            self.seen = {self.grading: recorded(session, self.grading)}

    def change(self, table: type, **values: object) -> None:
        with self.cast.db.write() as session:
            session.execute(update(table).values(**values))

    def remove(self, *tables: type) -> None:
        with self.cast.db.write() as session:
            for table in tables:
                session.execute(delete(table))

    def complaints(self) -> list[str]:
        with self.cast.db.read() as session:
            return Aftermath(session, self.blobs, self.uploads, self.seen, KEY).complaints()


def _report() -> report.Report:
    tests = tuple(
        report.TestReport(f"test_{points}", "small", "", points * passed, points, "passed" if passed else "wrong")
        for points, passed in ((1.0, True), (2.0, False), (4.0, True))
    )
    return report.Report(
        "cheap", "0" * 64, SCORE, 7.0, 0.1, {}, (report.TaskReport("small", "Small", SCORE, 7.0),), tests
    )


@pytest.fixture
def trial(cast: Cast, tmp_path: Path) -> Trial:
    return Trial(cast, tmp_path)


def test_a_trial_in_which_all_went_well_has_nothing_to_complain_of(trial):
    assert trial.complaints() == []


def _another_grading(trial: Trial) -> None:
    trial.cast.queued(submission=trial.submission)


def _lost_bytes(trial: Trial) -> None:
    (trial.blobs / trial.blob[:2] / trial.blob).unlink()


def _other_bytes(trial: Trial) -> None:
    (trial.blobs / trial.blob[:2] / trial.blob).write_bytes(b"Bo's work")


def _bytes_of_nobody(trial: Trial) -> None:
    (trial.blobs / "stray").write_bytes(b"?")


def _lost_row(trial: Trial) -> None:
    trial.remove(models.TestResult, models.TaskScore, Grading, models.Author, Submission)


def _refused_and_there(trial: Trial) -> None:
    trial.uploads[0] = msgspec.structs.replace(trial.uploads[0], status=422, submission=None, receipt="")


def _unseen(trial: Trial) -> None:
    trial.seen.clear()


SPOILT = {
    "is lost": _lost_row,
    "not genuine": lambda trial: setattr(trial.uploads[0], "receipt", trial.uploads[0].receipt + "x"),
    "not what its receipt says": lambda trial: trial.change(Submission, blob="f" * 64),
    "another receipt than its student": lambda trial: trial.change(Submission, receipt="another"),
    "was refused, or never handed in": _refused_and_there,
    "the bytes of": _lost_bytes,
    "are others": _other_bytes,
    "lies in the blob store for nobody": _bytes_of_nobody,
    "has 2 gradings": _another_grading,
    "is not final": lambda trial: trial.change(Grading, state=State.QUEUED),
    "ended as grader_fault": lambda trial: trial.change(Grading, state=State.FAULT),
    "and not with 5.0": lambda trial: trial.change(Grading, score=7.0),
    "do not add up": lambda trial: trial.change(models.TestResult, points=0.0),
    "superseded, by nothing newer": lambda trial: trial.change(Grading, state=State.SUPERSEDED),
    "changed after it was final": lambda trial: trial.change(models.TestResult, message="another"),
    "nobody looked": _unseen,
}


@pytest.mark.parametrize("words", SPOILT)
def test_a_broken_promise_is_named(trial, words):
    SPOILT[words](trial)
    assert any(words in complaint for complaint in trial.complaints())


def test_an_upload_without_an_answer_may_have_been_taken_and_counts_then(trial):
    trial.uploads[0] = msgspec.structs.replace(trial.uploads[0], status=None, submission=None, receipt="")
    assert trial.complaints() == []
    trial.change(Grading, score=7.0)
    assert any("and not with 5.0" in complaint for complaint in trial.complaints())


def test_one_upload_without_an_answer_explains_one_row_and_no_more(trial):
    trial.uploads[0] = msgspec.structs.replace(trial.uploads[0], status=None, submission=None, receipt="")
    trial.cast.upload("ada", b"Ada's work")
    assert any("never handed in" in complaint for complaint in trial.complaints())
