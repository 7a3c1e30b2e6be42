"""Changing a rubric, which begins as the first published suite has it; from then on staff keep it.

A change of an item's points changes what all answers are worth that have it, in one transaction, and never a score that
students see before who changes it has seen whose. An item is never deleted: retired, it stays with the answers that
have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.assignment import Task
from submissions.changes import rule_changes
from submissions.changes.rule_changes import Moved
from submissions.models import Assignment, RubricItem, Suite, User, now
from submissions.scores import manual
from submissions.scores.points import exact, too_fine
from submissions.scores.rubric import adds_up_to, given, items, known, within
from submissions.storage import audit

LONGEST = 300
"""Characters of an item's text."""
MOST = 40
"""Items of one task that are not retired."""


class BadItem(Exception):
    """This item cannot be; the message says why, and what can."""


class Outdated(Exception):
    """Somebody else changed the rubric since the page was opened."""


class Changed(msgspec.Struct, frozen=True):
    """What a change of an item did: to how many answers that use it, and how many of these rise or fall."""

    answers: int
    rise: int
    fall: int
    moved: Sequence[Moved]


def begin(session: Session, assignment: Assignment, suite: Suite) -> None:
    """Gives each task that has no rubric yet the one that the suite has for it."""
    there = set(session.scalars(select(RubricItem.task).where(RubricItem.assignment_id == assignment.id).distinct()))
    for task in manual.written_tasks(suite):
        if task.id not in there:
            session.add_all(
                RubricItem(assignment_id=assignment.id, task=task.id, position=n, text=each.text, points=each.points)
                for n, each in enumerate(task.rubric)
            )
    session.flush()


def copy(session: Session, source: Assignment, assignment: Assignment) -> None:
    """Gives an assignment that nobody has graded anything of the rubrics of another, but for what is retired there."""
    for each in items(session, assignment.id):
        session.delete(each)
    session.add_all(
        RubricItem(
            assignment_id=assignment.id, task=each.task, position=each.position, text=each.text, points=each.points
        )
        for each in items(session, source.id)
        if each.retired_at is None
    )
    session.flush()


def add(
    session: Session, assignment: Assignment, task: Task, text: str, points: Decimal, by: User, address: str
) -> int:
    """Adds an item to a task's rubric, the last; returns its id. No answer has it yet. Raises BadItem."""
    text = _checked(task, text, points)
    rule_changes.locked(session, assignment.id)
    there = [each for each in items(session, assignment.id, task.id) if each.retired_at is None]
    for each in there:
        if each.text == text:
            raise BadItem("The rubric has an item with these words: change that one, or find other words.")
    if len(there) >= MOST:
        raise BadItem(f"There are {MOST} items: nobody keeps more in mind. Retire one first.")
    last = session.scalar(
        select(func.max(RubricItem.position)).where(
            RubricItem.assignment_id == assignment.id, RubricItem.task == task.id
        )
    )
    made = RubricItem(
        assignment_id=assignment.id,
        task=task.id,
        position=0 if last is None else last + 1,
        text=text,
        points=float(points),
    )
    session.add(made)
    session.flush()
    _record(session, assignment, made, "rubric.add", {"after": _said(made)}, by, address)
    return made.id


def change(
    session: Session,
    assignment: Assignment,
    task: Task,
    item_id: int,
    text: str,
    points: Decimal,
    by: User,
    address: str = "",
    *,
    opened_with: str,
    seen: str = "",
) -> Changed:
    """Changes an item, and with it the points of every answer that uses it. Raises BadItem, Outdated, and
    rule_changes.ToReview where scores that students see would move and who changes it has not `seen` whose.
    """
    text = _checked(task, text, points)
    locked = rule_changes.locked(session, assignment.id)
    item = _held(session, assignment, task, item_id)
    if opened_with != known([item]):
        raise Outdated
    before, old = _said(item), {}
    using = [each for each in given(session, assignment.id, task.id) if item.id in each.rubric]

    def apply() -> None:
        item.text, item.points = text, float(points)
        session.flush()
        by_id = {each.id: each for each in items(session, assignment.id, task.id)}
        for each in using:
            old[each.id] = each.points
            summed = adds_up_to(task, (by_id[one] for one in each.rubric if one in by_id))
            each.points = float(within(task, summed + exact(each.extra)))
            if each.points != old[each.id]:
                # Who has the answer open is told that its points are others now.
                each.at = now()
        session.flush()

    moved = rule_changes.reviewed(session, locked, apply, seen, item.id, text, str(points))
    done = Changed(
        len(using),
        sum(each.points > old[each.id] for each in using),
        sum(each.points < old[each.id] for each in using),
        moved,
    )
    if _said(item) != before:
        detail = {"before": before, "after": _said(item), "answers": done.answers, "rise": done.rise, "fall": done.fall}
        detail["scores moved"] = rule_changes.summary(list(moved))
        _record(session, assignment, item, "rubric.change", detail, by, address)
    return done


def retire(session: Session, assignment: Assignment, task: Task, item_id: int, by: User, address: str = "") -> bool:
    """Offers it for no further answer, or does so again; returns whether it is retired now."""
    rule_changes.locked(session, assignment.id)
    item = _held(session, assignment, task, item_id)
    item.retired_at = now() if item.retired_at is None else None
    action = "rubric.retire" if item.retired_at is not None else "rubric.offer_again"
    _record(session, assignment, item, action, {"item": _said(item)}, by, address)
    return item.retired_at is not None


def _held(session: Session, assignment: Assignment, task: Task, item_id: int) -> RubricItem:
    item = session.get(RubricItem, item_id, with_for_update=True, populate_existing=True)
    if item is None or (item.assignment_id, item.task) != (assignment.id, task.id):
        raise BadItem("This item is not of this rubric.")
    return item


def _checked(task: Task, text: str, points: Decimal) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadItem("Say in words what graders look for.")
    if len(text) > LONGEST:
        raise BadItem(f"This has {len(text):,} characters; an item has at most {LONGEST}.")
    if not points.is_finite() or abs(points) > exact(task.points):
        raise BadItem(f"An item of this task is worth from -{task.points:g} to {task.points:g} points.")
    if too_fine(points):
        raise BadItem("Points have at most two decimals.")
    return text


def _said(item: RubricItem) -> dict[str, object]:
    return {"text": item.text, "points": item.points}


def _record(
    session: Session,
    assignment: Assignment,
    item: RubricItem,
    action: str,
    detail: dict[str, object],
    by: User,
    address: str,
) -> None:
    record = f"item {item.id} of {item.task} in {assignment.slug}"
    audit.record(session, by.login, action, record, detail, address, course_id=assignment.course_id)
