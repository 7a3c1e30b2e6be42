"""Copying a course to its next term: its assignments with tests, handouts, rubrics and rules, and nobody of its people.

What the copy's dates would be is planned first, and the copy is made whole, as it was planned, or not at all. No work,
no score, no announcement and no decision about a person ever comes along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from submissions.changes import rubric_changes
from submissions.clock import later
from submissions.handing_in import terms
from submissions.models import Assignment, Course, Role, User
from submissions.people import people
from submissions.rules import rules
from submissions.rules.rules import Rules
from submissions.storage import audit
from submissions.suites import courses
from submissions.suites.checked import NotChecked
from submissions.suites.courses import BadSlug

LONGEST_TITLE = 200
LONGEST_TERM = 60
"""Characters of a course's title, and of its term."""

MOST_LATER = 1000
"""Weeks, or days, by which dates are moved at most."""

_HALF_A_YEAR = 26 * 7

# What of an assignment goes along as it is, beside its rules.
_KEPT = ("hint_budget", "hint_hours")


class CannotCopy(Exception):
    """There can be no such copy, and none was made; the message says why, `field` where to begin."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class Unseen(Exception):
    """Who copies has not seen these dates: others were asked for, or the course was changed meanwhile."""


class Wanted(msgspec.Struct, frozen=True):
    """The new course; all dates are so many `days` later in it."""

    slug: str
    title: str
    term: str
    days: int


class Planned(msgspec.Struct, frozen=True):
    """An assignment of the copy, with the rules that it has now and those that it will have."""

    slug: str
    title: str
    tests: bool
    before: Rules
    after: Rules


class Plan(msgspec.Struct, frozen=True):
    """All assignments of the copy; `digest` names what was seen of them."""

    assignments: tuple[Planned, ...]
    days: int

    @property
    def digest(self) -> str:
        """The same plan, the same digest."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]

    @property
    def trouble(self) -> str:
        """What in the new dates cannot hold together; "" when all is well."""
        found = [
            f"{each.title}: {one.text}" for each in self.assignments for one in rules.contradictions(each.after)[:1]
        ]
        return " ".join(found[:3])


def plan(session: Session, source: Course, days: int, *, held: bool = False) -> Plan:
    """The assignments as they would be so many days later; `held`: until the commit nobody changes one. Dates keep
    their time of day where the course is, whatever the clocks do in between. Raises CannotCopy.
    """
    try:
        found = tuple(_planned(each, source, days) for each in _assignments(session, source, held))
    except OverflowError:
        raise CannotCopy(f"No calendar goes so far that dates could be {days} days later.", "number") from None
    return Plan(found, days)


def proposed_days(session: Session, source: Course, at: datetime) -> int:
    """Half years, as terms follow each other: so many that the first date of the copy is yet to come."""
    moments = [
        moment
        for each in _assignments(session, source, held=False)
        for moment in (each.opens_at, each.due_at)
        if moment is not None
    ]
    passed = at - min(moments, default=at)
    return max(1, -(-passed // timedelta(days=_HALF_A_YEAR))) * _HALF_A_YEAR


def copy(
    session: Session,
    source: Course,
    wanted: Wanted,
    actor: str,
    address: str = "",
    *,
    instructor: User | None = None,
    seen: str | None = None,
) -> Course:
    """The new course. `instructor` is the one person in it, None: nobody is. `seen` is the digest of the plan that who
    copies has looked at, None where nobody looks. Raises CannotCopy, Unseen.
    """
    planned = plan(session, source, wanted.days, held=True)
    if seen is not None and planned.digest != seen:
        raise Unseen
    if planned.trouble:
        raise CannotCopy(planned.trouble, "number")
    copied = _course(session, source, wanted)
    rules_of = {each.slug: each.after for each in planned.assignments}
    for each in _assignments(session, source, held=True):
        try:
            _copy_assignment(session, each, copied, rules_of[each.slug], actor)
        except NotChecked as error:
            raise CannotCopy(f"{each.title} cannot come along. {error}") from None
    detail = {"from": source.slug, "to": copied.slug, "days later": wanted.days}
    for course in (source, copied):
        audit.record(session, actor, "course.copy", f"course {course.slug}", detail, address, course.id)
    if instructor is not None:
        people.enrol(session, copied.id, instructor.id, Role.INSTRUCTOR)
        record = f"course {copied.slug}, user {instructor.login}"
        after = {"after": {"role": Role.INSTRUCTOR, "section": ""}}
        audit.record(session, actor, "roster.add", record, after, address, copied.id)
    session.flush()
    return copied


def _assignments(session: Session, source: Course, held: bool) -> Sequence[Assignment]:
    asked = (
        select(Assignment)
        .where(Assignment.course_id == source.id)
        .order_by(Assignment.due_at.is_(None), Assignment.due_at, Assignment.id)
    )
    if held:
        asked = asked.with_for_update(read=True).execution_options(populate_existing=True)
    return session.scalars(asked).all()


def _planned(assignment: Assignment, source: Course, days: int) -> Planned:
    before = terms.rules_of(assignment, source)

    def moved(moment: datetime | None) -> datetime | None:
        return moment and later(moment, days, source.timezone)

    after = msgspec.structs.replace(
        before, opens_at=moved(before.opens_at), due_at=moved(before.due_at), ends_at=moved(before.ends_at)
    )
    return Planned(assignment.slug, assignment.title, assignment.suite_id is not None, before, after)


def _course(session: Session, source: Course, wanted: Wanted) -> Course:
    try:
        with session.begin_nested():
            copied = courses.create_course(session, wanted.slug, wanted.title, wanted.term, source.timezone)
    except BadSlug as error:
        raise CannotCopy(str(error), "slug") from None
    except IntegrityError:
        raise CannotCopy(f"There is a course “{wanted.slug}” already: choose another short name.", "slug") from None
    copied.grace_days = source.grace_days
    return copied


def _copy_assignment(session: Session, each: Assignment, copied: Course, after: Rules, actor: str) -> None:
    made = courses.create_assignment(session, copied.id, each.slug, each.title, suite=each.suite, by=actor)
    for name in terms.STORED:
        setattr(made, name, getattr(after, name))
    for name in _KEPT:
        setattr(made, name, getattr(each, name))
    if each.suite is not None:
        courses.bring(session, made.id, each.suite, actor, each.handout, courses.folder_of(session, each))
        courses.give(session, made, each.suite.id)
        rubric_changes.copy(session, each, made)
