"""Students whom staff should ask soon: a deadline is near and nothing of theirs is there, or they fall behind.

It says what is missing and judges nobody: who is excused, or has a later deadline of their own, is not on the list.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions import gradebook
from submissions.models import Assignment, Extension

NEAR = timedelta(hours=48)
"""How long before a deadline an upload is looked for."""
IN_A_ROW = 2
"""Who handed in nothing of so many assignments, those that were due last, falls behind."""


class Missing(msgspec.Struct, frozen=True):
    """An assignment of which a student has handed in nothing, with the student's own deadline."""

    slug: str
    title: str
    due_at: datetime


class AtRisk(msgspec.Struct, frozen=True):
    """A student, what is due soon without an upload, and what they let pass in a row, the last first."""

    login: str
    name: str
    section: str
    near: tuple[Missing, ...]
    behind: tuple[Missing, ...]


def students(session: Session, course_id: int, at: datetime) -> list[AtRisk]:
    """Those in the course who are at risk: who falls behind first, then by what is due next, then by name."""
    book = gradebook.book(session, course_id)
    dates = session.execute(
        select(Assignment.slug, Assignment.due_at).where(
            Assignment.course_id == course_id, Assignment.due_at.is_not(None), Assignment.suite_id.is_not(None)
        )
    )
    due = {slug: due_at for slug, due_at in dates if due_at is not None}
    later = _later(session, course_id)
    found = []
    for row in book.rows:
        own = []
        for column, cell in zip(book.columns, row.cells, strict=True):
            if column.key not in due or not column.opened or cell.excused:
                continue
            until = max(
                due[column.key],
                later.get((column.key, row.user_id), due[column.key]),
                later.get((column.key, row.section), due[column.key]),
            )
            own.append((Missing(column.key, column.title, until), not cell.state))
        own.sort(key=lambda each: each[0].due_at, reverse=True)
        near = tuple(each for each, missing in reversed(own) if missing and at <= each.due_at <= at + NEAR)
        behind = []
        for each, missing in own:
            if each.due_at < at:
                if not missing:
                    break
                behind.append(each)
        if len(behind) < IN_A_ROW:
            behind = []
        if near or behind:
            found.append(AtRisk(row.login, row.name, row.section, near, tuple(behind)))
    # Rows come by name, and stay so among equals.
    return sorted(found, key=lambda each: (-len(each.behind), each.near[0].due_at if each.near else at + NEAR))


def _later(session: Session, course_id: int) -> dict[tuple[str, int | str], datetime]:
    """Until when extensions hold: by assignment, and by the student's id or a section."""
    rows = session.execute(
        select(Assignment.slug, Extension.user_id, Extension.section, Extension.due_at)
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .where(Assignment.course_id == course_id, Extension.withdrawn_at.is_(None))
    )
    later: dict[tuple[str, int | str], datetime] = {}
    for slug, user_id, section, due_at in rows:
        key = (slug, section if user_id is None else user_id)
        later[key] = max(due_at, later.get(key, due_at))
    return later
