"""Which submission counts, how a student stands, and how long a wait will be."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from submissions.gradings import awaiting, lifecycle
from submissions.models import (
    Assignment,
    Author,
    Enrolment,
    Grading,
    ManualScore,
    Queue,
    Role,
    State,
    Submission,
    Suite,
    now,
)
from submissions.people.reach import WHOLE
from submissions.scores import counting
from submissions.storage.database import Database
from tests.cast import NOON, Cast, report


@pytest.fixture
def grade(cast):
    """A submission of Ada's so many minutes after noon, graded with a score, or in another state; returns its id."""

    def make(minutes, outcome):
        submission = cast.upload("ada", minutes=minutes)
        if outcome == "no grading":
            return submission
        grading_id = cast.queued(submission=submission)
        if isinstance(outcome, State):
            with cast.db.write() as session:
                session.execute(update(Grading).where(Grading.id == grading_id).values(state=outcome))
        else:
            lifecycle.finish(cast.db, lifecycle.claim(cast.db, grading_id, 30), report(outcome))
        return submission

    return make


def standing(cast):
    with cast.db.read() as session:
        return counting.standing(session, session.get_one(Assignment, cast.assignment_id), cast.user_ids["ada"])


@pytest.mark.parametrize(
    ("outcomes", "last"),
    [
        ([], None),
        ([10.0], 0),
        ([10.0, 5.0], 1),
        ([10.0, 10.0], 1),
        ([10.0, State.QUEUED], 1),
        ([10.0, State.RUNNING], 1),
        ([10.0, State.FAULT], 1),
        ([10.0, "no grading"], 1),
        ([10.0, State.REFUSED], 0),
        ([10.0, State.SUPERSEDED], 0),
        ([State.REFUSED], None),
        ([State.QUEUED, State.SUPERSEDED], 0),
        ([0.0, State.FAULT], 1),
    ],
)
def test_which_submission_counts(cast, grade, outcomes, last):
    ids = [grade(minutes, outcome) for minutes, outcome in enumerate(outcomes)]
    counts = standing(cast).counts
    assert (counts and counts.submission.id) == (None if last is None else ids[last])


@pytest.mark.parametrize(
    ("due_at", "late"),
    [(None, False), (NOON + timedelta(microseconds=1), False), (NOON, False), (NOON - timedelta(microseconds=1), True)],
)
def test_what_is_received_at_the_deadline_itself_is_on_time(due_at, late):
    assert counting.past_due(due_at, NOON) is late


def test_the_last_is_the_last_received_not_the_last_recorded(cast, grade):
    later = grade(30, 5.0)
    grade(10, 10.0)
    found = standing(cast)
    assert found.counts.submission.id == later
    assert found.attempts[0].submission.id == later


def test_publishing_another_suite_moves_no_score(cast, grade):
    submission = grade(0, 10.0)
    with cast.db.write() as session:
        other = Suite(hash="6" * 64, assignment="lines", blob="c" * 64, manifest={})
        session.add(other)
        session.flush()
        session.get_one(Assignment, cast.assignment_id).suite_id = other.id
    assert standing(cast).counts.grading.score == 10.0
    with cast.db.write() as session:
        session.add(Grading(submission_id=submission, suite_id=other.id, state=State.GRADED, score=3.0))
        session.get_one(Assignment, cast.assignment_id).suite_id = cast.suite_id
    assert standing(cast).counts.grading.score == 3.0


def test_the_newest_grading_speaks_and_never_one_in_the_shadow(cast, grade):
    submission = grade(0, 5.0)
    again = cast.queued(submission=submission)
    lifecycle.finish(cast.db, lifecycle.claim(cast.db, again, 30), report(12.0))
    assert standing(cast).counts.grading.score == 12.0
    with cast.db.write() as session:
        session.get_one(Grading, again).shadow = True
    assert standing(cast).counts.grading.score == 5.0


def test_a_standing_holds_what_pages_show_after_the_session_is_closed(cast, grade):
    grade(0, 12.0)
    assert standing(cast).counts.total == counting.Total(12.0, 15.0)


def test_a_course_shows_each_assignment_once_and_only_ones_own_work(cast, grade):
    grade(0, 10.0)
    cast.queued("bo")
    with cast.db.write() as session:
        session.add(Assignment(course_id=cast.course_id, slug="later", title="Later"))
    with cast.db.read() as session:
        lines, later = counting.standings(session, cast.course_id, cast.user_ids["ada"])
    assert (lines.assignment.slug, len(lines.attempts), lines.counts.grading.score) == ("lines", 1, 10.0)
    assert (later.assignment.slug, later.attempts, later.counts) == ("later", (), None)


def queries(cast, work):
    seen = []
    event.listen(cast.db.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    with cast.db.read() as session:
        work(session)
    return [statement for statement in seen if statement.startswith("SELECT")]


def test_the_number_of_queries_does_not_grow_with_the_work(cast, grade):
    def look(session):
        counting.standings(session, cast.course_id, cast.user_ids["ada"])

    grade(0, 10.0)
    few = len(queries(cast, look))
    for minutes in range(1, 12):
        grade(minutes, 5.0)
    assert len(queries(cast, look)) == few


def place(cast, grading_id, graders=2):
    with cast.db.read() as session:
        return awaiting.place(session, session.get_one(Grading, grading_id), graders)


def test_a_place_counts_who_goes_first(cast):
    regrade = cast.queued("chidi", queue=Queue.REGRADE)
    first, second = cast.queued("ada"), cast.queued("bo")
    assert [place(cast, each).ahead for each in (first, second, regrade)] == [0, 1, 2]
    lifecycle.claim(cast.db, first, 30)
    assert place(cast, second).ahead == 0


def test_the_expected_wait_is_unknown_at_first_and_then_from_the_median(cast):
    waiting = [cast.queued("ada") for _ in range(5)]
    assert place(cast, waiting[-1]).seconds is None
    at = now()
    submission = cast.upload("bo")
    with cast.db.write() as session:
        session.add_all(
            Grading(
                submission_id=submission,
                suite_id=cast.suite_id,
                state=State.GRADED,
                started_at=at,
                finished_at=at + timedelta(seconds=seconds),
            )
            for seconds in (2, 4, 600)
        )
    assert place(cast, waiting[0], graders=2).seconds == pytest.approx(2)  # half a grading
    assert place(cast, waiting[4], graders=2).seconds == pytest.approx(10)  # four ahead, two at a time, and a half


# Points by a person

WRITTEN = [
    {"id": "linear", "title": "Linear", "points": 10.0},
    {"id": "relu", "title": "ReLU", "points": 5.0},
    {"id": "proof", "title": "Proof", "points": 8.0, "graded_by": "person", "answer": "Q1"},
    {"id": "essay", "title": "Essay", "points": 4.0, "graded_by": "person", "answer": "Q2"},
]


@pytest.fixture
def written(cast):
    """The assignment has two tasks that a person grades."""
    with cast.db.write() as session:
        suite = session.get_one(Suite, cast.suite_id)
        suite.manifest = {**suite.manifest, "tasks": WRITTEN}


def give(cast, submission, task, points):
    with cast.db.write() as session:
        session.add(
            ManualScore(submission_id=submission, task=task, points=points, rubric=[], grader_id=cast.user_ids["ines"])
        )


def ungraded(cast):
    with cast.db.read() as session:
        return list(session.scalars(select(counting.ungraded(session, cast.course_id, WHOLE).c.id)))


def test_a_total_is_of_tests_alone_where_no_person_grades(cast, grade):
    grade(0, 10.0)
    assert standing(cast).counts.total == counting.Total(10.0, 15.0)


def test_a_total_says_what_nobody_has_graded_yet(cast, grade, written):
    submission = grade(0, 10.0)
    assert standing(cast).counts.total == counting.Total(10.0, 27.0, ungraded=12.0, waiting=2)
    give(cast, submission, "proof", 6.5)
    assert standing(cast).counts.total == counting.Total(16.5, 27.0, ungraded=4.0, waiting=1)
    give(cast, submission, "essay", 0.0)
    assert standing(cast).counts.total == counting.Total(16.5, 27.0)


@pytest.mark.parametrize(("task", "points", "score"), [("proof", 9.0, 18.0), ("a task that is gone", 5.0, 10.0)])
def test_points_given_under_another_suite_never_exceed_this_one(cast, grade, written, task, points, score):
    give(cast, grade(0, 10.0), task, points)
    assert standing(cast).counts.total.score == score


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAULT, State.REFUSED])
def test_without_a_score_of_the_tests_there_is_no_total(cast, grade, written, state):
    give(cast, grade(0, state), "proof", 8.0)
    assert standing(cast).attempts[0].total is None


def test_points_by_a_person_outlive_a_grading_again(cast, grade, written):
    submission = grade(0, 5.0)
    give(cast, submission, "proof", 8.0)
    with cast.db.write() as session:
        again = lifecycle.grade_again(session, session.scalars(select(Grading.id)).one())
    lifecycle.finish(cast.db, lifecycle.claim(cast.db, again.grading_id, 30), report(10.0))
    assert standing(cast).counts.total.score == 18.0


def test_what_waits_for_a_person_is_what_counts_and_lacks_points(cast, grade, written):
    grade(0, 10.0)
    counts = grade(10, 5.0)
    grade(20, State.REFUSED)
    assert ungraded(cast) == [counts]
    give(cast, counts, "proof", 1.0)
    assert ungraded(cast) == [counts]
    give(cast, counts, "essay", 1.0)
    assert ungraded(cast) == []


def test_points_for_a_task_that_is_gone_leave_the_others_waiting(cast, grade, written):
    counts = grade(0, 10.0)
    give(cast, counts, "proof", 1.0)
    give(cast, counts, "a task that is gone", 1.0)
    assert ungraded(cast) == [counts]


def test_each_assignment_waits_for_its_own_tasks(cast, grade, written):
    first = grade(0, 10.0)
    with cast.db.write() as session:
        manifest = {**session.get_one(Suite, cast.suite_id).manifest, "tasks": WRITTEN[:3]}
        suite = Suite(hash="7" * 64, assignment="other", blob="c" * 64, manifest=manifest)
        session.add(suite)
        session.flush()
        other = Assignment(course_id=cast.course_id, slug="other", title="Other", suite_id=suite.id)
        session.add(other)
        session.flush()
        upload = Submission(
            assignment_id=other.id,
            user_id=cast.user_ids["ada"],
            blob="d" * 64,
            size=1,
            filename="handin.tar",
            received_at=NOON,
            receipt="",
            authors=[Author(user_id=cast.user_ids["ada"])],
        )
        session.add(upload)
        session.flush()
        second = upload.id
    give(cast, first, "proof", 1.0)
    assert sorted(ungraded(cast)) == [first, second]
    give(cast, second, "proof", 1.0)
    assert ungraded(cast) == [first]


def test_nothing_waits_for_a_person_where_none_grades(cast, grade):
    grade(0, 10.0)
    assert ungraded(cast) == []


@pytest.mark.parametrize("change", [{"ended_at": NOON}, {"role": Role.STAFF}])
def test_only_the_hand_ins_of_students_in_the_course_wait(cast, grade, written, change):
    grade(0, 10.0)
    with cast.db.write() as session:
        session.execute(update(Enrolment).where(Enrolment.user_id == cast.user_ids["ada"]).values(**change))
    assert ungraded(cast) == []


@pytest.mark.parametrize("seed", range(8))
def test_the_query_and_the_rule_agree_on_what_counts(cast, grade, written, seed):
    chance = random.Random(seed)
    with cast.db.write() as session:
        other = Suite(hash="6" * 64, assignment="lines", blob="c" * 64, manifest={})
        session.add(other)
    for _ in range(chance.randrange(1, 7)):
        submission = grade(chance.randrange(3), chance.choice([*State, "no grading"]))
        if chance.random() < 0.5:
            with cast.db.write() as session:
                state = chance.choice(list(State))
                session.add(Grading(submission_id=submission, suite_id=other.id, state=state))
    counts = standing(cast).counts
    assert ungraded(cast) == ([counts.submission.id] if counts else [])


def test_a_place_is_told_without_sorting_all_that_was_ever_graded(sqlite_url):
    # On SQLite alone: PostgreSQL chooses its plan by how many rows there are.
    cast = Cast(Database(sqlite_url))
    seen = []
    event.listen(cast.db.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2:4]))
    place(cast, cast.queued("bo"))
    (recent,) = [each for each in seen if "finished_at" in each[0] and "LIMIT" in each[0]]
    with cast.db.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {recent[0]}", recent[1]).all()
    cast.db.close()
    assert [row[3] for row in plan] == ["SEARCH grading USING INDEX ix_grading_waiting (state=? AND queue=?)"]
