"""What staff decide about a student's score in an assignment, whatever the tests said: with a reason, and audited.

Decisions belong to the student and the assignment, not to a submission: a newer upload or a regrade leaves them be.
None is ever changed; one that is withdrawn stays, and no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from submissions.models import Adjustment, Assignment, Decision, Enrolment, Role, User, now
from submissions.people.reach import Reach
from submissions.scores.points import exact, too_fine
from submissions.storage import audit

LONGEST_REASON = 1000
"""Characters of a reason."""

MOST_POINTS = 100_000
"""Beyond this, points are a slip of the finger."""


class BadAdjustment(Exception):
    """This cannot be decided or withdrawn; the message says why, and what to do."""


class Outdated(Exception):
    """Somebody decided about the same score, or withdrew a decision, since the form was opened, and that stands."""


class Mark(msgspec.Struct, frozen=True):
    """What a student gets for an assignment. `score` None: nothing yet, or `excused`. `earned` is without decisions."""

    score: float | None
    earned: float | None
    excused: bool = False
    decided: bool = False


def mark(earned: float | None, decisions: Iterable[Adjustment], *, awaited: bool = False) -> Mark:
    """The score after all decisions that stand, in the order in which they were made.

    An excuse wins. Else the last override takes the place of what was `earned`, and points are added to either,
    whenever they were; what is taken away stops at 0. `awaited`: what counts has no score yet, so that points alone
    are none either; where nothing counts, they are.
    """
    standing = list(decisions)
    if any(each.decision == Decision.EXCUSE for each in standing):
        return Mark(None, earned, excused=True, decided=True)
    base = earned
    added = Decimal()
    for each in standing:
        if each.decision == Decision.OVERRIDE:
            base = each.points
        elif each.points is not None:
            added += exact(each.points)
    if base is None and (awaited or not added):
        return Mark(None, earned, decided=bool(standing))
    score = max(Decimal(), exact(base or 0.0) + added)
    return Mark(float(score), earned, decided=bool(standing))


def standing(
    session: Session, assignments: Sequence[int], user_id: int | None = None, at: datetime | None = None
) -> dict[tuple[int, int], list[Adjustment]]:
    """The decisions that stand, or stood at a time, by assignment and user, in the order in which they were made; one
    query.
    """
    asked = (
        select(Adjustment)
        .options(joinedload(Adjustment.by))
        .where(Adjustment.assignment_id.in_(assignments))
        .order_by(Adjustment.id)
    )
    if at is None:
        asked = asked.where(Adjustment.withdrawn_at.is_(None))
    else:
        asked = asked.where(Adjustment.at <= at, Adjustment.withdrawn_at.is_(None) | (Adjustment.withdrawn_at > at))
    if user_id is not None:
        asked = asked.where(Adjustment.user_id == user_id)
    found: dict[tuple[int, int], list[Adjustment]] = {}
    for each in session.scalars(asked):
        found.setdefault((each.assignment_id, each.user_id), []).append(each)
    return found


def changes(session: Session, assignment_id: int, user_id: int) -> int:
    """How often something was decided about a student's score, or withdrawn."""
    made = select(func.count() + func.count(Adjustment.withdrawn_at)).where(
        Adjustment.assignment_id == assignment_id, Adjustment.user_id == user_id
    )
    return session.scalars(made).one()


def withdrawn(session: Session, assignment_id: int, user_id: int) -> Sequence[Adjustment]:
    """The decisions about a student's score that no longer stand, the newest first."""
    return session.scalars(
        select(Adjustment)
        .options(joinedload(Adjustment.by))
        .where(
            Adjustment.assignment_id == assignment_id,
            Adjustment.user_id == user_id,
            Adjustment.withdrawn_at.is_not(None),
        )
        .order_by(Adjustment.id.desc())
    ).all()


def count(session: Session, assignment: Assignment, reach: Reach) -> int:
    """How many decisions were made about scores in an assignment, of students in reach."""
    return session.scalars(select(func.count()).select_from(Adjustment).where(*_within(assignment, reach))).one()


def listed(session: Session, assignment: Assignment, reach: Reach, limit: int, offset: int) -> Sequence[Adjustment]:
    """A page of the decisions about scores of students in reach, the newest first, with who and whose."""
    return session.scalars(
        select(Adjustment)
        .options(joinedload(Adjustment.by), joinedload(Adjustment.user))
        .where(*_within(assignment, reach))
        .order_by(Adjustment.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def _within(assignment: Assignment, reach: Reach) -> tuple[ColumnElement[bool], ...]:
    return Adjustment.assignment_id == assignment.id, reach.of_people(assignment.course_id, Adjustment.user_id)


def decide(
    session: Session,
    assignment: Assignment,
    student: User,
    decision: Decision,
    points: Decimal | None,
    reason: str,
    by: User,
    address: str = "",
    *,
    seen: int | None = None,
) -> Adjustment:
    """Adds a decision. Raises BadAdjustment; `points` go with all but an excuse.

    `seen` is how many `changes` the page knew of: after another, a withdrawal too, nothing is decided and Outdated is
    raised, so that points are not added twice by two presses or two people.
    """
    reason = reason.strip()
    if not reason:
        raise BadAdjustment("Say why: the student reads it.")
    if len(reason) > LONGEST_REASON:
        raise BadAdjustment(f"The reason has {len(reason):,} characters; up to {LONGEST_REASON:,} are kept.")
    if _locked(session, assignment, student) != Role.STUDENT:
        raise BadAdjustment(f"{student.name} is no student of this course.")
    if seen is not None and seen != changes(session, assignment.id, student.id):
        raise Outdated
    made = Adjustment(
        assignment_id=assignment.id,
        user_id=student.id,
        decision=decision,
        points=_checked(decision, points),
        reason=reason,
        by_id=by.id,
    )
    session.add(made)
    session.flush()
    _record(session, made, assignment, student, by, "score.decide", address)
    return made


def withdraw(
    session: Session, assignment: Assignment, student: User, adjustment_id: int, by: User, address: str = ""
) -> None:
    """Takes back a decision about this student's score. Raises BadAdjustment when there is none, or somebody has."""
    _locked(session, assignment, student)
    found = session.get(Adjustment, adjustment_id, populate_existing=True)
    if found is None or (found.assignment_id, found.user_id) != (assignment.id, student.id):
        raise BadAdjustment("There is no such decision: load the page again.")
    if found.withdrawn_at is not None:
        raise BadAdjustment("This was withdrawn already: load the page again.")
    found.withdrawn_at = now()
    _record(session, found, assignment, student, by, "score.withdraw", address)


def _locked(session: Session, assignment: Assignment, student: User) -> str | None:
    """The student's role in the course. Until the commit nobody else decides or withdraws anything about this student,
    so that what is compared with `seen` stays what there is.
    """
    enrolled = select(Enrolment.role).where(
        Enrolment.course_id == assignment.course_id, Enrolment.user_id == student.id
    )
    return session.scalar(enrolled.with_for_update())


def _checked(decision: Decision, points: Decimal | None) -> float | None:
    if decision is Decision.EXCUSE:
        if points is not None:
            raise BadAdjustment("An excuse has no points: leave them empty, or choose another decision.")
        return None
    if points is None or not points.is_finite():
        raise BadAdjustment("Give the points as a number.")
    # Compared and not computed with: an exponent can be beyond what arithmetic takes.
    if not (0 if decision is Decision.OVERRIDE else -MOST_POINTS) <= points <= MOST_POINTS:
        raise BadAdjustment(f"A score goes from 0 to {MOST_POINTS:,}; points to add may be negative, down to as many.")
    if too_fine(points):
        raise BadAdjustment("Points have at most two decimals.")
    if decision is Decision.POINTS and not points:
        raise BadAdjustment("Adding 0 points changes nothing: give another number.")
    return float(points)


def _record(
    session: Session, made: Adjustment, assignment: Assignment, student: User, by: User, action: str, address: str
) -> None:
    detail = {"decision": made.decision, "points": made.points, "reason": made.reason}
    record = f"{student.login} in {assignment.slug}"
    audit.record(session, by.login, action, record, detail, address, course_id=assignment.course_id)
