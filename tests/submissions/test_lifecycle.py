"""Each move of a grading's life happens once, only from where it may, and only by whoever holds the lease."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
import time_machine
from sqlalchemy import func, select, update

from grader import report as events
from submissions import models
from submissions.gradings import lifecycle
from submissions.models import Alert, Grading, Progress, Queue, State, TaskScore, now
from submissions.storage.database import Database
from tests.cast import Cast, report

TESTS = report().tests


def claim(cast, grading_id):
    lease = lifecycle.claim(cast.db, grading_id, lease_seconds=30)
    assert lease is not None
    return lease


def started(position):
    return events.TestStarted(TESTS[position].id, TESTS[position].title, position, len(TESTS))


def rows(cast, table):
    with cast.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def later(cast, grading_id, seconds):
    """As if so many seconds had passed for the grading."""
    with cast.db.write() as session:
        grading = session.get_one(Grading, grading_id)
        grading.wake_at -= timedelta(seconds=seconds)
        if grading.lease_until is not None:
            grading.lease_until -= timedelta(seconds=seconds)


# claim


def test_a_claim_says_what_to_grade(cast):
    submission = cast.upload(content=b"this")
    grading_id = cast.queued(submission=submission)
    lease = claim(cast, grading_id)
    row = cast.grading(grading_id)
    assert (row.state, row.attempt, row.lease_token) == (State.RUNNING, 1, lease.token)
    assert (lease.grading_id, lease.attempt, lease.shadow) == (grading_id, 1, False)
    assert (lease.suite, lease.suite_blob) == ("5" * 64, "b" * 64)
    assert len(lease.blob) == 64
    assert now() < row.lease_until < now() + timedelta(seconds=31)


def test_a_second_claim_gets_nothing(cast):
    grading_id = cast.queued()
    lease = claim(cast, grading_id)
    assert lifecycle.claim(cast.db, grading_id, 30) is None
    assert cast.grading(grading_id).lease_token == lease.token


@pytest.mark.parametrize("state", [State.RUNNING, State.GRADED, State.REFUSED, State.FAULT, State.SUPERSEDED])
def test_only_a_queued_grading_can_be_claimed(cast, state):
    grading_id = cast.queued()
    with cast.db.write() as session:
        session.execute(update(Grading).values(state=state))
    assert lifecycle.claim(cast.db, grading_id, 30) is None
    assert cast.state(grading_id) == state


def test_a_claim_of_what_never_was_gets_nothing(cast):
    assert lifecycle.claim(cast.db, 999, 30) is None


@pytest.mark.slow
def test_eight_threads_claim_two_hundred_gradings_once_each(cast):
    submission = cast.upload()
    with cast.db.write() as session:
        session.add_all(Grading(submission_id=submission, suite_id=cast.suite_id) for _ in range(200))
        session.flush()
        ids = list(session.scalars(select(Grading.id)))
    claimed, failed = Counter(), []

    def work():
        try:
            claimed.update(each for each in ids if lifecycle.claim(cast.db, each, 30) is not None)
        except Exception as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert claimed == Counter(ids)


# progress


def test_a_heartbeat_extends_the_lease(cast):
    lease = claim(cast, cast.queued())
    later(cast, lease.grading_id, 29)
    assert lifecycle.progress(cast.db, lease, ())
    assert cast.grading(lease.grading_id).lease_until > now() + timedelta(seconds=25)
    assert lifecycle.sweep(cast.db, max_attempts=3) == []


def test_tests_tick_in_across_batches(cast):
    lease = claim(cast, cast.queued())
    assert lifecycle.progress(cast.db, lease, [events.PhaseDone("import", 0.1), started(0)])
    assert [(row.test, row.verdict) for row in rows(cast, Progress)] == [(TESTS[0].id, "")]
    assert lifecycle.progress(cast.db, lease, [events.TestDone(TESTS[0]), started(1), events.TestDone(TESTS[1])])
    assert [(row.position, row.total, row.verdict) for row in rows(cast, Progress)] == [
        (0, 2, "passed"),
        (1, 2, "wrong"),
    ]


def test_the_progress_of_an_attempt_goes_when_it_ends(cast):
    for end in (
        lambda lease: lifecycle.finish(cast.db, lease, report()),
        lambda lease: lifecycle.refuse(cast.db, lease, "no"),
        lambda lease: lifecycle.fault(cast.db, lease, "broken", 3),
    ):
        lease = claim(cast, cast.queued())
        lifecycle.progress(cast.db, lease, [started(0)])
        assert end(lease)
        assert rows(cast, Progress) == []


# finish, refuse, fault


def test_a_result_is_recorded_whole(cast):
    lease = claim(cast, cast.queued())
    assert lifecycle.finish(cast.db, lease, report(12.0), phases={"claim": 0.1, "fetch": 0.2})
    row = cast.grading(lease.grading_id)
    assert (row.state, row.score, row.max_score) == (State.GRADED, 12.0, 15.0)
    assert (row.lease_token, row.lease_until) == (None, None)
    assert row.finished_at >= row.started_at
    assert list(row.phases) == ["claim", "fetch", "unpack", "tests", "record"]
    assert [(task.task, task.score, task.max_score) for task in rows(cast, TaskScore)] == [
        ("linear", 10, 10),
        ("relu", 2, 5),
    ]
    forward, relu = rows(cast, models.TestResult)
    assert (forward.verdict, forward.points, relu.position) == ("passed", 10, 1)
    assert relu.hints == [{"kind": "scale", "text": "20 times too large", "params": {"factor": 20.0}}]


def test_a_result_with_anything_a_program_can_print_is_recorded(cast):
    hostile = "\0 \ud800 \x1b[31m"
    tests = tuple(msgspec.structs.replace(test, output=hostile, message=hostile, staff=hostile) for test in TESTS)
    lease = claim(cast, cast.queued())
    assert lifecycle.finish(cast.db, lease, msgspec.structs.replace(report(), tests=tests))
    assert cast.state(lease.grading_id) == State.GRADED


def test_a_refusal_keeps_its_sentence_and_no_score(cast):
    lease = claim(cast, cast.queued())
    assert lifecycle.refuse(cast.db, lease, "linear.py is missing")
    row = cast.grading(lease.grading_id)
    assert (row.state, row.message, row.score) == (State.REFUSED, "linear.py is missing", None)


def test_three_faults_end_in_one_alert_and_no_score(cast, caplog):
    grading_id = cast.queued()
    for attempt in (1, 2, 3):
        lease = claim(cast, grading_id)
        assert lease.attempt == attempt
        assert lifecycle.fault(cast.db, lease, f"disk full {attempt}", max_attempts=3)
        assert cast.state(grading_id) == (State.QUEUED if attempt < 3 else State.FAULT)
        assert len(rows(cast, Alert)) == (attempt == 3)
    row = cast.grading(grading_id)
    assert (row.score, row.message) == (None, "disk full 3")
    assert rows(cast, TaskScore) == []
    (alert,) = rows(cast, Alert)
    assert (alert.kind, alert.grading_id) == ("grader_fault", grading_id)
    assert "disk full 3" in alert.text
    assert lifecycle.claim(cast.db, grading_id, 30) is None
    (logged,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert f"grading {grading_id} ends as a grader fault" in logged.getMessage()


def test_after_a_fault_the_sweeper_waits_longer_each_time(cast):
    grading_id = cast.queued()
    pauses = []
    for _ in range(2):
        lifecycle.fault(cast.db, claim(cast, grading_id), "disk full", max_attempts=3)
        assert lifecycle.sweep(cast.db, max_attempts=3) == []
        pauses.append((cast.grading(grading_id).wake_at - now()).total_seconds())
    assert pauses == pytest.approx([2, 4], abs=1)
    later(cast, grading_id, 5)
    assert [wake.grading_id for wake in lifecycle.sweep(cast.db, max_attempts=3)] == [grading_id]


def test_a_grading_that_faulted_and_then_worked_is_graded_without_a_trace_of_the_fault(cast):
    grading_id = cast.queued()
    lifecycle.fault(cast.db, claim(cast, grading_id), "disk full", max_attempts=3)
    assert lifecycle.finish(cast.db, claim(cast, grading_id), report())
    row = cast.grading(grading_id)
    assert (row.state, row.attempt, row.message) == (State.GRADED, 2, "")
    assert rows(cast, Alert) == []


def test_a_late_worker_whose_lease_was_taken_writes_nothing(cast):
    grading_id = cast.queued()
    late = claim(cast, grading_id)
    later(cast, grading_id, 31)
    lifecycle.sweep(cast.db, max_attempts=3)
    current = claim(cast, grading_id)
    assert not lifecycle.progress(cast.db, late, ())
    assert not lifecycle.progress(cast.db, late, [started(0)])
    assert not lifecycle.finish(cast.db, late, report(15.0))
    assert not lifecycle.refuse(cast.db, late, "no")
    assert not lifecycle.fault(cast.db, late, "broken", max_attempts=1)
    assert (cast.state(grading_id), rows(cast, models.TestResult), rows(cast, Progress), rows(cast, Alert)) == (
        "running",
        [],
        [],
        [],
    )
    assert lifecycle.finish(cast.db, current, report(10.0))
    assert cast.grading(grading_id).score == 10.0


@pytest.mark.services
def test_a_heartbeat_between_the_sweepers_look_and_its_grip_keeps_the_lease(postgresql_url, monkeypatch):
    """On PostgreSQL alone: on SQLite the sweeper's transaction shuts every other writer out."""
    db = Database(postgresql_url)
    cast = Cast(db)
    lease = claim(cast, cast.queued())
    later(cast, lease.grading_id, 31)
    take_back = lifecycle._fault

    def beat_first(*arguments):
        assert lifecycle.progress(db, lease, ())
        return take_back(*arguments)

    monkeypatch.setattr(lifecycle, "_fault", beat_first)
    lifecycle.sweep(db, max_attempts=1)
    assert cast.grading(lease.grading_id).lease_token == lease.token
    assert rows(cast, Alert) == []
    db.close()


def test_a_worker_that_is_late_but_not_replaced_may_still_write(cast):
    lease = claim(cast, cast.queued())
    later(cast, lease.grading_id, 31)
    assert lifecycle.finish(cast.db, lease, report())


def test_what_is_final_stays_as_it_is(cast):
    lease = claim(cast, cast.queued())
    lifecycle.finish(cast.db, lease, report(10.0))
    assert not lifecycle.finish(cast.db, lease, report(15.0))
    assert not lifecycle.fault(cast.db, lease, "broken", max_attempts=1)
    assert lifecycle.sweep(cast.db, max_attempts=3) == []
    assert (cast.state(lease.grading_id), cast.grading(lease.grading_id).score) == (State.GRADED, 10.0)
    assert len(rows(cast, models.TestResult)) == 2


def test_a_result_that_cannot_be_recorded_leaves_the_grading_running_and_no_rows(cast, monkeypatch):
    lease = claim(cast, cast.queued())

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(lifecycle, "_test_results", fail)
    with pytest.raises(OSError, match="full"):
        lifecycle.finish(cast.db, lease, report())
    assert not rows(cast, models.TaskScore), "nor those that went before"
    assert cast.grading(lease.grading_id).lease_token == lease.token
    assert cast.state(lease.grading_id) == State.RUNNING


# sweep


def test_a_silent_workers_grading_goes_back_and_is_woken_at_once(cast):
    grading_id = cast.queued()
    claim(cast, grading_id)
    later(cast, grading_id, 31)
    (wake,) = lifecycle.sweep(cast.db, max_attempts=3)
    assert (wake.grading_id, wake.queue) == (grading_id, "interactive")
    assert cast.state(grading_id) == State.QUEUED


def test_a_grading_that_kills_its_worker_each_time_ends_as_a_fault(cast):
    grading_id = cast.queued()
    for _ in range(3):
        claim(cast, grading_id)
        later(cast, grading_id, 31)
        lifecycle.sweep(cast.db, max_attempts=3)
    assert cast.state(grading_id) == State.FAULT
    (alert,) = rows(cast, Alert)
    assert "fell silent" in alert.text


def test_a_sweep_wakes_interactive_before_regrade_and_the_oldest_first(cast):
    regrade = cast.queued(queue=Queue.REGRADE)
    first, second = cast.queued("ada"), cast.queued("bo")
    assert [wake.grading_id for wake in lifecycle.sweep(cast.db, 3)] == [first, second, regrade]


def test_a_sweep_is_bounded_and_the_next_one_goes_on_where_it_ended(cast):
    submission = cast.upload()
    ids = [cast.queued(submission=submission) for _ in range(7)]
    rounds = [[wake.grading_id for wake in lifecycle.sweep(cast.db, 3, limit=3)] for _ in range(4)]
    assert rounds == [ids[:3], ids[3:6], ids[6:], []]


def test_expired_leases_are_taken_back_a_bounded_number_at_a_time(cast):
    submission = cast.upload()
    for _ in range(5):
        lease = claim(cast, cast.queued(submission=submission))
        later(cast, lease.grading_id, 31)
    lifecycle.sweep(cast.db, 3, limit=2)
    assert Counter(cast.states()) == {"queued": 2, "running": 3}


def test_what_was_woken_is_woken_again_only_after_a_while(cast):
    grading_id = cast.queued()
    assert len(lifecycle.sweep(cast.db, 3)) == 1
    assert lifecycle.sweep(cast.db, 3) == []
    with time_machine.travel(now() + lifecycle.WAKE_AGAIN + timedelta(seconds=1)):
        assert [wake.grading_id for wake in lifecycle.sweep(cast.db, 3)] == [grading_id]


def test_two_sweepers_at_once_count_one_fault_once(cast):
    grading_id = cast.queued()
    claim(cast, grading_id)
    later(cast, grading_id, 31)
    together = threading.Barrier(4)

    def sweep():
        together.wait()
        lifecycle.sweep(cast.db, max_attempts=1)

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cast.state(grading_id) == State.FAULT
    with cast.db.read() as session:
        assert session.scalars(select(func.count()).select_from(Alert)).one() == 1


# grade again


def test_what_ended_in_a_fault_is_graded_again_by_a_new_row(cast):
    grading_id = cast.queued()
    lifecycle.fault(cast.db, claim(cast, grading_id), "no space left", max_attempts=1)
    with cast.db.write() as session:
        waiting = lifecycle.grade_again(session, grading_id)
    assert waiting.grading_id != grading_id
    assert (cast.state(grading_id), cast.state(waiting.grading_id)) == (State.FAULT, State.QUEUED)
    row = cast.grading(waiting.grading_id)
    assert (row.submission_id, row.suite_id, row.attempt) == (cast.grading(grading_id).submission_id, cast.suite_id, 0)
    lease = claim(cast, waiting.grading_id)
    assert lifecycle.finish(cast.db, lease, report())
    assert cast.state(grading_id) == State.FAULT


# a clock that is set back


def test_a_dead_workers_lease_from_a_clock_that_was_ahead_ends_after_a_lease(cast):
    grading_id = cast.queued()
    with time_machine.travel(now() + timedelta(hours=1)):
        claim(cast, grading_id)
    lifecycle.forget_the_future(cast.db, 30)
    with time_machine.travel(now() + timedelta(seconds=31)):
        assert [wake.grading_id for wake in lifecycle.sweep(cast.db, 3)] == [grading_id]


def test_a_living_workers_lease_outlives_a_clock_that_is_set_back(cast):
    grading_id = cast.queued()
    with time_machine.travel(now() + timedelta(hours=1)):
        lease = claim(cast, grading_id)
    lifecycle.forget_the_future(cast.db, lease.seconds)
    assert lifecycle.sweep(cast.db, 3) == []
    assert lifecycle.progress(cast.db, lease, [])


def test_a_grading_that_was_to_wait_by_a_clock_that_was_ahead_is_woken_at_once(cast):
    grading_id = cast.queued()
    with time_machine.travel(now() + timedelta(hours=1)):
        lifecycle.sweep(cast.db, 3)
    assert lifecycle.sweep(cast.db, 3) == []
    lifecycle.forget_the_future(cast.db, 30)
    assert [wake.grading_id for wake in lifecycle.sweep(cast.db, 3)] == [grading_id]


def test_nothing_that_is_as_it_should_be_is_moved(cast):
    running, waiting = cast.queued(), cast.queued("bo")
    claim(cast, running)
    lifecycle.sweep(cast.db, 3)
    before = [(cast.grading(each).lease_until, cast.grading(each).wake_at) for each in (running, waiting)]
    lifecycle.forget_the_future(cast.db, 30)
    assert [(cast.grading(each).lease_until, cast.grading(each).wake_at) for each in (running, waiting)] == before


def test_the_pause_after_a_fault_has_a_bound(cast):
    grading_id = cast.queued()
    for _ in range(12):
        assert lifecycle.fault(cast.db, claim(cast, grading_id), "again", max_attempts=100)
    assert cast.grading(grading_id).wake_at <= now() + lifecycle.LONGEST_PAUSE
