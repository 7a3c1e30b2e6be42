"""Extensions: a later deadline in an assignment for one student, or for who is in a section. None is ever changed.

One that was withdrawn stays and no longer holds. Of several that hold for a student, the latest does (`terms`). What
giving or withdrawing one does to scores is seen first, as a change of rules is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from submissions.changes import rule_changes
from submissions.changes.rule_changes import Moved
from submissions.clock import absolute
from submissions.models import Assignment, Course, Extension, now
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.storage import audit

LONGEST_REASON = 1000
"""Characters of a reason."""


class BadExtension(Exception):
    """This cannot be given or withdrawn; the message says why, and what to do."""


def listed(session: Session, assignment_id: int) -> Sequence[Extension]:
    """Those of an assignment, those that hold first and of these the newest, with whose they are."""
    return session.scalars(
        select(Extension)
        .options(joinedload(Extension.user))
        .where(Extension.assignment_id == assignment_id)
        .order_by(Extension.withdrawn_at.is_not(None), Extension.id.desc())
    ).all()


def give(
    session: Session,
    assignment_id: int,
    login: str,
    section: str,
    due_at: datetime | None,
    reason: str,
    by: str,
    address: str = "",
    *,
    seen: str = "",
) -> list[Moved]:
    """Gives a student, or a section, a later deadline; returns whose score that moved.

    Raises BadExtension, rule_changes.ToReview.
    """
    reason = reason.strip()
    if bool(login) == bool(section):
        raise BadExtension("Name a student or a section, one of the two.")
    if not reason:
        raise BadExtension("Say why: it is kept with the extension, and the course's staff reads it.")
    if len(reason) > LONGEST_REASON:
        raise BadExtension(f"The reason has {len(reason):,} characters; up to {LONGEST_REASON:,} are kept.")
    assignment = rule_changes.locked(session, assignment_id)
    course = session.get_one(Course, assignment.course_id)
    user_id = None
    if login:
        place = people.place_of(session, course.id, WHOLE, login)
        if place is None or place.ended_at is not None:
            raise BadExtension(f"“{login[:40]}” is no login of a student of this course.")
        user_id = place.user_id
    elif section not in people.sections(session, course.id, WHOLE):
        raise BadExtension(f"Nobody is in a section “{section[:40]}” of this course.")
    if assignment.due_at is None:
        raise BadExtension("This assignment has no deadline that could be later: give it one on the page of its rules.")
    if due_at is None or due_at <= assignment.due_at:
        raise BadExtension(
            f"Give a date after {absolute(assignment.due_at, course.timezone)}, when it is due for everybody."
        )
    made = Extension(assignment_id=assignment_id, user_id=user_id, section=section, due_at=due_at, reason=reason, by=by)

    def apply() -> None:
        session.add(made)

    moved = rule_changes.reviewed(session, assignment, apply, seen, "give", login, section, due_at)
    _record(session, made, login, assignment, "extension.give", moved, by, address)
    return moved


def withdraw(
    session: Session, assignment_id: int, extension_id: int, by: str, address: str = "", *, seen: str = ""
) -> list[Moved]:
    """Takes an extension back; returns whose score that moved. Raises BadExtension, rule_changes.ToReview."""
    assignment = rule_changes.locked(session, assignment_id)
    found = session.get(Extension, extension_id, populate_existing=True)
    if found is None or found.assignment_id != assignment_id:
        raise BadExtension("There is no such extension: load the page again.")
    if found.withdrawn_at is not None:
        raise BadExtension("This was withdrawn already: load the page again.")

    def apply() -> None:
        found.withdrawn_at = now()

    moved = rule_changes.reviewed(session, assignment, apply, seen, "withdraw", extension_id)
    login = found.user.login if found.user is not None else ""
    _record(session, found, login, assignment, "extension.withdraw", moved, by, address)
    return moved


def _record(
    session: Session,
    found: Extension,
    login: str,
    assignment: Assignment,
    action: str,
    moved: list[Moved],
    by: str,
    address: str,
) -> None:
    whose = login or f"section {found.section}"
    detail = {
        "until": found.due_at.isoformat(),
        "reason": found.reason,
        "scores moved": rule_changes.summary(moved),
    }
    record = f"{whose} in {assignment.slug}"
    audit.record(session, by, action, record, detail, address, course_id=assignment.course_id)
