"""The life of a check that the service makes: claimed by lease, batch by batch, whatever dies in between."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from grader.checking import Found, Level, Result, Survey
from submissions.models import AuditEntry, CheckRun, CheckState, Suite, SuiteCheck, SyncedSuite, User, now
from submissions.suites import check_runs, checked, courses
from submissions.suites.check_runs import CannotCheck, Doing
from tests.checks import passed

FOLDER = "f" * 64
READY = Result("6" * 64 + "-1", mutants=Survey(3, 0, (), ()))
TO_MEND = Result("6" * 64 + "-1", (Found(Level.ERROR, "test_a.py", "", "fails"),))


class Checks:
    """A version that nobody has checked, and what can happen to a check of it."""

    def __init__(self, cast) -> None:
        self.db = cast.db
        with self.db.write() as session:
            suite = Suite(hash="6" * 64, assignment="lines", blob="b" * 64, manifest={})
            session.add(suite)
            session.flush()
            courses.bring(session, cast.assignment_id, suite, "ines", "", FOLDER)
            self.suite_id = suite.id
            self.version_id = session.scalars(select(SyncedSuite.id).where(SyncedSuite.suite_id == suite.id)).one()
            self.ines = session.get_one(User, cast.user_ids["ines"])

    def begin(self, *written: Found) -> int:
        with self.db.write() as session:
            return check_runs.begin(session, self.version_id, self.ines, written).id

    def cancel(self, run_id: int) -> None:
        with self.db.write() as session:
            check_runs.cancel(session, run_id, self.ines)

    def row(self, run_id: int) -> CheckRun:
        with self.db.read() as session:
            return session.get_one(CheckRun, run_id)

    def late(self, run_id: int) -> None:
        """Its lease, or its pause, is over."""
        past = now() - timedelta(seconds=90)
        with self.db.write() as session:
            session.execute(update(CheckRun).where(CheckRun.id == run_id).values(lease_until=past, wake_at=past))

    def kept(self) -> list[SuiteCheck]:
        with self.db.read() as session:
            found = select(SuiteCheck).where(SuiteCheck.suite_id == self.suite_id)
            return list(session.scalars(found.order_by(SuiteCheck.id)))

    def actions(self) -> list[str]:
        with self.db.read() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.fixture
def checks(cast) -> Checks:
    return Checks(cast)


def test_a_check_goes_on_where_its_last_batch_stopped_and_its_result_speaks_for_the_suite(checks):
    run = checks.begin()
    first = check_runs.claim(checks.db, run, 30)
    assert (first.folder, first.suite, first.so_far) == (FOLDER, "6" * 64, {})
    assert check_runs.beat(checks.db, first, Doing("mutant 2 of 3", 1, 3))
    assert checks.row(run).doing == "mutant 2 of 3"
    assert check_runs.pause(checks.db, first, {"steps": 4}, Doing("mutant 2 of 3", 2, 3))
    assert checks.row(run).state == CheckState.WAITING
    second = check_runs.claim(checks.db, run, 30)
    assert second.so_far == {"steps": 4}
    assert check_runs.finish(checks.db, second, READY)
    (kept,) = checks.kept()
    assert (checked.result_of(kept), kept.by) == (READY, "ines")
    assert (checks.row(run).state, checks.actions()) == (CheckState.DONE, ["check.begin"])


def test_who_asks_while_a_check_is_under_way_gets_that_one(checks):
    runs, begun = set(), threading.Barrier(4)

    def press():
        begun.wait()
        runs.add(checks.begin())

    people = [threading.Thread(target=press) for _ in range(4)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    (run,) = runs
    assert checks.actions() == ["check.begin"]
    assert check_runs.claim(checks.db, run, 30)
    assert checks.begin() == run


def test_a_batch_is_claimed_once(checks):
    run = checks.begin()
    assert check_runs.claim(checks.db, run, 30)
    assert check_runs.claim(checks.db, run, 30) is None


def test_a_check_that_was_given_up_writes_nothing_and_can_begin_anew(checks):
    run = checks.begin()
    lease = check_runs.claim(checks.db, run, 30)
    checks.cancel(run)
    assert not check_runs.beat(checks.db, lease, Doing())
    assert not check_runs.pause(checks.db, lease, {}, Doing())
    assert not check_runs.fault(checks.db, lease, "late", 3)
    assert not check_runs.finish(checks.db, lease, READY)
    assert checks.kept() == []
    with pytest.raises(CannotCheck, match="ended already"):
        checks.cancel(run)
    assert checks.begin() != run
    assert checks.actions() == ["check.begin", "check.cancelled", "check.begin"]


def test_what_a_dead_worker_held_is_taken_back_and_its_late_result_is_not_written(checks):
    run = checks.begin()
    dead = check_runs.claim(checks.db, run, 30)
    assert check_runs.sweep(checks.db, 3, 30) == []
    checks.late(run)
    assert check_runs.sweep(checks.db, 3, 30) == [run]
    assert check_runs.sweep(checks.db, 3, 30) == []  # it was woken a moment ago
    assert "fell silent" in checks.row(run).message
    assert check_runs.claim(checks.db, run, 30)
    assert not check_runs.finish(checks.db, dead, READY)
    assert checks.kept() == []


def test_a_fault_of_ours_is_tried_again_then_told_and_says_nothing_of_the_suite(checks):
    run = checks.begin()
    for state in (CheckState.WAITING, CheckState.WAITING, CheckState.FAULT):
        assert check_runs.fault(checks.db, check_runs.claim(checks.db, run, 30), "no sandbox", 3)
        assert (checks.row(run).state, checks.row(run).message) == (state, "no sandbox")
    assert checks.kept() == []
    assert checks.begin() != run


def test_a_batch_that_went_well_forgets_the_faults_before_it(checks):
    run = checks.begin()
    for _ in range(4):
        check_runs.fault(checks.db, check_runs.claim(checks.db, run, 30), "a hiccup", 3)
        assert check_runs.pause(checks.db, check_runs.claim(checks.db, run, 30), {}, Doing())
    assert (checks.row(run).state, checks.row(run).message) == (CheckState.WAITING, "")


def test_a_clock_that_was_set_back_holds_no_check_up(checks):
    run = checks.begin()
    with checks.db.write() as session:
        session.execute(update(CheckRun).values(wake_at=now() + timedelta(hours=1)))
    check_runs.sweep(checks.db, 3, 30)
    check_runs.claim(checks.db, run, 3600)
    check_runs.sweep(checks.db, 3, 30)
    assert checks.row(run).lease_until < now() + timedelta(seconds=31)


@pytest.mark.parametrize(("found", "kept"), [(READY, 1), (TO_MEND, 0)])
def test_what_the_portal_found_of_written_answers_is_told_when_nothing_else_is_to_mend(checks, found, kept):
    missing = Found(Level.ERROR, "assignment.toml", "task.answer", "not found")
    run = checks.begin(missing)
    assert check_runs.finish(checks.db, check_runs.claim(checks.db, run, 30), found)
    (check,) = checks.kept()
    assert checked.result_of(check).findings.count(missing) == kept
    assert not check.ready


def test_tests_that_are_ready_or_came_without_their_folder_are_not_checked(checks):
    with checks.db.write() as session:
        session.execute(update(SyncedSuite).values(folder=None))
    with pytest.raises(CannotCheck, match="without their folder"):
        checks.begin()
    with checks.db.write() as session:
        session.execute(update(SyncedSuite).values(folder=FOLDER))
        passed(session, session.get_one(Suite, checks.suite_id))
    with pytest.raises(CannotCheck):
        checks.begin()
