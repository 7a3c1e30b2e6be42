"""A submission is never lost and never graded twice into the book, whatever dies. Real workers, sweeper, Redis."""

from __future__ import annotations

import io
import os
import signal
import tarfile
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from submissions import models
from submissions.handing_in import intake
from submissions.models import Alert, Grading, Queue, State, now
from tests.cast import NOON
from tests.services import wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]
BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def result_rows(service):
    """How many test results each grading has."""
    with service.cast.db.read() as session:
        rows = session.execute(
            select(models.TestResult.grading_id, func.count()).group_by(models.TestResult.grading_id)
        ).all()
    return dict(map(tuple, rows))


def let_time_pass(service):
    """As if the sweeper's patience with every waiting grading were over."""
    with service.cast.db.write() as session:
        session.execute(update(Grading).where(Grading.state == State.QUEUED).values(wake_at=now()))


@BOTH
def test_each_outcome_reaches_the_database(service):
    service.worker()
    graded, refused = service.handed_in("right"), service.handed_in("refuse", "bo")
    service.until(graded, "graded")
    service.until(refused, "refused")
    row = service.cast.grading(graded)
    assert (row.score, row.attempt) == (10.0, 1)
    assert list(row.phases) == ["claim", "fetch", "unpack", "tests", "record"]
    assert result_rows(service) == {graded: 2}
    assert service.cast.grading(refused).message == "Put linear.py in its place."


def test_a_worker_killed_in_the_middle_costs_an_attempt_and_no_more(service):
    first = service.worker()
    grading_id = service.waiting_handin()
    service.until(grading_id, "running")
    wait_until(lambda: service.runs() == ["wait"], "the grading runs")
    first.kill()
    service.sweeper()
    service.worker()
    wait_until(lambda: len(service.runs()) == 2, "another worker took it up")
    service.release.touch()
    service.until(grading_id, "graded")
    assert service.cast.grading(grading_id).attempt == 2
    assert result_rows(service) == {grading_id: 2}


def test_a_handin_that_kills_its_process_each_time_ends_as_a_grader_fault(service):
    service.worker()
    service.sweeper()
    grading_id = service.handed_in("die")
    healthy = service.handed_in("right", "bo")
    service.until(healthy, "graded")
    service.until(grading_id, "grader_fault")
    assert Counter(service.runs())["die"] == 3
    with service.cast.db.read() as session:
        (alert,) = session.scalars(select(Alert))
    assert alert.grading_id == grading_id
    assert service.cast.grading(grading_id).score is None


def test_three_faults_end_in_an_alert_and_no_score(service):
    service.worker()
    service.sweeper()
    grading_id = service.handed_in("fault")
    service.until(grading_id, "grader_fault")
    assert service.runs() == ["fault"] * 3
    assert service.cast.grading(grading_id).message == "the sandbox did not start"
    assert result_rows(service) == {}


def test_a_redis_that_lost_everything_loses_nothing(service):
    waiting = [service.handed_in("right", login) for login in ("ada", "bo", "chidi")]
    service.broker.empty()
    let_time_pass(service)
    service.worker()
    service.sweeper()
    for grading_id in waiting:
        service.until(grading_id, "graded")
    assert service.runs() == ["right"] * 3


def test_an_upload_while_redis_is_away_is_taken_and_graded_later(service):
    service.broker.stop()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("mytorch/linear.py"))
    buffer.seek(0)
    submission = intake.accept(
        service.cast.db,
        service.blobs,
        assignment_id=service.cast.assignment_id,
        user_id=service.cast.user_ids["ada"],
        filename="handin.tar",
        stream=buffer,
        received_at=NOON,
        max_bytes=1 << 20,
        receipt_key=b"k" * 32,
        wake=service.wake,
    )
    assert submission.receipt
    assert service.cast.states() == ["queued"]
    service.broker.start()
    let_time_pass(service)
    woken = service.sweeper()
    wait_until(lambda: woken.says("woke workers"), "the sweeper woke a worker")
    with service.broker.client() as client:
        assert client.llen("interactive") == 1


def test_a_wake_up_that_comes_many_times_is_one_run(service):
    grading_id = service.waiting_handin()
    for _ in range(5):
        service.wake(grading_id, "interactive")
    service.worker(processes=2)
    service.until(grading_id, "running")
    service.release.touch()
    service.until(grading_id, "graded")
    last = service.handed_in("right", "bo")
    service.until(last, "graded")
    assert service.runs() == ["wait", "right"]
    assert result_rows(service) == {grading_id: 2, last: 2}


def test_a_students_upload_goes_before_a_waiting_regrade(service):
    regrades = [service.handed_in("refuse", queue=Queue.REGRADE) for _ in range(5)]
    uploaded = service.handed_in("right", "bo")
    service.worker(processes=1)
    for grading_id in [uploaded, *regrades]:
        wait_until(lambda each=grading_id: service.cast.state(each) in ("graded", "refused"), "all are done")
    assert service.runs()[0] == "right"


def test_a_long_grading_is_kept_alive_by_its_heartbeat(service):
    service.worker()
    service.sweeper()
    grading_id = service.waiting_handin()
    service.until(grading_id, "running")
    first = service.cast.grading(grading_id).lease_until
    # The lease lasts 2 s: after two of them a worker without a heartbeat would have lost it to the sweeper.
    wait_until(lambda: service.cast.grading(grading_id).lease_until > first + timedelta(seconds=4), "it is extended")
    service.release.touch()
    service.until(grading_id, "graded")
    assert service.cast.grading(grading_id).attempt == 1
    assert service.runs() == ["wait"]


def test_a_stopping_worker_lets_its_grading_end(service):
    worker = service.worker()
    grading_id = service.waiting_handin()
    service.until(grading_id, "running")
    os.kill(worker.pid, signal.SIGTERM)
    # It says so in one of two lines, "Warm shutdown" or "Initiating Soft Shutdown": the first is lost at times.
    wait_until(lambda: worker.says("hutdown"), "the worker was told to stop")
    service.release.touch()
    service.until(grading_id, "graded")
    assert worker.stop() == 0


@BOTH
def test_whatever_dies_every_handin_is_graded_once(service):
    """Workers killed, Redis emptied and killed, in the middle of forty gradings."""
    people = ("ada", "bo", "chidi")
    waiting = [service.handed_in("right", people[number % 3]) for number in range(40)]
    service.sweeper()

    def done():
        return service.cast.states().count("graded")

    first = service.worker()
    wait_until(lambda: done() > 3, "some are graded")
    first.kill()
    service.broker.empty()
    second = service.worker()
    let_time_pass(service)
    wait_until(lambda: done() > 10, "more are graded")
    service.broker.stop()
    service.broker.start()
    second.kill()
    service.broker.empty()
    service.worker()
    let_time_pass(service)
    wait_until(service.cast.all_final, "all are final", seconds=60)
    assert Counter(service.cast.states()) == {"graded": 40}
    assert result_rows(service) == dict.fromkeys(waiting, 2)


def test_a_worker_outlives_a_redis_that_is_restarted(service):
    service.worker()
    before = service.handed_in("right")
    service.until(before, "graded")
    service.broker.stop()
    service.broker.start()
    after = service.handed_in("right", "bo")
    service.until(after, "graded")


def test_the_sweeper_stops_cleanly_when_told(service):
    sweeper = service.sweeper()
    service.handed_in("right", wake=False)
    wait_until(lambda: sweeper.says("woke workers"), "the sweeper is at work")
    assert sweeper.stop() == 0


def test_the_sweeper_outlives_a_redis_that_is_away(service):
    service.broker.stop()
    service.handed_in("right", wake=False)
    sweeper = service.sweeper()
    wait_until(lambda: sweeper.says("the broker is away"), "the sweeper met the missing broker")
    service.broker.start()
    let_time_pass(service)
    wait_until(lambda: sweeper.says("woke workers"), "the sweeper woke a worker")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"HANDIN_BROKER": ""}, "HANDIN_BROKER"),
        ({"HANDIN_SANDBOX": "nursery", "PATH": "/nonexistent"}, "does not isolate student code"),
    ],
    ids=["no broker", "no isolation"],
)
def test_a_worker_that_cannot_grade_safely_does_not_start(service, changes, says):
    worker = service.start("-m", "celery", "-A", "workers.app", "worker", "-c", "1", **changes)
    wait_until(lambda: worker._popen.poll() is not None, "the worker ends by itself")
    assert worker._popen.returncode != 0
    assert says in worker.log.read_text()
