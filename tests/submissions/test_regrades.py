"""A regrade runs in the shadow, is reviewed, published for all or only upwards, and can be taken back."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from submissions.gradings import lifecycle
from submissions.models import (
    Alert,
    Assignment,
    AuditEntry,
    Grading,
    Phase,
    State,
    Submission,
    Suite,
    User,
    now,
)
from submissions.regrades import regrades
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import CannotRegrade, Release
from submissions.service.verify import gradings
from submissions.suites import courses
from tests.regrading import Room


@pytest.fixture
def room(cast):
    return Room(cast)


BEFORE = {"ada": 10.0, "bo": 5.0, "chidi": 15.0}
AFTER = {"ada": 15.0, "bo": 5.0, "chidi": 10.0}


def test_nothing_counts_before_it_is_published(room):
    regrade = room.begin()
    assert room.scores() == BEFORE
    room.run(regrade, AFTER)
    assert room.phase(regrade) == Phase.REVIEW
    assert (room.scores(), room.published_suite()) == (BEFORE, room.cast.suite_id)


@pytest.mark.parametrize(
    ("release", "expected", "counted"),
    [(Release.ALL, AFTER, 3), (Release.NO_FALLS, {"ada": 15.0, "bo": 5.0, "chidi": 15.0}, 2)],
)
def test_publishing_moves_everybody_or_only_who_does_not_fall_and_can_be_taken_back(room, release, expected, counted):
    regrade = room.begin()
    room.run(regrade, AFTER)
    assert room.move(regrades.publish, regrade, release) == counted
    assert (room.scores(), room.published_suite()) == (expected, room.newer)
    room.move(regrades.revert, regrade)
    assert (room.scores(), room.published_suite()) == (BEFORE, room.cast.suite_id)
    assert room.phase(regrade) == Phase.REVERTED


def test_students_get_a_version_s_handout_when_it_is_published_and_the_former_one_when_that_is_taken_back(room):
    def handout():
        with room.db.read() as session:
            return session.get_one(Assignment, room.cast.assignment_id).handout

    with room.db.write() as session:
        for suite, blob in ((room.cast.suite_id, "0" * 64), (room.newer, "1" * 64)):
            courses.bring(session, room.cast.assignment_id, session.get_one(Suite, suite), "ines", blob)
        courses.publish(session, room.cast.assignment_id, session.get_one(Suite, room.cast.suite_id), "ines")
    regrade = room.begin()
    room.run(regrade, AFTER)
    assert handout() == "0" * 64
    room.move(regrades.publish, regrade, Release.ALL)
    assert handout() == "1" * 64
    room.move(regrades.revert, regrade)
    assert handout() == "0" * 64


def test_of_two_who_decide_at_once_one_does_and_the_other_is_told(room):
    regrade = room.begin()
    room.run(regrade, AFTER)
    together, told = threading.Barrier(2), []

    def press(move, *args):
        together.wait()
        try:
            room.move(move, regrade, *args)
        except CannotRegrade as reason:
            told.append(str(reason))

    presses = [(regrades.publish, Release.ALL), (regrades.discard,)]
    threads = [threading.Thread(target=press, args=each) for each in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (reason,) = told
    published = room.phase(regrade) == Phase.PUBLISHED
    assert ("published already" if published else "discarded") in reason
    assert (room.scores(), room.published_suite()) == (
        (AFTER, room.newer) if published else (BEFORE, room.cast.suite_id)
    )


def test_only_what_changed_runs_a_second_time(room):
    regrade = room.begin()
    for login, grading_id in room.waiting(regrade).items():
        room.finish(grading_id, AFTER[login])
    assert regrades.advance(room.db) == []
    assert set(room.waiting(regrade)) == {"ada", "chidi"}


def test_an_older_suite_in_a_later_regrade_leaves_those_alone_who_were_not_chosen(room):
    first = room.begin()
    room.run(first, AFTER)
    room.move(regrades.publish, first, Release.ALL)
    room.newer = room.cast.suite_id
    second = room.begin(Chosen.STUDENT, login="bo")
    room.run(second, {"bo": 12.0})
    room.move(regrades.publish, second, Release.ALL)
    assert room.scores() == {**AFTER, "bo": 12.0}


def test_two_runs_that_differ_are_flagged_and_the_better_one_counts(room):
    regrade = room.begin()
    room.run(regrade, AFTER, second={"chidi": 15.0})
    assert {row.student.login: (row.before, row.after, row.unsteady) for row in room.effects(regrade)} == {
        "ada": (10.0, 15.0, False),
        "bo": (5.0, 5.0, False),
        "chidi": (15.0, 15.0, True),
    }
    room.move(regrades.publish, regrade, Release.ALL)
    assert room.scores() == {"ada": 15.0, "bo": 5.0, "chidi": 15.0}


def test_a_paused_regrade_is_not_claimed_and_goes_on_where_it_was(room):
    regrade = room.begin()
    waiting = room.waiting(regrade)
    room.finish(waiting.pop("ada"), 10.0)
    room.move(regrades.pause, regrade)
    assert lifecycle.claim(room.db, waiting["bo"], 30) is None
    assert not [each for each in lifecycle.sweep(room.db, 3) if each.grading_id in waiting.values()]
    assert regrades.advance(room.db) == []
    room.move(regrades.go_on, regrade)
    assert {each.grading_id for each in lifecycle.sweep(room.db, 3)} == set(waiting.values())
    room.run(regrade, BEFORE)
    assert room.phase(regrade) == Phase.REVIEW


def test_a_discarded_regrade_ends_what_waits_and_leaves_what_counts(room):
    regrade = room.begin()
    waiting = room.waiting(regrade)
    room.finish(waiting["ada"], 0.0)
    room.move(regrades.discard, regrade)
    assert room.waiting(regrade) == {}
    assert room.cast.state(waiting["bo"]) == State.SUPERSEDED
    assert room.scores() == BEFORE
    with pytest.raises(CannotRegrade, match="discarded"):
        room.move(regrades.publish, regrade, Release.ALL)


def test_a_fault_of_the_grader_in_a_regrade_moves_no_score(room):
    regrade = room.begin()
    waiting = room.waiting(regrade)
    lease = lifecycle.claim(room.db, waiting.pop("chidi"), 30)
    assert lifecycle.fault(room.db, lease, "the disk is full", 1)
    room.run(regrade, {"ada": 10.0, "bo": 5.0})
    assert room.move(regrades.publish, regrade, Release.ALL) == 2
    assert room.scores() == BEFORE


def test_what_ended_as_our_fault_is_graded_again_before_the_review_is_decided(room):
    regrade = room.begin()
    waiting = room.waiting(regrade)
    assert lifecycle.fault(room.db, lifecycle.claim(room.db, waiting["chidi"], 30), "the disk is full", 1)
    room.run(regrade, {"ada": 10.0, "bo": 5.0})
    assert room.move(regrades.retry, regrade) == 1
    assert set(room.waiting(regrade)) == {"chidi"}
    room.run(regrade, {"chidi": 12.0})
    assert room.phase(regrade) == Phase.REVIEW
    assert room.outcome(regrade, "chidi") == (15.0, 12.0, False)
    assert room.move(regrades.publish, regrade, Release.ALL) == 3


def test_a_fault_in_a_regrade_alerts_nobody_and_one_of_a_discarded_regrade_waits_for_nobody(room):
    regrade = room.begin()
    waiting = room.waiting(regrade)
    ada, bo = (lifecycle.claim(room.db, waiting[login], 30) for login in ("ada", "bo"))
    assert lifecycle.fault(room.db, ada, "the disk is full", 1)
    room.move(regrades.discard, regrade)
    assert lifecycle.fault(room.db, bo, "the disk is full", 3)
    assert room.cast.state(waiting["bo"]) == State.SUPERSEDED
    with room.db.read() as session:
        assert session.scalars(select(Alert)).all() == []
        # And a verification asks for none.
        assert [each.problem for each in gradings.broken(session, now())] == []


def test_two_sweepers_do_not_bring_a_regrade_past_its_second_runs(room, monkeypatch):
    regrade = room.begin()
    for login, grading_id in room.waiting(regrade).items():
        room.finish(grading_id, AFTER[login])
    write = room.db.write
    # The other sweeper comes between the look and the lock.
    monkeypatch.setattr(room.db, "write", lambda: (monkeypatch.undo(), regrades.advance(room.db), write())[-1])
    assert regrades.advance(room.db) == []
    assert room.phase(regrade) == Phase.RUNNING
    assert set(room.waiting(regrade)) == {"ada", "chidi"}


def test_a_hand_in_that_the_new_suite_refuses_counts_as_a_fall(room):
    regrade = room.begin()
    room.refuse(regrade, "chidi")
    room.run(regrade, BEFORE, refused_again=("chidi",))
    assert room.outcome(regrade, "chidi") == (15.0, None, False)
    room.move(regrades.publish, regrade, Release.NO_FALLS)
    assert room.scores() == BEFORE


def test_a_refusal_is_confirmed_by_a_second_run_before_it_takes_a_score(room):
    regrade = room.begin()
    room.refuse(regrade, "chidi")
    room.run(regrade, BEFORE)
    assert room.outcome(regrade, "chidi") == (15.0, 15.0, True)
    room.move(regrades.publish, regrade, Release.ALL)
    assert room.scores() == BEFORE


def test_a_hand_in_that_was_refused_before_runs_twice_before_it_scores(room):
    submission = room.cast.upload("bo", minutes=5)
    lease = lifecycle.claim(room.db, room.cast.queued(submission=submission), 30)
    assert lifecycle.refuse(room.db, lease, "the archive is empty")
    scores = {room.submissions[login]: score for login, score in BEFORE.items()} | {submission: 15.0}
    regrade = room.begin(Chosen.EVERY)
    with room.db.read() as session:
        waiting = session.execute(select(Grading.submission_id, Grading.id).where(Grading.regrade_id == regrade)).all()
    for each, grading_id in waiting:
        room.finish(grading_id, scores[each])
    assert regrades.advance(room.db) == []
    again = room.waiting(regrade)["bo"]
    assert lifecycle.refuse(room.db, lifecycle.claim(room.db, again, 30), "the archive is empty")
    assert regrades.advance(room.db) == [regrade]
    (row,) = [each for each in room.effects(regrade) if each.submission.id == submission]
    # The older hand-in counted, with 5 points, until this one is no longer refused.
    assert (row.counts, row.before, row.after, row.unsteady) == (True, 5.0, 15.0, True)
    assert (row.counted_id, row.counting_id) == (room.submissions["bo"], submission)


def test_an_upload_during_a_regrade_keeps_its_own_grading(room):
    regrade = room.begin()
    room.graded("ada", 15.0, minutes=30)
    room.run(regrade, {"ada": 0.0, "bo": 5.0, "chidi": 15.0})
    room.move(regrades.publish, regrade, Release.ALL)
    assert room.scores() == {"ada": 15.0, "bo": 5.0, "chidi": 15.0}


@pytest.mark.parametrize(
    ("chosen", "asked", "logins"),
    [
        (Chosen.COUNTING, {}, ["ada", "bo", "chidi"]),
        (Chosen.EVERY, {}, ["ada", "ada", "bo", "chidi"]),
        (Chosen.FAILING, {"task": "relu"}, ["ada", "bo"]),
        (Chosen.FAILING, {"task": "linear"}, ["bo"]),
        (Chosen.STUDENT, {"login": "bo"}, ["bo"]),
    ],
)
def test_the_chosen_submissions_are_graded_again(room, chosen, asked, logins):
    room.graded("ada", 10.0, minutes=5)
    regrade = room.begin(chosen, **asked)
    with room.db.read() as session:
        found = session.scalars(
            select(User.login)
            .join(Submission, Submission.user_id == User.id)
            .join(Grading, Grading.submission_id == Submission.id)
            .where(Grading.regrade_id == regrade)
            .order_by(User.login)
        ).all()
    assert found == logins


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"reason": "  "}, "Say why"),
        ({"chosen": Chosen.STUDENT, "login": "oz"}, "No submission was found: the submission of oz"),
        ({"chosen": Chosen.FAILING, "task": "gone"}, "miss points in gone"),
    ],
)
def test_a_regrade_of_nothing_or_without_a_reason_does_not_begin(room, asked, says):
    with pytest.raises(CannotRegrade, match=says):
        room.begin(**asked)


def test_an_assignment_has_one_undecided_regrade(room):
    first = room.begin()
    with pytest.raises(CannotRegrade, match=f"Regrade {first}"):
        room.begin()
    room.move(regrades.discard, first)
    assert room.begin() != first


def test_regrades_are_taken_back_in_the_order_of_the_last(room):
    first = room.begin()
    room.run(first, AFTER)
    room.move(regrades.publish, first, Release.ALL)
    second = room.begin()
    room.run(second, BEFORE)
    room.move(regrades.publish, second, Release.ALL)
    assert room.scores() == BEFORE
    with pytest.raises(CannotRegrade, match=f"Regrade {second} was published after"):
        room.move(regrades.revert, first)
    assert room.scores() == BEFORE
    room.move(regrades.revert, second)
    assert room.scores() == AFTER
    room.move(regrades.revert, first)
    assert room.scores() == BEFORE


def test_every_move_is_in_the_audit_log_of_the_course(room):
    regrade = room.begin(address="203.0.113.9")
    room.move(regrades.pause, regrade)
    room.move(regrades.go_on, regrade)
    room.run(regrade, AFTER)
    room.move(regrades.publish, regrade, Release.ALL)
    room.move(regrades.revert, regrade)
    with room.db.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.course_id == room.cast.course_id).order_by(AuditEntry.id)
        ).all()
    assert [(each.actor, each.action) for each in entries] == [
        ("ines", "regrade.begin"),
        ("ines", "regrade.paused"),
        ("ines", "regrade.running"),
        ("sweeper", "regrade.review"),
        ("ines", "regrade.published"),
        ("ines", "regrade.reverted"),
    ]
    assert entries[0].address == "203.0.113.9"
    old, new = "5" * 10, "6" * 10
    chosen, moved = "the submissions that count", {"rise": 1, "fall": 1, "stay": 1, "faults of ours": 0}
    told = {entry.action: entry.detail for entry in entries}
    assert told["regrade.begin"] == {
        "tests": new,
        "chosen": chosen,
        "submissions": 3,
        "reason": "the bias test was wrong",
    }
    assert told["regrade.published"] == {
        "release": "for all",
        "before": {"tests": old},
        "after": {"tests": new},
        "chosen": chosen,
        **moved,
        "held back": 0,
    }
    assert told["regrade.reverted"] == {
        "before": {"tests": new},
        "after": {"tests": old},
        "chosen": chosen,
        "release": "for all",
        "taken back": moved,
        "held back": 0,
    }


def test_a_publication_is_not_taken_back_under_a_regrade_that_began_since(room):
    first = room.begin()
    room.run(first, AFTER)
    room.move(regrades.publish, first, Release.ALL)
    second = room.begin()
    with pytest.raises(CannotRegrade, match=f"Regrade {second} has begun since"):
        room.move(regrades.revert, first)
    room.move(regrades.discard, second)
    room.move(regrades.revert, first)
    assert room.scores() == BEFORE
