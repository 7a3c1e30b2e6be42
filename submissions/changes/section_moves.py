"""What becomes of deadlines and scores when students go to another section.

An extension that was given to a section is for who is in it now: who leaves the section leaves it behind, and who comes
gets it. That holds for what was handed in, too, so whose score moves is seen first, as with a change of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions.changes import rule_changes
from submissions.changes.rule_changes import Moved
from submissions.handing_in import terms
from submissions.models import Assignment, Enrolment, Extension


class Deadline(msgspec.Struct, frozen=True):
    """A student's own deadline in an assignment, as it is before they go and after."""

    assignment_id: int
    title: str
    before: datetime
    after: datetime


def hold(session: Session, course_id: int) -> None:
    """Until the commit nothing is handed in where a section has an extension, and none of these is changed.

    To be asked before the course is held: a change of rules takes the assignment first, too.
    """
    extended = select(Extension.assignment_id).where(Extension.section != "", Extension.withdrawn_at.is_(None))
    asked = select(Assignment.id).where(Assignment.course_id == course_id, Assignment.id.in_(extended))
    session.scalars(asked.order_by(Assignment.id).with_for_update()).all()


def deadlines(session: Session, course_id: int, to: Mapping[int, str]) -> dict[int, tuple[Deadline, ...]]:
    """The deadlines that move with people who come to these sections, by the person's id, in a fixed number of queries.

    Who left the course keeps the section that they had, and what they handed in is judged by it.
    """
    places = session.execute(select(Enrolment.user_id, Enrolment.section).where(Enrolment.course_id == course_id))
    going = {user_id: (was, to[user_id]) for user_id, was in places if to.get(user_id, was) != was}
    if not going:
        return {}
    asked = select(Assignment).where(Assignment.course_id == course_id, Assignment.due_at.is_not(None))
    dated = session.scalars(asked.order_by(Assignment.due_at, Assignment.id)).all()
    extensions = terms.holding(session, [each.id for each in dated])
    found: dict[int, list[Deadline]] = {}
    for each in dated:
        of_this = [extension for extension in extensions if extension.assignment_id == each.id]
        extended = {extension.section for extension in of_this if extension.section}
        for user_id, sections in going.items():
            if each.due_at is None or extended.isdisjoint(sections):
                continue
            before, after = (
                max(each.due_at, terms.latest(of_this, user_id, section) or each.due_at) for section in sections
            )
            if before != after:
                found.setdefault(user_id, []).append(Deadline(each.id, each.title, before, after))
    return {user_id: tuple(those) for user_id, those in found.items()}


def reviewed(
    session: Session,
    course_id: int,
    moving: Mapping[int, tuple[Deadline, ...]],
    apply: Callable[[], None],
    seen: str,
    *change: object,
) -> list[Moved]:
    """Lets students go by `apply`, and judges anew what they handed in where their deadlines move; returns whose score
    that moved. Raises rule_changes.ToReview unless that was `seen`: the caller's transaction must end then.
    """
    ids = {each.assignment_id for those in moving.values() for each in those}
    asked = select(Assignment).where(Assignment.course_id == course_id, Assignment.id.in_(ids)).order_by(Assignment.id)
    assignments = session.scalars(asked.execution_options(populate_existing=True)).all() if ids else []
    return rule_changes.reviewed_of(session, assignments, sorted(moving), apply, seen, *change)
