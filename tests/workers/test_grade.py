"""What a worker does with one grading, whatever the grader raises and whoever takes its lease."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from grader import report as events
from grader.report import GraderFault, Refused
from submissions import models
from submissions.gradings import lifecycle
from submissions.models import Alert, Grading, Progress, State
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from tests.cast import report
from tests.services import wait_until
from workers import grade, reporter
from workers.reporter import Reporter


class Graded:
    """A grader that runs a test's function in place of a hand-in, and notes what is asked of it."""

    def __init__(self, run) -> None:
        self._run = run
        self.calls = []
        self.cancelled = threading.Event()
        self.closed = False

    def grade(self, suite, handin, on_event):
        self.calls.append((suite, handin))
        return self._run(self, on_event)

    def cancel(self):
        self.cancelled.set()

    def close(self):
        self.closed = True


@pytest.fixture
def run(cast, tmp_path, monkeypatch):
    """Grades one queued hand-in with a grader that runs the given function; returns the grading's id and the grader."""
    monkeypatch.setattr(grade, "materialise", lambda _blobs, _blob, digest, suites: suites / digest)
    blobs = DirectoryBlobs(tmp_path / "blobs")
    table = Settings(data=tmp_path, lease_seconds=2, max_attempts=3)

    def run(function, bytes_kept=True, shadow=False):
        grader = Graded(function)
        grading_id = cast.queued(submission=cast.upload(content=b"a hand-in"))
        with cast.db.write() as session:
            session.get_one(Grading, grading_id).shadow = shadow
        if bytes_kept:
            blobs.put(io.BytesIO(b"a hand-in"), 100)
        grade.Worker(cast.db, blobs, grader, tmp_path / "suites", table).grade(grading_id)
        return grading_id, grader

    return run


def take_away(cast):
    """The running grading's lease runs out, the sweeper takes it back and another worker claims it."""
    with cast.db.write() as session:
        grading = session.scalars(select(Grading).where(Grading.state == State.RUNNING)).one()
        grading.lease_until -= timedelta(seconds=60)
    lifecycle.sweep(cast.db, 3)
    lease = lifecycle.claim(cast.db, grading.id, 30)
    assert lease is not None
    return lease


def raising(error):
    def run(_grader, _on_event):
        raise error

    return run


def test_a_grading_gets_the_suite_by_hash_and_the_handin_by_its_bytes(cast, run):
    grading_id, grader = run(lambda *_: report(10.0))
    ((suite, handin),) = grader.calls
    assert suite.name == "5" * 64
    assert handin.read_bytes() == b"a hand-in"
    assert (cast.state(grading_id), cast.grading(grading_id).score) == ("graded", 10.0)


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (Refused("Put linear.py in its place."), "refused", "Put linear.py in its place."),
        (GraderFault("no sandbox"), "queued", "no sandbox"),
        (OSError("the disk is full"), "queued", "OSError: the disk is full"),
        (ZeroDivisionError("a mistake of ours"), "queued", "ZeroDivisionError: a mistake of ours"),
    ],
)
def test_only_a_refusal_is_the_students(cast, run, error, state, message):
    grading_id, _ = run(raising(error))
    row = cast.grading(grading_id)
    assert (row.state, row.message, row.score) == (state, message, None)


def test_a_result_that_cannot_be_recorded_is_a_grader_fault(cast, run):
    broken = report(10.0)
    tests = (broken.tests[0], broken.tests[0])  # the same test twice
    grading_id, _ = run(lambda *_: msgspec.structs.replace(broken, tests=tests))
    row = cast.grading(grading_id)
    assert (row.state, row.score) == ("queued", None)
    assert "IntegrityError" in row.message


def test_a_handin_whose_bytes_are_gone_is_a_grader_fault(cast, run):
    grading_id, grader = run(lambda *_: report(), bytes_kept=False)
    assert grader.calls == []
    assert "restored whole" in cast.grading(grading_id).message


def test_a_grading_that_is_not_queued_is_left_alone(cast, run, tmp_path):
    grading_id, _ = run(lambda *_: report(10.0))
    idle = Graded(lambda *_: report(15.0))
    table = Settings(data=tmp_path)
    grade.Worker(cast.db, DirectoryBlobs(tmp_path / "blobs"), idle, tmp_path, table).grade(grading_id)
    assert idle.calls == []
    assert cast.grading(grading_id).score == 10.0


@pytest.mark.parametrize("outcome", [report(15.0), GraderFault("cancelled"), Refused("no")])
def test_a_lost_lease_cancels_the_grading_and_nothing_is_written(cast, run, outcome):
    taken = []

    def lose(grader, _on_event):
        taken.append(take_away(cast))
        assert grader.cancelled.wait(10), "the heartbeat notices"
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    grading_id, _ = run(lose)
    row = cast.grading(grading_id)
    assert (row.state, row.lease_token, row.attempt) == ("running", taken[0].token, 2)
    with cast.db.read() as session:
        assert session.scalars(select(models.TestResult)).all() == []
        assert session.scalars(select(Alert)).all() == []
    assert lifecycle.finish(cast.db, taken[0], report(10.0))


def test_tests_can_be_seen_while_they_run(cast, run):
    first, second = report().tests
    seen = []

    def rows():
        with cast.db.read() as session:
            return [(row.title, row.verdict) for row in session.scalars(select(Progress).order_by(Progress.position))]

    def tick(_grader, on_event):
        on_event(events.TestStarted(first.id, first.title, 0, 2))
        wait_until(lambda: rows() == [("forward", "")], "the first test is shown as running")
        on_event(events.TestDone(first))
        on_event(events.TestStarted(second.id, second.title, 1, 2))
        wait_until(lambda: rows() == [("forward", "passed"), ("relu", "")], "the first is done, the second runs")
        seen.append(True)
        return report(10.0)

    grading_id, _ = run(tick)
    assert seen == [True]
    assert cast.state(grading_id) == "graded"
    assert rows() == []


def test_of_what_runs_in_the_shadow_a_heartbeat_is_written_and_no_progress(cast, run):
    test = report().tests[0]
    seen = []

    def grading():
        with cast.db.read() as session:
            return session.scalars(select(Grading)).one()

    def tick(_grader, on_event):
        until = grading().lease_until
        on_event(events.TestStarted(test.id, test.title, 0, 2))
        wait_until(lambda: grading().lease_until > until, "the lease is extended")
        with cast.db.read() as session:
            seen.append(session.scalars(select(Progress)).all())
        return report(10.0)

    run(tick, shadow=True)
    assert seen == [[]]


@pytest.mark.parametrize(
    "error",
    [OperationalError("UPDATE grading", {}, OSError("connection refused")), KeyError("a mistake of ours")],
    ids=["a database that is away for a moment", "a mistake of ours"],
)
def test_progress_that_cannot_be_written_is_logged_and_does_not_end_the_heartbeat(cast, monkeypatch, capsys, error):
    lease = lifecycle.claim(cast.db, cast.queued(), 2)
    real, failures = lifecycle.progress, []

    def unreliable(*arguments):
        if len(failures) < 2:
            failures.append(True)
            raise error
        return real(*arguments)

    monkeypatch.setattr(reporter.lifecycle, "progress", unreliable)
    lost = []
    with Reporter(cast.db, lease, lambda: lost.append(True)):
        before = cast.grading(lease.grading_id).lease_until
        wait_until(lambda: cast.grading(lease.grading_id).lease_until > before, "the lease is extended after all")
    assert len(failures) == 2
    assert lost == []
    assert capsys.readouterr().out.count("no heartbeat could be written") == 2


def test_no_thread_outlives_its_grading(cast, run):
    before = threading.active_count()
    run(lambda *_: report())
    run(raising(GraderFault("broken")))
    assert threading.active_count() == before


def test_a_closed_worker_ends_what_was_warm(cast, tmp_path):
    grader = Graded(None)
    grade.Worker(cast.db, DirectoryBlobs(tmp_path / "blobs"), grader, tmp_path, Settings(data=tmp_path)).close()
    assert grader.closed
