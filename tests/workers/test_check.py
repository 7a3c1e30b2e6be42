"""What a worker does with a batch of a check: in the end what the command does, and nothing once the lease is lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from grader.checking import Result, steps
from grader.checking.result import content_of, found_in
from grader.checking.so_far import Paused
from grader.checking.steps import RUNS, Check
from grader.report import GraderFault
from submissions.models import CheckRun, CheckState, Queue, Suite, SuiteCheck, SyncedSuite, User, now
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.packing import keep_folder
from submissions.suites import check_runs, checked, courses
from tests.broken import BROKEN, SOUND
from tests.services import wait_until
from workers import check
from workers.check import Checker


class Cancellable:
    """Stands in for the examiners where nothing is graded."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()


class Checks:
    """A folder that was brought unchecked, and a worker's process that checks it."""

    def __init__(self, cast, tmp_path, grader, folder=SOUND) -> None:
        self.db, self.woken = cast.db, []
        blobs = DirectoryBlobs(tmp_path / "blobs")
        suite = courses.sync_suite(self.db, blobs, folder)
        with self.db.write() as session:
            courses.bring(session, cast.assignment_id, suite, "ines", "", keep_folder(blobs, folder))
            version = session.scalars(select(SyncedSuite).where(SyncedSuite.suite_id == suite.id)).one()
            self.run = check_runs.begin(session, version.id, session.get_one(User, cast.user_ids["ines"])).id
        table = Settings(data=tmp_path, lease_seconds=2, max_attempts=2)
        suites, kept = tmp_path / "suites", tmp_path / "mutants"
        self.checker = Checker(self.db, blobs, grader, suites, kept, table, lambda *woken: self.woken.append(woken))

    def batch(self) -> CheckRun:
        """One message of the queue; the row after it."""
        self.checker.check(self.run)
        with self.db.read() as session:
            return session.get_one(CheckRun, self.run)

    def found(self) -> list[Result]:
        with self.db.read() as session:
            mine = select(SuiteCheck).join(Suite).where(Suite.assignment == "sound")
            return [checked.result_of(each) for each in session.scalars(mine)]


@pytest.fixture
def checks(cast, tmp_path):
    return Checks(cast, tmp_path, Cancellable())


def going_on(monkeypatch, go_on):
    """In place of a check's pieces of work, this is done."""
    monkeypatch.setattr(steps.Check, "go_on", go_on)


@pytest.mark.slow
@pytest.mark.sandbox
def test_batch_by_batch_a_check_finds_what_it_finds_in_one_go(cast, tmp_path, examiners, monkeypatch):
    monkeypatch.setattr(check, "BATCH_SECONDS", 0.1)
    checks = Checks(cast, tmp_path, examiners)
    rows = [checks.batch()]
    while rows[-1].state == CheckState.WAITING:
        rows.append(checks.batch())
    assert rows[-1].state == CheckState.DONE, rows[-1].message
    assert len(rows) > 4
    assert checks.woken == [(checks.run, Queue.CHECK)] * (len(rows) - 1)
    tried = [row.tried for row in rows]
    assert tried == sorted(tried)
    whole = Check(SOUND, examiners, RUNS, lambda _doing: None, tmp_path / "elsewhere")
    findings = [found_in(SOUND, each) for step in whole.steps() for each in step.look()]
    assert checks.found() == [Result(content_of(SOUND), tuple(findings), whole.so_far.survey)]


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_check_that_finds_a_mistake_ends_with_it_and_tries_no_mutant(cast, tmp_path, examiners):
    folder = tmp_path / "broken"
    BROKEN["starter_scores"].write(folder)
    checks = Checks(cast, tmp_path, examiners, folder)
    assert checks.batch().state == CheckState.DONE
    (found,) = checks.found()
    (wrong,) = found.errors
    assert (wrong.file, wrong.key) == ("assignment.toml", "starter.score")
    assert found.mutants is None


def test_a_batch_ends_when_its_time_is_over_or_a_grading_waits_and_does_one_piece_of_work_at_least(
    checks, cast, monkeypatch
):
    asked = []

    def work(self):
        while self._goes_on():
            asked.append(True)
            if len(asked) == 2:
                cast.queued()
        raise Paused

    going_on(monkeypatch, work)
    assert checks.batch().state == CheckState.WAITING
    assert len(asked) == 2
    with cast.db.write() as session:
        session.execute(update(check_runs.CheckRun).values(wake_at=now()))
    assert check_runs.claim(cast.db, checks.run, 30)


@pytest.mark.parametrize("error", [GraderFault("no sandbox"), OSError("the disk is full"), KeyError("ours")])
def test_what_fails_of_ours_is_tried_again_then_told_and_is_no_verdict(checks, monkeypatch, error):
    def fail(_self):
        raise error

    going_on(monkeypatch, fail)
    states = [checks.batch().state, checks.batch().state]
    assert states == [CheckState.WAITING, CheckState.FAULT]
    assert str(error) in checks.batch().message
    assert checks.found() == []


def test_a_folder_that_is_lost_is_a_fault_of_ours(checks, tmp_path):
    with checks.db.read() as session:
        blob = session.get_one(CheckRun, checks.run).folder
    (tmp_path / "blobs" / blob[:2] / blob).unlink()
    assert "restored whole" in checks.batch().message


@pytest.mark.parametrize("given_up", [False, True], ids=["taken back by the sweeper", "given up by an instructor"])
def test_a_lost_lease_ends_the_batch_and_nothing_is_written(checks, cast, monkeypatch, given_up):
    grader = checks.checker._grader

    def lose(self):
        with cast.db.write() as session:
            if given_up:
                check_runs.cancel(session, checks.run, session.get_one(User, cast.user_ids["ines"]))
            else:
                session.execute(update(CheckRun).values(lease_until=now() - timedelta(seconds=60)))
        if not given_up:
            check_runs.sweep(cast.db, 3, 30)
        assert grader.cancelled.wait(10), "the heartbeat notices"
        assert not self._goes_on()

    going_on(monkeypatch, lose)
    assert checks.batch().state == (CheckState.CANCELLED if given_up else CheckState.WAITING)
    assert checks.found() == []
    assert checks.woken == []


def test_who_waits_sees_what_is_done_meanwhile(checks, cast, monkeypatch):
    def work(self):
        self._tell("mutant 3 of 9")
        self.so_far.tried.tried, self.so_far.tried.many = 2, 9
        wait_until(lambda: seen() == ("mutant 3 of 9", 2, 9), "it is shown")
        raise Paused

    def seen():
        with cast.db.read() as session:
            row = session.get_one(CheckRun, checks.run)
        return row.doing, row.tried, row.mutants

    going_on(monkeypatch, work)
    assert checks.batch().state == CheckState.WAITING
