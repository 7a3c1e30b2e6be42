"""The roster of a course: who is in it, and what becomes of one person.

Nobody's work is ever taken away: a place ends, and what was handed in, scored and logged stays. What a file would
change is `roster_changes`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager

from submissions.models import Course, Enrolment, Role, User, now
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.storage import audit


class BadRoster(Exception):
    """This cannot be done to the roster; the message says why, and what can."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """A role and a section; of staff also the sections that they are limited to, if they are."""

    role: str
    section: str
    limited_to: tuple[str, ...] = ()

    @classmethod
    def of(cls, enrolment: Enrolment) -> Place:
        """What it is now."""
        return cls(enrolment.role, enrolment.section, tuple(enrolment.limited_to))


def end(session: Session, course_id: int, login: str, by: User, address: str = "") -> User | None:
    """Ends a person's place; None: they have no live one. Raises BadRoster."""
    course = held(session, course_id, by.id)
    place = everybody(session, course_id).get(login)
    if place is None or place.ended_at is not None:
        return None
    if place.user_id == by.id:
        raise BadRoster("You cannot end your own place: another instructor of the course can.")
    before = Place.of(place)
    place.ended_at = now()
    record_move(session, course, login, before, None, by.login, address)
    return place.user


def again(session: Session, course_id: int, login: str, by: User, address: str = "") -> User | None:
    """Gives a person's place back as it was when it ended; None: none ended. Raises BadRoster."""
    course = held(session, course_id, by.id)
    place = everybody(session, course_id).get(login)
    if place is None or place.ended_at is None:
        return None
    place.ended_at = None
    record_move(session, course, login, None, Place.of(place), by.login, address)
    return place.user


def limit(
    session: Session, course_id: int, login: str, sections: Sequence[str], by: User, address: str = ""
) -> User | None:
    """Limits one of the staff to these sections, or to none; None: there is nobody of that login to limit.

    Raises BadRoster.
    """
    course = held(session, course_id, by.id)
    place = everybody(session, course_id).get(login)
    if place is None or place.ended_at is not None or place.role != Role.STAFF:
        return None
    known = known_sections(session, place)
    if gone := [each for each in sections if each not in known]:
        raise BadRoster(f"There is no section “{gone[0][:40]}” any more: choose among those below.")
    before = Place.of(place)
    place.limited_to = list(dict.fromkeys(sections))
    if (after := Place.of(place)) != before:
        detail = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(after)}
        record = f"course {course.slug}, user {login}"
        audit.record(session, by.login, "roster.limit", record, detail, address, course.id)
    return place.user


def known_sections(session: Session, place: Enrolment) -> dict[str, bool]:
    """The sections that one of the staff can be limited to, and whether a student is or was in each: one that nobody is
    in any more is among them while they are limited to it.
    """
    there = people.sections(session, place.course_id, WHOLE)
    return {**dict.fromkeys(there, True), **{each: False for each in place.limited_to if each not in there}}


def staff(session: Session, course_id: int, login: str) -> Enrolment | None:
    """The live place of the one of the staff who has that login, with the person."""
    return session.scalar(
        select(Enrolment)
        .join(Enrolment.user)
        .options(contains_eager(Enrolment.user))
        .where(
            Enrolment.course_id == course_id,
            Enrolment.role == Role.STAFF,
            Enrolment.ended_at.is_(None),
            User.login == login,
        )
    )


def count(session: Session, course_id: int, who: str, ended: bool) -> int:
    """How many people are in the course, or have left it, whose name or login contains `who`."""
    wanted = select(func.count()).select_from(Enrolment).join(Enrolment.user).where(*_wanted(course_id, who, ended))
    return session.scalars(wanted).one()


def members(session: Session, course_id: int, who: str, ended: bool, limit: int, offset: int) -> Sequence[Enrolment]:
    """A page of them, with the person: instructors, then staff, then students, each by name."""
    return session.scalars(
        select(Enrolment)
        .join(Enrolment.user)
        .options(contains_eager(Enrolment.user))
        .where(*_wanted(course_id, who, ended))
        .order_by(Enrolment.role, User.name, User.login)
        .limit(limit)
        .offset(offset)
    ).all()


def _wanted(course_id: int, who: str, ended: bool) -> list[ColumnElement[bool]]:
    wanted = [Enrolment.course_id == course_id]
    wanted.append(Enrolment.ended_at.is_not(None) if ended else Enrolment.ended_at.is_(None))
    if who:
        wanted.append(User.name.icontains(who, autoescape=True) | User.login.icontains(who, autoescape=True))
    return wanted


def held(session: Session, course_id: int, by_id: int | None) -> Course:
    """The course, for this transaction alone: of two instructors who end each other's place, the second is told."""
    course = session.get_one(Course, course_id, with_for_update=True, populate_existing=True)
    if by_id is not None:
        place = people.enrolment(session, course_id, by_id)
        if place is None or place.ended_at is not None or place.role != Role.INSTRUCTOR:
            raise BadRoster("You are no longer an instructor of this course.")
    return course


def instructors(session: Session, course_id: int) -> int:
    """How many live instructors the course has."""
    live = (Enrolment.course_id == course_id, Enrolment.role == Role.INSTRUCTOR, Enrolment.ended_at.is_(None))
    return session.scalars(select(func.count()).select_from(Enrolment).where(*live)).one()


def everybody(session: Session, course_id: int) -> dict[str, Enrolment]:
    """Everybody who is or was in the course, by login."""
    found = session.scalars(
        select(Enrolment)
        .join(Enrolment.user)
        .options(contains_eager(Enrolment.user))
        .where(Enrolment.course_id == course_id)
        .order_by(User.name, User.login)
    )
    return {place.user.login: place for place in found}


def record_move(
    session: Session, course: Course, login: str, before: Place | None, after: Place | None, actor: str, address: str
) -> None:
    """Writes a person's other place into the audit log; None: no live one."""
    detail = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(after)}
    action = "roster.remove" if after is None else "roster.add"
    audit.record(session, actor, action, f"course {course.slug}, user {login}", detail, address, course.id)
