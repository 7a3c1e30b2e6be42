"""Which submission counts, how a student stands, and how long a wait will be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from submissions import counting, lifecycle
from submissions.models import Assignment, Grading, Queue, State, Suite, now
from tests.cast import NOON, report


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


def test_a_grading_of_the_published_suite_speaks_before_a_newer_one_of_another(cast, grade):
    submission = grade(0, 10.0)
    with cast.db.write() as session:
        other = Suite(hash="6" * 64, assignment="lines", blob="c" * 64, manifest={})
        session.add(other)
        session.flush()
        session.add(Grading(submission_id=submission, suite_id=other.id, state=State.GRADED, score=3.0))
    assert standing(cast).counts.grading.score == 10.0
    with cast.db.write() as session:
        session.get_one(Assignment, cast.assignment_id).suite_id = other.id
    assert standing(cast).counts.grading.score == 3.0


def test_the_newest_grading_of_the_published_suite_speaks(cast, grade):
    submission = grade(0, 5.0)
    again = cast.queued(submission=submission, queue=Queue.REGRADE)
    lifecycle.finish(cast.db, lifecycle.claim(cast.db, again, 30), report(12.0))
    assert standing(cast).counts.grading.score == 12.0


def test_a_standing_holds_what_pages_show_after_the_session_is_closed(cast, grade):
    grade(0, 12.0)
    counts = standing(cast).counts
    assert [task.score for task in counts.grading.tasks] == [10, 2]


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
        return counting.place(session, session.get_one(Grading, grading_id), graders)


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
