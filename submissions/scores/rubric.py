"""The rubric of a task that a person grades: what graders look for, each item with the points that it is worth.

It belongs to the assignment. Every answer that an item was found in uses that very item. How it is changed is in
`submissions.changes.rubric_changes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.assignment import Task
from submissions.models import ManualScore, RubricItem, Submission
from submissions.scores.points import exact


def items(session: Session, assignment_id: int, task: str | None = None, *, held: bool = False) -> list[RubricItem]:
    """Every item of a task, or of all tasks, in order, the retired ones too; `held`: until the commit nobody changes
    one."""
    asked = select(RubricItem).where(RubricItem.assignment_id == assignment_id)
    if task is not None:
        asked = asked.where(RubricItem.task == task)
    asked = asked.order_by(RubricItem.task, RubricItem.position, RubricItem.id)
    if held:
        asked = asked.with_for_update(read=True).execution_options(populate_existing=True)
    return list(session.scalars(asked))


def known(rubric: Iterable[RubricItem]) -> str:
    """Names a task's rubric as a form was opened with it."""
    said = [(each.id, each.text, each.points, each.retired_at is None) for each in rubric]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


def adds_up_to(task: Task, found: Iterable[RubricItem]) -> Decimal:
    """What these items add up to, never below 0 or above the task's points."""
    return within(task, sum((exact(each.points) for each in found), Decimal()))


def within(task: Task, points: Decimal) -> Decimal:
    """The points, never below 0 or above the task's."""
    return min(max(points, Decimal()), exact(task.points))


def given(session: Session, assignment_id: int, task: str) -> Sequence[ManualScore]:
    """What was given for all answers to a task of an assignment."""
    return session.scalars(
        select(ManualScore)
        .join(Submission, Submission.id == ManualScore.submission_id)
        .where(Submission.assignment_id == assignment_id, ManualScore.task == task)
        .order_by(ManualScore.id)
    ).all()


def uses(session: Session, assignment_id: int, task: str) -> dict[int, int]:
    """How many answers have each item, by its id."""
    found: dict[int, int] = {}
    for each in given(session, assignment_id, task):
        for item in each.rubric:
            found[item] = found.get(item, 0) + 1
    return found
