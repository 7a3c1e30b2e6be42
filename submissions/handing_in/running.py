"""The courses of one person: what is due next in each, and which of them are over. Nothing here writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions.handing_in import terms
from submissions.models import Assignment, Enrolment

LINGERS = timedelta(days=60)
"""So long after its last deadline a course is not over yet: scores, questions and regrades come then."""


class Due(msgspec.Struct, frozen=True):
    """An assignment with the person's own deadline."""

    due_at: datetime
    title: str


class Listed(msgspec.Struct, frozen=True):
    """One of the courses; `last` is the last deadline that the person has in it, None: it has none."""

    place: Enrolment
    next: Due | None = None
    last: datetime | None = None

    def over(self, at: datetime) -> bool:
        """Whether nothing is due in it any more, for long enough."""
        return self.last is not None and self.last + LINGERS < at


class Term(msgspec.Struct, frozen=True):
    """Courses that are over, of one term; its name may be empty."""

    name: str
    courses: tuple[Listed, ...]


class Running(msgspec.Struct, frozen=True):
    """What runs, by what is due next; what is over, by term, the last first."""

    current: tuple[Listed, ...]
    past: tuple[Term, ...]


def of(session: Session, places: Sequence[Enrolment], user_id: int, at: datetime) -> Running:
    """Where this person stands in the courses of these places of theirs, in a fixed number of queries."""
    courses = [each.course_id for each in places]
    extended = terms.extended(session, courses, user_id)
    dated = session.scalars(
        select(Assignment).where(Assignment.course_id.in_(courses), Assignment.due_at.is_not(None))
    ).all()
    found = [
        _listed(place, [each for each in dated if each.course_id == place.course_id], extended, at) for place in places
    ]
    by_term: dict[str, list[Listed]] = {}
    for each in sorted(found, key=_last, reverse=True):
        if each.over(at):
            by_term.setdefault(each.place.course.term, []).append(each)
    return Running(
        tuple(sorted((each for each in found if not each.over(at)), key=_next)),
        tuple(Term(name, tuple(those)) for name, those in by_term.items()),
    )


def _listed(place: Enrolment, dated: Sequence[Assignment], extended: dict[int, datetime], at: datetime) -> Listed:
    own = [(each, max(each.due_at, extended.get(each.id, each.due_at))) for each in dated if each.due_at is not None]
    coming = [
        Due(due_at, each.title)
        for each, due_at in own
        # Among what takes hand-ins, and can be seen.
        if each.suite_id is not None and due_at >= at and (each.opens_at is None or each.opens_at <= at)
    ]
    return Listed(
        place,
        min(coming, key=lambda each: each.due_at, default=None),
        max((due_at for _, due_at in own), default=None),
    )


def _next(listed: Listed) -> float:
    return listed.next.due_at.timestamp() if listed.next is not None else math.inf


def _last(listed: Listed) -> float:
    return listed.last.timestamp() if listed.last is not None else -math.inf
