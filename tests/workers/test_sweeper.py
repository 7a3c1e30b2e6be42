"""Rounds of the sweeper, one by one."""

from __future__ import annotations

import os
import threading

import pytest
from sqlalchemy.exc import OperationalError

from submissions.gradings import lifecycle
from submissions.models import Assignment, Phase, Queue, Regrade, User
from submissions.regrades import regrades
from submissions.regrades.regrade_sets import Chosen
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from tests.cast import report
from tests.services import wait_until
from workers.sweeper import Sweeper


@pytest.fixture
def sweeper(cast, tmp_path):
    """A sweeper whose wake-ups are in `woken`; `answers` says whether the broker takes them."""

    def wake(grading_id, queue):
        sweeper.woken.append((grading_id, queue))
        return sweeper.answers

    table = Settings(data=tmp_path, sweep_seconds=0.01)
    sweeper = Sweeper(cast.db, DirectoryBlobs(tmp_path / "blobs"), wake, table, tmp_path / "alive")
    sweeper.woken, sweeper.answers = [], True
    return sweeper


def test_a_round_wakes_workers_in_order_of_priority(cast, sweeper):
    regrade, upload = cast.queued(queue=Queue.REGRADE), cast.queued("bo")
    assert sweeper.round() == 2
    assert sweeper.woken == [(upload, "interactive"), (regrade, "regrade")]
    assert sweeper.round() == 0


def test_a_round_brings_a_regrade_whose_gradings_are_done_to_its_review(cast, sweeper):
    lifecycle.finish(cast.db, lifecycle.claim(cast.db, cast.queued(), 30), report())
    with cast.db.write() as session:
        assignment = session.get_one(Assignment, cast.assignment_id)
        ines = session.get_one(User, cast.user_ids["ines"])
        regrade = regrades.begin(session, assignment, assignment.suite, Chosen.COUNTING, "a wrong test", ines).id
    assert sweeper.round() == 1
    (grading, queue) = sweeper.woken.pop()
    assert queue == Queue.REGRADE
    lifecycle.finish(cast.db, lifecycle.claim(cast.db, grading, 30), report())
    sweeper.round()
    with cast.db.read() as session:
        assert session.get_one(Regrade, regrade).phase == Phase.REVIEW


def test_a_round_ends_at_the_first_wake_up_that_the_broker_does_not_take(cast, sweeper):
    for login in ("ada", "bo", "chidi"):
        cast.queued(login)
    sweeper.answers = False
    assert sweeper.round() == 0
    assert len(sweeper.woken) == 1


def running(sweeper):
    thread = threading.Thread(target=sweeper.run)
    thread.start()
    return thread


def test_a_round_that_fails_is_not_the_last(cast, sweeper, monkeypatch):
    rounds = []

    def unreliable():
        rounds.append(True)
        if len(rounds) == 1:
            raise OperationalError("SELECT", {}, OSError("the database is away"))

    monkeypatch.setattr(sweeper, "round", unreliable)
    thread = running(sweeper)
    wait_until(lambda: len(rounds) >= 3, "rounds go on")
    sweeper.stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_it_removes_what_cut_off_uploads_left(cast, sweeper, tmp_path):
    leftover = tmp_path / "blobs" / ".incoming-old"
    leftover.write_bytes(b"half")
    os.utime(leftover, (1, 1))
    thread = running(sweeper)
    wait_until(lambda: not leftover.exists(), "the leftover is gone")
    sweeper.stop.set()
    thread.join(10)


def test_only_a_good_round_says_that_the_sweeper_lives(sweeper, tmp_path, monkeypatch):
    rounds = []

    def broken():
        rounds.append("failed")
        if len(rounds) > 2:
            sweeper.stop.set()
        raise OSError("the disk is away")

    with monkeypatch.context() as away:
        away.setattr(sweeper, "round", broken)
        sweeper.run()
    assert not (tmp_path / "alive").exists()
    sweeper.stop.clear()
    thread = running(sweeper)
    wait_until((tmp_path / "alive").exists, "a round succeeds")
    sweeper.stop.set()
    thread.join()
