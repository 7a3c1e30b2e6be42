"""Changing the rules of an assignment: whose score that would move is seen first, as in the review of a regrade.

A change is one transaction, which keeps what was seen or nothing: other rules, and with every upload how these judge
it. What it moves is read from the gradebook before and after, so nothing about a score is said twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from submissions.handing_in import terms
from submissions.models import Assignment, Course
from submissions.people.reach import WHOLE
from submissions.rules import rules
from submissions.rules.rules import Contradiction, Rules
from submissions.scores import gradebook
from submissions.scores.gradebook import Cell, Row
from submissions.storage import audit

MOST_GRACE = 100
"""Grace days of a course, at most."""


class BadRules(Exception):
    """The rules contradict each other; `found` says how, and nothing was changed."""

    def __init__(self, found: list[Contradiction]) -> None:
        super().__init__(" ".join(each.text for each in found))
        self.found = found


class Outdated(Exception):
    """Somebody else changed the rules since the form was opened, and that stands."""


class Moved(msgspec.Struct, frozen=True):
    """A student whose score a change moves in an assignment, or for whom another upload would count."""

    user_id: int
    login: str
    name: str
    before: Cell
    after: Cell
    assignment: str


class ToReview(Exception):
    """The change moves scores, and who makes it has not seen which; nothing was changed. `digest` names what to see."""

    def __init__(self, moved: list[Moved], digest: str) -> None:
        super().__init__(f"{len(moved)} scores would move")
        self.moved = moved
        self.digest = digest


def known(of: Rules, grace_days: int) -> str:
    """Names the rules that a form was opened with."""
    return _digest(of, grace_days)


def change(
    session: Session,
    assignment_id: int,
    new: Rules,
    grace_days: int,
    by: str,
    address: str = "",
    *,
    opened_with: str | None = None,
    seen: str = "",
) -> list[Moved]:
    """Has these rules hold from now on, for what was handed in too; returns whose score that moved.

    `opened_with` is what `known` said when the form was made, None where there was none; `seen` is the digest of a
    review. Raises BadRules, Outdated, ToReview.
    """
    if found := rules.contradictions(new):
        raise BadRules(found)
    assignment = locked(session, assignment_id)
    course = session.get_one(Course, assignment.course_id, populate_existing=True)
    old, old_grace = terms.rules_of(assignment, course), course.grace_days
    if opened_with is not None and opened_with != known(old, old_grace):
        raise Outdated

    def apply() -> None:
        for name in terms.STORED:
            setattr(assignment, name, getattr(new, name))
        course.grace_days = grace_days

    moved = reviewed(session, assignment, apply, seen, new, grace_days)
    before = {name: getattr(old, name) for name in terms.STORED} | {_GRACE: old_grace}
    after = {name: getattr(new, name) for name in terms.STORED} | {_GRACE: grace_days}
    if differing := [name for name in after if before[name] != after[name]]:
        detail = {
            "before": msgspec.to_builtins({name: before[name] for name in differing}),
            "after": msgspec.to_builtins({name: after[name] for name in differing}),
            "scores moved": summary(moved),
        }
        record = f"assignment {assignment.slug}"
        audit.record(session, by, "rules.change", record, detail, address, course_id=course.id)
    return moved


def reviewed(
    session: Session, assignment: Assignment, apply: Callable[[], None], seen: str, *change: object
) -> list[Moved]:
    """Applies a change and judges every upload anew; returns whose score that moves. `change` is what makes it what it
    is. Raises ToReview unless what moves was `seen`: the caller's transaction must end then.
    """
    return _reviewed(session, [assignment], None, apply, seen, change)


def reviewed_of(
    session: Session,
    assignments: Sequence[Assignment],
    students: Sequence[int],
    apply: Callable[[], None],
    seen: str,
    *change: object,
) -> list[Moved]:
    """The same in several assignments, where only what these students handed in, alone or with others, is judged anew.
    The scores of who left the course, and may come back to it by the change, are looked at, too.
    """
    return _reviewed(session, assignments, students, apply, seen, change)


def _reviewed(
    session: Session,
    assignments: Sequence[Assignment],
    students: Sequence[int] | None,
    apply: Callable[[], None],
    seen: str,
    change: tuple[object, ...],
) -> list[Moved]:
    before = [_rows(session, each, students) for each in assignments]
    apply()
    moved: list[Moved] = []
    for assignment, rows in zip(assignments, before, strict=True):
        terms.judge(session, assignment, students)
        after = {row.user_id: row.cells[0] for row in _rows(session, assignment, students)}
        moved += [
            Moved(row.user_id, row.login, row.name, row.cells[0], after[row.user_id], assignment.title)
            for row in rows
            if row.user_id in after and _weight(row.cells[0]) != _weight(after[row.user_id])
        ]
    digest = _digest(
        *change, [(each.user_id, each.assignment, _weight(each.before), _weight(each.after)) for each in moved]
    )
    if moved and seen != digest:
        raise ToReview(moved, digest)
    return moved


def _rows(session: Session, assignment: Assignment, students: Sequence[int] | None) -> list[Row]:
    found = [*gradebook.book(session, assignment.course_id, WHOLE, assignment).rows]
    if students is not None:
        found += gradebook.book(session, assignment.course_id, WHOLE, assignment, left=True).rows
    return found


def summary(moved: list[Moved]) -> list[str]:
    """What the audit log keeps of it; the assignment is named where there are several."""
    several = len({each.assignment for each in moved}) > 1
    return [
        f"{each.login}{f' in {each.assignment}' if several else ''}: "
        f"{_points(each.before.score)} to {_points(each.after.score)}"
        for each in moved
    ]


def _points(score: float | None) -> str:
    return "no score" if score is None else f"{score:.10g}"


def locked(session: Session, assignment_id: int) -> Assignment:
    """The assignment as it is now: until the commit nobody else changes it, and nothing is handed in."""
    return session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)


_GRACE = "grace days of the course"


def _weight(cell: Cell) -> tuple[object, ...]:
    return cell.score, cell.submission_id


def _digest(*parts: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
