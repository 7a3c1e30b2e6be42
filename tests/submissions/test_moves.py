"""What a regrade moves is what the gradebook shows: what counts, with points of a person and decisions, added up."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from sqlalchemy import select

from submissions.gradings import lifecycle
from submissions.models import Assignment, Decision, ManualScore, Regrade, Submission, Suite, User
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.regrades import regrades
from submissions.regrades.moves import Move
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import Release
from submissions.regrades.review import crosses, moved_tasks, regraded_by_hand, review
from submissions.rules.rules import Counted
from submissions.scores import adjustments, gradebook
from submissions.scores.points import moved
from tests.cast import MANIFEST
from tests.regrading import Room

SAME = {"ada": 10.0, "bo": 5.0, "chidi": 15.0}
PROOF = {"id": "proof", "title": "Proof", "points": 10.0, "graded_by": "person", "answer": "Q1", "rubric": []}


@pytest.fixture
def room(cast):
    return Room(cast)


def with_proof(room, before, after):
    """The tests of before and after have a task that a person grades, of so many points; 0: they have it not."""
    with room.db.write() as session:
        for suite, points in ((room.cast.suite_id, before), (room.newer, after)):
            tasks = [*MANIFEST["tasks"], *([{**PROOF, "points": points}] if points else [])]
            session.get_one(Suite, suite).manifest = {**MANIFEST, "tasks": tasks}


def gave(room, login, points):
    with room.db.write() as session:
        session.add(
            ManualScore(
                submission_id=room.submissions[login],
                task="proof",
                points=points,
                rubric=[],
                grader_id=room.cast.user_ids["ines"],
            )
        )


def decided(room, login, decision, points):
    with room.db.write() as session:
        adjustments.decide(
            session,
            session.get_one(Assignment, room.cast.assignment_id),
            session.get_one(User, room.cast.user_ids[login]),
            decision,
            None if points is None else Decimal(points),
            "The lab's clock stood still.",
            room.ines(session),
        )


def shown(room):
    """What the gradebook shows, by login."""
    with room.db.read() as session:
        book = gradebook.book(session, room.cast.course_id, WHOLE)
    return {row.login: row.cells[0].score for row in book.rows}


def read(room, regrade_id):
    with room.db.read() as session:
        return review(session, session.get_one(Regrade, regrade_id), WHOLE)


def said(room, regrade_id):
    return {row.student.login: (row.before, row.after, row.move) for row in read(room, regrade_id).rows}


def run_every(room, scores, refused=()):
    """A regrade of every hand-in, by submission, to its review."""
    regrade = room.begin(Chosen.EVERY)
    for _ in range(2):
        for submission, grading in room.waiting_by_submission(regrade).items():
            lease = lifecycle.claim(room.db, grading, 30)
            if submission in refused:
                assert lifecycle.refuse(room.db, lease, "mytorch/new.py is missing")
            else:
                room.record(lease, scores[submission])
        if regrades.advance(room.db):
            return regrade
    return None


@pytest.mark.parametrize(
    ("before", "after", "by"),
    [
        (0.1 + 0.2, 0.3, 0),
        (10 / 3 * 3, 10.0, 0),
        (None, None, 0),
        (0.3, 0.31, Decimal("0.01")),
        (5.0, None, -5),
        (1e-5, 0.0, Decimal("-0.00001")),
    ],
)
def test_the_rounding_of_a_sum_moves_no_score(before, after, by):
    assert moved(before, after) == by


def test_a_score_that_is_less_by_a_rounding_does_not_fall_and_is_published_where_none_falls(room):
    submission = room.graded("ada", 0.1 + 0.2, minutes=5)
    regrade = room.begin()
    room.run(regrade, {**SAME, "ada": 0.3})
    assert said(room, regrade)["ada"] == (0.1 + 0.2, 0.3, Move.STAYS)
    assert room.move(regrades.publish, regrade, Release.NO_FALLS) == 3
    with room.db.read() as session:
        assert session.get_one(Regrade, regrade).held == []
    assert submission


@pytest.mark.parametrize(("after", "tests", "expected"), [(4.0, 13.0, 17.0), (0, 12.0, 12.0), (4.0, 8.0, 12.0)])
def test_points_of_a_person_that_the_new_tests_cut_off_are_part_of_what_falls(room, after, tests, expected):
    """By tests alone Ada rises, but for the last row; with the proof, of which she had 8 points, she had 18."""
    with_proof(room, 10.0, after)
    gave(room, "ada", 8.0)
    before = shown(room)["ada"]
    assert before == 18.0
    regrade = room.begin()
    room.run(regrade, {**SAME, "ada": tests})
    assert said(room, regrade)["ada"] == (before, expected, Move.FALLS)
    room.move(regrades.publish, regrade, Release.NO_FALLS)
    assert shown(room)["ada"] == before
    room.move(regrades.revert, regrade)
    again = room.begin()
    room.run(again, {**SAME, "ada": tests})
    room.move(regrades.publish, again, Release.ALL)
    assert shown(room)["ada"] == expected


def test_a_decision_that_stands_keeps_a_score_from_falling_and_what_was_added_goes_along(room):
    decided(room, "ada", Decision.OVERRIDE, 12)
    decided(room, "bo", Decision.POINTS, -3)
    decided(room, "chidi", Decision.EXCUSE, None)
    regrade = room.begin()
    room.run(regrade, {"ada": 0.0, "bo": 2.0, "chidi": 0.0})
    assert said(room, regrade) == {
        "ada": (12.0, 12.0, Move.STAYS),
        "bo": (2.0, 0.0, Move.FALLS),
        "chidi": (None, None, Move.STAYS),
    }
    room.move(regrades.publish, regrade, Release.NO_FALLS)
    assert shown(room) == {"ada": 12.0, "bo": 2.0, "chidi": None}


def test_hand_ins_that_do_not_count_are_told_apart_and_move_no_score(room):
    newest = room.graded("ada", 10.0, minutes=5)
    old = room.submissions["ada"]
    scores = {room.submissions[login]: score for login, score in SAME.items()} | {newest: 12.0, old: 3.0}
    regrade = run_every(room, scores)
    found = read(room, regrade)
    assert {row.submission.id for row in found.rows} == {newest, room.submissions["bo"], room.submissions["chidi"]}
    assert [(row.submission.id, row.before, row.after, row.move) for row in found.others] == [
        (old, 10.0, 3.0, Move.FALLS)
    ]
    assert (found.count(Move.FALLS), found.count(Move.RISES), sum(found.before), sum(found.after)) == (0, 1, 3, 3)
    # Nobody's score falls, so everything is published.
    assert room.move(regrades.publish, regrade, Release.NO_FALLS) == 4


def test_a_newer_upload_that_counts_leaves_the_regrade_nothing_to_move(room):
    regrade = room.begin()
    room.graded("ada", 15.0, minutes=30)
    room.run(regrade, {**SAME, "ada": 0.0})
    found = read(room, regrade)
    assert [row.student.login for row in found.others] == ["ada"]
    assert found.count(Move.FALLS) == 0


def test_where_the_new_tests_refuse_what_counts_an_older_hand_in_does_and_the_review_says_so(room):
    newest = room.graded("ada", 15.0, minutes=5)
    old = room.submissions["ada"]
    regrade = room.begin()
    room.refuse(regrade, "ada")
    room.run(regrade, SAME, refused_again=("ada",))
    (row,) = [each for each in read(room, regrade).rows if each.student.login == "ada"]
    assert (row.submission.id, row.before, row.after, row.move) == (newest, 15.0, 10.0, Move.FALLS)
    assert (row.counted_id, row.counting_id, row.refused) == (newest, old, "mytorch/new.py is missing")
    room.move(regrades.publish, regrade, Release.ALL)
    assert shown(room)["ada"] == 10.0


def test_who_left_the_course_is_no_score_that_moves_and_loses_nothing_where_no_score_falls(room):
    regrade = room.begin()
    room.run(regrade, {**SAME, "chidi": 1.0})
    with room.db.write() as session:
        people.end_enrolment(session, room.cast.course_id, room.cast.user_ids["chidi"])
    found = read(room, regrade)
    assert (found.count(Move.FALLS), [row.student.login for row in found.others]) == (0, ["chidi"])
    room.move(regrades.publish, regrade, Release.NO_FALLS)
    assert room.scores()["chidi"] == 15.0


def test_what_was_released_is_known_when_it_was_taken_back(room):
    regrade = room.begin()
    room.run(regrade, {"ada": 15.0, "bo": 5.0, "chidi": 10.0})
    room.move(regrades.publish, regrade, Release.NO_FALLS)
    published = said(room, regrade)
    assert published == {
        "ada": (10.0, 15.0, Move.RISES),
        "bo": (5.0, 5.0, Move.STAYS),
        "chidi": (15.0, 15.0, Move.STAYS),
    }
    room.move(regrades.revert, regrade)
    found = read(room, regrade)
    assert said(room, regrade) == published
    assert (found.held, [row.held_by for row in found.only("held")]) == (1, [5.0])
    with room.db.read() as session:
        row = session.get_one(Regrade, regrade)
        assert (row.released, row.held) == ("no_falls", [room.cast.user_ids["chidi"]])


def test_what_came_after_the_publication_does_not_change_what_it_did(room):
    regrade = room.begin()
    room.run(regrade, {**SAME, "ada": 15.0})
    room.move(regrades.publish, regrade, Release.ALL)
    before = said(room, regrade)
    decided(room, "ada", Decision.OVERRIDE, 1)
    with room.db.write() as session:
        people.end_enrolment(session, room.cast.course_id, room.cast.user_ids["bo"])
    assert said(room, regrade) == before


def test_each_score_s_share_is_of_the_points_that_it_was_graded_by(room):
    """A task of 15 points more: 15 of 15 were all there were, and are half."""
    with_proof(room, 0, 15.0)
    regrade = room.begin()
    room.run(regrade, SAME)
    found = read(room, regrade)
    assert (found.before[9], found.after[9], found.after[5]) == (1, 0, 1)
    (row,) = [each for each in found.rows if each.student.login == "chidi"]
    assert (row.move, crosses(row)) == (Move.STAYS, (60, 70, 80, 90))


def test_moves_are_told_by_task_and_test_with_the_points_of_a_person_among_them(room):
    with_proof(room, 10.0, 4.0)
    gave(room, "ada", 8.0)
    regrade = room.begin()
    room.run(regrade, {**SAME, "ada": 12.0})
    (row,) = [each for each in read(room, regrade).rows if each.student.login == "ada"]
    with room.db.read() as session:
        tasks = moved_tasks(session, [row])[row.submission.id]
        changed = regraded_by_hand(read(room, regrade).rows, session.get_one(Suite, room.newer))
    assert [
        (each.title, each.by_hand, each.before, each.after, each.most_before, each.most_after) for each in tasks
    ] == [
        ("ReLU", False, 0.0, 2.0, 5.0, 5.0),
        ("Proof", True, 8.0, 4.0, 10.0, 4.0),
    ]
    assert [(test.title, test.before, test.after) for test in tasks[0].tests] == [("relu", 0.0, 2.0)]
    assert [(each.title, each.before, each.after, each.given) for each in changed] == [("Proof", 10.0, 4.0, 1)]


def _history(room, chance):
    """Some weeks of a course: uploads that are graded, refused, late or wait, points by hand, decisions, who left."""
    with_proof(room, chance.choice([0, 10.0]), chance.choice([0, 4.0, 10.0]))
    with room.db.write() as session:
        session.get_one(Assignment, room.cast.assignment_id).counted = chance.choice([*Counted])
    for minutes in range(1, 8):
        login = chance.choice([*SAME])
        submission = room.cast.upload(login, minutes=minutes)
        grading = room.cast.queued(submission=submission)
        how = chance.choice(["graded", "graded", "graded", "refused", "fault", "waits"])
        if how == "graded":
            room.finish(grading, chance.choice([0.0, 4.0, 10.0, 12.5, 15.0]))
        elif how != "waits":
            lease = lifecycle.claim(room.db, grading, 30)
            assert lifecycle.refuse(room.db, lease, "no") if how == "refused" else _fails(room, lease)
        with room.db.write() as session:
            made = session.get_one(Submission, submission)
            made.penalty = chance.choice([0.0, 0.0, 10.0, 100 / 3])
            made.authors[0].chosen_at = made.received_at if chance.random() < 0.3 else None
    with room.db.read() as session:
        uploads = session.scalars(select(Submission.id)).all()
    for submission in chance.sample(uploads, 4):
        with room.db.write() as session:
            by = room.cast.user_ids["ines"]
            points = chance.choice([0.0, 3.0, 10.0])
            session.add(ManualScore(submission_id=submission, task="proof", points=points, rubric=[], grader_id=by))
    if chance.random() < 0.5:
        decision = chance.choice([*Decision])
        decided(room, chance.choice([*SAME]), decision, None if decision is Decision.EXCUSE else 3)


def _fails(room, lease):
    return lifecycle.fault(room.db, lease, "no space left", 1)


def _regrade(room, chance):
    """A regrade of some of it, whose gradings end in any way, to its review."""
    regrade = room.begin(chance.choice([Chosen.EVERY, Chosen.COUNTING]))
    while not regrades.advance(room.db):
        for grading in room.waiting_by_submission(regrade).values():
            lease = lifecycle.claim(room.db, grading, 30)
            how = chance.choice(["graded", "graded", "graded", "refused", "fault"])
            if how == "graded":
                room.record(lease, chance.choice([0.0, 4.0, 10.0, 12.5, 15.0]))
            else:
                assert lifecycle.refuse(room.db, lease, "no") if how == "refused" else _fails(room, lease)
    return regrade


@pytest.mark.parametrize("seed", range(5))
def test_what_a_review_says_is_what_the_gradebook_shows_before_and_after(room, seed):
    chance = random.Random(seed)
    _history(room, chance)
    before = shown(room)
    regrade = _regrade(room, chance)
    reviewed_ = {row.student.login: row for row in read(room, regrade).rows}
    assert {login: row.before for login, row in reviewed_.items()} == {login: before[login] for login in reviewed_}
    release = chance.choice([*Release])
    room.move(regrades.publish, regrade, release)
    after = shown(room)
    for login, row in reviewed_.items():
        kept = release is Release.NO_FALLS and row.move is Move.FALLS
        assert after[login] == (row.before if kept else row.after)
    # Nobody else's moves.
    assert all(after[login] == before[login] for login in before.keys() - reviewed_.keys())
    if release is Release.NO_FALLS:
        assert all(moved(before[login], after[login]) >= 0 for login in before)
    told = {row.student.login: (row.before, row.after) for row in read(room, regrade).rows}
    assert told == {login: (before[login], after[login]) for login in reviewed_}
    room.move(regrades.revert, regrade)
    assert shown(room) == before
    assert {row.student.login: (row.before, row.after) for row in read(room, regrade).rows} == told
