"""What counts, and how long it takes: queries for pages. Nothing here writes, and each asks a fixed number of queries.

A submission can count unless it was refused or superseded. One that still waits, runs or met a grader fault can: its
score is then not known yet, which is not the same as none.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from submissions.models import Assignment, Grading, Queue, State, Submission

_RECENT = 50
_OUT = {State.REFUSED, State.SUPERSEDED}


class Rule(StrEnum):
    """Which of a student's submissions counts."""

    LAST = "last"
    BEST = "best"


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


def counting(attempts: Sequence[Attempt], rule: Rule = Rule.LAST) -> Attempt | None:
    """The attempt that counts, of one student's in one assignment; None when there is none.

    last: by time received. best: by score; of equal ones, and where none has a score, the last.
    """
    able = [each for each in attempts if each.grading is None or each.grading.state not in _OUT]
    able.sort(key=lambda each: each.submission.age)
    if rule is Rule.BEST:
        able.sort(key=_score)
    return able[-1] if able else None


def standings(session: Session, course_id: int, user_id: int, rule: Rule = Rule.LAST) -> list[Standing]:
    """A student's standing in each assignment of a course, in the order in which they are due."""
    assignments = session.scalars(
        select(Assignment)
        .options(joinedload(Assignment.suite))
        .where(Assignment.course_id == course_id)
        .order_by(Assignment.due_at.is_(None), Assignment.due_at, Assignment.id)
    ).all()
    submissions = session.scalars(
        select(Submission)
        .join(Submission.assignment)
        .options(
            contains_eager(Submission.assignment),
            selectinload(Submission.gradings).selectinload(Grading.tasks),
        )
        .where(Assignment.course_id == course_id, Submission.user_id == user_id)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    ).all()
    attempts: dict[int, list[Attempt]] = {assignment.id: [] for assignment in assignments}
    for submission in submissions:
        attempts[submission.assignment_id].append(Attempt(submission, speaking(submission)))
    return [
        Standing(assignment, tuple(attempts[assignment.id]), counting(attempts[assignment.id], rule))
        for assignment in assignments
    ]


def standing(session: Session, assignment: Assignment, user_id: int, rule: Rule = Rule.LAST) -> Standing:
    """A student's standing in one assignment."""
    submissions = session.scalars(
        select(Submission)
        .options(
            joinedload(Submission.assignment),
            selectinload(Submission.gradings).selectinload(Grading.tasks),
        )
        .where(Submission.assignment_id == assignment.id, Submission.user_id == user_id)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    ).all()
    attempts = [Attempt(submission, speaking(submission)) for submission in submissions]
    return Standing(assignment, tuple(attempts), counting(attempts, rule))


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


def _score(attempt: Attempt) -> float:
    score = attempt.grading.score if attempt.grading is not None else None
    return score if score is not None else float("-inf")
