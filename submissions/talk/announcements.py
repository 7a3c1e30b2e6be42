"""Announcements: what staff tell a whole course, on its page or on that of an assignment.

One that is planned for later is read by staff alone until then. One that is changed says so; one that is withdrawn
stays, and is read by nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from submissions.models import Announcement, Assignment, Course, User, now
from submissions.storage import audit

LONGEST_TITLE = 120
LONGEST = 8_000
"""Characters of its text."""
MOST = 200
"""Announcements of a course that are kept on its pages; who writes more is told to withdraw old ones."""


class BadAnnouncement(Exception):
    """This cannot be announced; the message says why, and what to do."""


class Outdated(Exception):
    """Somebody else changed it, or withdrew it, since the form was opened."""


class Wanted(msgspec.Struct, frozen=True):
    """An announcement as somebody wants it. `assignment_id` None: on the course's page. `shown_from` None: at once."""

    title: str
    text: str
    assignment_id: int | None = None
    shown_from: datetime | None = None
    pinned: bool = False


def standing(session: Session, course_id: int, at: datetime, *, planned: bool = False) -> Sequence[Announcement]:
    """Those of a course and of its assignments that are shown at that moment, and the `planned` ones too if asked for:
    the pinned ones first, then the newest; one query."""
    asked = (
        select(Announcement)
        .options(joinedload(Announcement.by), joinedload(Announcement.assignment))
        .where(Announcement.course_id == course_id, Announcement.withdrawn_at.is_(None))
        .order_by(Announcement.pinned.desc(), Announcement.shown_from.desc(), Announcement.id.desc())
    )
    return session.scalars(asked if planned else asked.where(_is_shown(at))).all()


def on_page(session: Session, course_id: int, assignment_id: int | None, at: datetime) -> Sequence[Announcement]:
    """Those that stand on one page: the course's own, or those of an assignment."""
    return [each for each in standing(session, course_id, at) if each.assignment_id == assignment_id]


def _is_shown(at: datetime) -> ColumnElement[bool]:
    return Announcement.shown_from <= at


def announce(session: Session, course_id: int, wanted: Wanted, by: User, address: str = "") -> Announcement:
    """Adds an announcement. Raises BadAnnouncement."""
    wanted = _checked(session, course_id, wanted)
    # Two presses of one button come one after the other.
    session.get_one(Course, course_id, with_for_update=True)
    there = standing(session, course_id, now(), planned=True)
    for each in there:
        if each.by_id == by.id and (each.title, each.text, each.assignment_id) == _words(wanted):
            return each
    if len(there) >= MOST:
        raise BadAnnouncement(f"There are {MOST} announcements: withdraw some that nobody needs any more.")
    made = Announcement(
        course_id=course_id,
        assignment_id=wanted.assignment_id,
        title=wanted.title,
        text=wanted.text,
        shown_from=wanted.shown_from or now(),
        pinned=wanted.pinned,
        by_id=by.id,
    )
    session.add(made)
    session.flush()
    _record(session, made, "announcement.make", by, address)
    return made


def change(session: Session, made: Announcement, wanted: Wanted, edits: int, by: User, address: str = "") -> None:
    """Changes one that had been changed `edits` times when the form was opened. Raises BadAnnouncement, Outdated."""
    found = session.get_one(Announcement, made.id, with_for_update=True, populate_existing=True)
    if found.edits != edits or found.withdrawn_at is not None:
        raise Outdated
    wanted = _checked(session, found.course_id, wanted)
    found.title, found.text, found.assignment_id = _words(wanted)
    found.pinned = wanted.pinned
    # What was shown already is not made to come later: who read it would look for it in vain.
    if found.shown_from > now():
        found.shown_from = wanted.shown_from or now()
    found.edits += 1
    found.edited_at = now()
    _record(session, found, "announcement.change", by, address)


def withdraw(session: Session, made: Announcement, by: User, address: str = "") -> None:
    """Takes it back, whoever has made it; a second time changes nothing."""
    found = session.get_one(Announcement, made.id, with_for_update=True, populate_existing=True)
    if found.withdrawn_at is None:
        found.withdrawn_at = now()
        _record(session, found, "announcement.withdraw", by, address)


def _checked(session: Session, course_id: int, wanted: Wanted) -> Wanted:
    title, text = " ".join(wanted.title.split()), wanted.text.strip()
    if not title:
        raise BadAnnouncement("Give it a title: it is what students see first.")
    if not text:
        raise BadAnnouncement("Write what is to be announced: a title alone tells too little.")
    for what, length, most in (("title", len(title), LONGEST_TITLE), ("text", len(text), LONGEST)):
        if length > most:
            raise BadAnnouncement(f"The {what} has {length:,} characters; up to {most:,} are kept.")
    if wanted.assignment_id is not None:
        where = session.get(Assignment, wanted.assignment_id)
        if where is None or where.course_id != course_id:
            raise BadAnnouncement("Choose the course's page or one of its assignments.")
    return msgspec.structs.replace(wanted, title=title, text=text)


def _words(wanted: Wanted) -> tuple[str, str, int | None]:
    return wanted.title, wanted.text, wanted.assignment_id


def _record(session: Session, made: Announcement, action: str, by: User, address: str) -> None:
    detail = {"title": made.title, "text": made.text, "from": made.shown_from.isoformat(), "pinned": made.pinned}
    audit.record(session, by.login, action, f"announcement {made.id}", detail, address, course_id=made.course_id)
