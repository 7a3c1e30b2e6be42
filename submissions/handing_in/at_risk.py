"""Students whom staff should ask soon: a deadline is near and nothing of theirs is there, or they fall behind.

It says what is missing and judges nobody: who is excused, or has a later deadline of their own, is not on the list.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions.handing_in import terms
from submissions.models import Assignment, Extension
from submissions.people import groups
from submissions.people.reach import Reach
from submissions.scores import gradebook

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


def students(session: Session, course_id: int, reach: Reach, at: datetime) -> list[AtRisk]:
    """Those in the course and in reach who are at risk: who falls behind first, then by what is due next, by name."""
    book = gradebook.book(session, course_id, reach)
    dates = session.execute(
        select(Assignment.id, Assignment.slug, Assignment.due_at).where(
            Assignment.course_id == course_id, Assignment.due_at.is_not(None), Assignment.suite_id.is_not(None)
        )
    ).all()
    due = {slug: due_at for _, slug, due_at in dates if due_at is not None}
    of = {number: slug for number, slug, _ in dates}
    later: defaultdict[str, list[Extension]] = defaultdict(list)
    for extension in terms.holding(session, [*of]):
        later[of[extension.assignment_id]].append(extension)
    together = {
        key: tuple((each.user_id, each.section) for each in members)
        for key, members in groups.of_course(session, course_id).items()
    }
    found = []
    for row in book.rows:
        own = []
        for column, cell in zip(book.columns, row.cells, strict=True):
            if column.key not in due or not column.opened or cell.excused:
                continue
            extended = max(
                (
                    until
                    for user_id, section in together.get((column.key, row.user_id), ((row.user_id, row.section),))
                    if (until := terms.latest(later[column.key], user_id, section))
                ),
                default=None,
            )
            until = max(due[column.key], extended or due[column.key])
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
