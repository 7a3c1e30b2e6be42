"""How regrades stand: which hold a submission, which wait to be reviewed, how far one is. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, contains_eager

from submissions.models import Assignment, Grading, Phase, Regrade, State, Submission
from submissions.people.reach import Reach

OPEN = (Phase.RUNNING, Phase.PAUSED, Phase.REVIEW)
"""The phases in which a regrade is not decided; an assignment has one such regrade at a time."""


def held_by(session: Session, submissions: Sequence[int]) -> dict[int, int]:
    """The regrade that is not decided yet and grades a submission, for those that have one."""
    asked = (
        select(Grading.submission_id, Regrade.id)
        .join(Regrade, Grading.regrade_id == Regrade.id)
        .where(Grading.submission_id.in_(submissions), Regrade.phase.in_(OPEN))
        .distinct()
    )
    return {row.submission_id: row.id for row in session.execute(asked)}


def with_hand_ins(course_id: int, reach: Reach) -> ColumnElement[bool]:
    """The condition on the `Regrade` beside it in a query that it grades a hand-in in reach."""
    if not reach.limited:
        return true()
    graded = select(Grading.regrade_id).join(Grading.submission).where(reach.of_submissions(course_id))
    return Regrade.id.in_(graded.where(Grading.regrade_id.is_not(None)))


def to_review(session: Session, course_id: int, reach: Reach) -> Sequence[Regrade]:
    """The regrades of a course that wait for somebody to read and decide, with their assignments."""
    return session.scalars(
        select(Regrade)
        .join(Regrade.assignment)
        .options(contains_eager(Regrade.assignment))
        .where(Assignment.course_id == course_id, Regrade.phase == Phase.REVIEW, with_hand_ins(course_id, reach))
        .order_by(Regrade.id)
    ).all()


def uploads_since(session: Session, regrade: Regrade, reach: Reach) -> int:
    """How many uploads of the assignment have come in reach since the regrade began: it does not grade them."""
    return session.scalars(
        select(func.count())
        .select_from(Submission)
        .where(
            Submission.assignment_id == regrade.assignment_id,
            Submission.received_at > regrade.at,
            reach.of_submissions(regrade.assignment.course_id),
        )
    ).one()


def progress(session: Session, regrade_id: int) -> dict[State, int]:
    """How many of the regrade's gradings, second runs among them, are in which state."""
    rows = session.execute(
        select(Grading.state, func.count()).where(Grading.regrade_id == regrade_id).group_by(Grading.state)
    )
    return {State(state): count for state, count in rows}
