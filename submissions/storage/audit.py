"""The audit log: who did what to which record, when and from where. Added to, never changed; here it is read, too.

No secret is ever put into it: instructors read the entries of their course.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from submissions.models import AuditEntry, User


def record(
    session: Session,
    actor: str,
    action: str,
    record: str,
    detail: dict[str, Any] | None = None,
    address: str = "",
    course_id: int | None = None,
) -> None:
    """Adds an entry to the transaction that makes the change, so that neither is kept without the other.

    `actor` is a login or a part of the service; `record` names what was changed, such as `grading 17`;
    with a `course_id` the course's instructors can read the entry.
    """
    entry = AuditEntry(
        actor=actor, action=action, record=record, detail=detail or {}, address=address, course_id=course_id
    )
    session.add(entry)


class Search(msgspec.Struct, frozen=True):
    """What is looked for; an empty field asks for nothing. `since` and `until` bound the time, the latter exclusively.

    Each of the `words` is in the record, the action, the actor or the detail, in any letter case.
    """

    words: tuple[str, ...] = ()
    actor: str = ""
    action: str = ""
    record: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Found(msgspec.Struct, frozen=True):
    """An entry, with the actor's name where it is a person."""

    entry: AuditEntry
    name: str | None


def count(session: Session, course_id: int, search: Search) -> int:
    """How many of a course's entries are looked for."""
    return session.scalars(select(func.count()).select_from(AuditEntry).where(*_wanted(course_id, search))).one()


def found(session: Session, course_id: int, search: Search, limit: int, offset: int) -> Sequence[Found]:
    """A page of what is looked for in a course's entries, the newest first."""
    rows = session.execute(
        select(AuditEntry, User.name)
        .outerjoin(User, User.login == AuditEntry.actor)
        .where(*_wanted(course_id, search))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Found(entry, name) for entry, name in rows]


def actors(session: Session, course_id: int) -> Sequence[str]:
    """Everybody who did something in a course, parts of the service among them."""
    asked = select(AuditEntry.actor).where(AuditEntry.course_id == course_id).distinct().order_by(AuditEntry.actor)
    return session.scalars(asked).all()


def actions(session: Session, course_id: int) -> Sequence[str]:
    """Every kind of action that was done in a course."""
    asked = select(AuditEntry.action).where(AuditEntry.course_id == course_id).distinct().order_by(AuditEntry.action)
    return session.scalars(asked).all()


def _wanted(course_id: int, search: Search) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [AuditEntry.course_id == course_id]
    wanted += [_says(word) for word in search.words]
    if search.actor:
        wanted.append(AuditEntry.actor == search.actor)
    if search.action:
        wanted.append(AuditEntry.action == search.action)
    if search.record:
        wanted.append(AuditEntry.record.icontains(search.record, autoescape=True))
    if search.since is not None:
        wanted.append(AuditEntry.at >= search.since)
    if search.until is not None:
        wanted.append(AuditEntry.at < search.until)
    return wanted


def _says(word: str) -> ColumnElement[bool]:
    # As it stands in the JSON that is kept.
    kept = json.dumps(word, ensure_ascii=False)[1:-1]
    told = (AuditEntry.record, AuditEntry.action, AuditEntry.actor)
    hits = [column.icontains(word, autoescape=True) for column in told]
    detail = cast(AuditEntry.detail, Text).icontains(kept, autoescape=True)
    return hits[0] | hits[1] | hits[2] | detail
