"""What counts, and how long it takes: queries for pages. Nothing here writes, and each asks a fixed number of queries.

A submission can count unless it was refused or superseded. One that still waits, runs or met a grader fault can: its
score is then not known yet, which is not the same as none.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from submissions.models import Assignment, Grading, Queue, State, Submission

_RECENT = 50
_OUT = {State.REFUSED, State.SUPERSEDED}


class Attempt(msgspec.Struct, frozen=True):
    """A submission with the grading that speaks for it: the newest of the published suite, else the newest of all."""

    submission: Submission
    grading: Grading | None


class Standing(msgspec.Struct, frozen=True):
    """How a student stands in an assignment: every attempt, the newest first, and the one that counts."""

    assignment: Assignment
    attempts: tuple[Attempt, ...]
    counts: Attempt | None


class Place(msgspec.Struct, frozen=True):
    """A place in the queue. `ahead`: gradings that go first. `seconds`: the expected wait, or None.

    `seconds` is an estimate from the median of recent gradings, and pages must say so; None: there were none.
    """

    ahead: int
    seconds: float | None


def counting(attempts: Iterable[Attempt]) -> Attempt | None:
    """The attempt that counts, of one student's in one assignment: the newest that can; None when there is none."""
    able = (each for each in attempts if each.grading is None or each.grading.state not in _OUT)
    return max(able, key=lambda each: each.submission.age, default=None)


def past_due(due_at: datetime | None, at: datetime) -> bool:
    """Whether a time is after the deadline: an upload received then is late. At the deadline itself it is on time."""
    return due_at is not None and at > due_at


def standings(session: Session, course_id: int, user_id: int) -> list[Standing]:
    """A student's standing in each assignment of a course, in the order in which they are due."""
    assignments = session.scalars(
        select(Assignment)
        .options(joinedload(Assignment.suite))
        .where(Assignment.course_id == course_id)
        .order_by(Assignment.due_at.is_(None), Assignment.due_at, Assignment.id)
    ).all()
    return _standings(session, assignments, user_id)


def standing(session: Session, assignment: Assignment, user_id: int) -> Standing:
    """A student's standing in one assignment."""
    return _standings(session, [assignment], user_id)[0]


def speaking(submission: Submission) -> Grading | None:
    """The grading that speaks for a submission: the newest of the published suite, else the newest of all."""
    of_published = [each for each in submission.gradings if each.suite_id == submission.assignment.suite_id]
    return max(of_published or submission.gradings, key=lambda each: each.id, default=None)


def place(session: Session, grading: Grading, graders: int) -> Place:
    """A queued grading's place; `graders` is how many gradings run at the same time."""
    rank = case((Grading.queue == Queue.INTERACTIVE, 0), else_=1)
    own = 0 if grading.queue == Queue.INTERACTIVE else 1
    ahead = session.scalars(
        select(func.count())
        .select_from(Grading)
        .where(
            Grading.state == State.QUEUED,
            (rank < own) | ((rank == own) & (Grading.id < grading.id)),
        )
    ).one()
    recent = session.execute(
        select(Grading.started_at, Grading.finished_at)
        .where(Grading.state == State.GRADED)
        .order_by(Grading.id.desc())
        .limit(_RECENT)
    ).all()
    took = [(ended - began).total_seconds() for began, ended in recent if began is not None and ended is not None]
    # All `graders` are taken to be busy, each half-way through on average.
    seconds = statistics.median(took) * (ahead / graders + 0.5) if took else None
    return Place(ahead, seconds)


def _standings(session: Session, assignments: Sequence[Assignment], user_id: int) -> list[Standing]:
    submissions = session.scalars(
        select(Submission)
        .options(joinedload(Submission.assignment), selectinload(Submission.gradings).selectinload(Grading.tasks))
        .where(Submission.assignment_id.in_([each.id for each in assignments]), Submission.user_id == user_id)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    ).all()
    attempts: dict[int, list[Attempt]] = {assignment.id: [] for assignment in assignments}
    for submission in submissions:
        attempts[submission.assignment_id].append(Attempt(submission, speaking(submission)))
    return [
        Standing(assignment, tuple(attempts[assignment.id]), counting(attempts[assignment.id]))
        for assignment in assignments
    ]
