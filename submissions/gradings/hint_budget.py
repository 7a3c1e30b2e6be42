"""The hint budget of an assignment: how many hints a student may open, each of which comes back some hours later.

A use is a row; what is left is a query over the rows of the last hours, and nothing is ever given back by a change.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions.models import Assignment, Grading, HintUse, Submission, TestResult, User


class Spent(Exception):
    """Nothing is left of the budget now."""


class Allowance(msgspec.Struct, frozen=True):
    """What a student has: `left` hints to open, when the next that was opened `comes_back`, and the tests `opened`.

    `opened` holds ids of `TestResult`s, of every grading.
    """

    most: int
    left: int
    comes_back: datetime | None
    opened: frozenset[int]


def allowance(session: Session, assignment: Assignment, user_id: int, at: datetime) -> Allowance | None:
    """How a student stands with an assignment's hints; None where all hints show."""
    if assignment.hint_budget is None:
        return None
    uses = session.execute(
        select(HintUse.test_result_id, HintUse.at)
        .where(HintUse.assignment_id == assignment.id, HintUse.user_id == user_id)
        .order_by(HintUse.at)
    ).all()
    length = timedelta(hours=assignment.hint_hours)
    out = [use.at + length for use in uses if use.at + length > at]
    return Allowance(
        assignment.hint_budget,
        max(0, assignment.hint_budget - len(out)),
        out[0] if out else None,
        frozenset(use.test_result_id for use in uses),
    )


def opened_in(session: Session, submission: Submission, user_id: int) -> list[dict[str, Any]]:
    """The hints of the tests that a student has opened in a submission, of all its gradings."""
    opened = session.scalars(
        select(TestResult.hints)
        .join(HintUse, HintUse.test_result_id == TestResult.id)
        .join(Grading, TestResult.grading_id == Grading.id)
        .where(Grading.submission_id == submission.id, HintUse.user_id == user_id)
    )
    return [hint for hints in opened for hint in hints]


def open_hints(session: Session, assignment: Assignment, user_id: int, test: TestResult, at: datetime) -> None:
    """Opens the hints of one test in one grading for a student; those that are open cost nothing. Raises Spent."""
    # One at a time for each student: of two clicks at once, the second finds what the first has used.
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    found = allowance(session, assignment, user_id, at)
    if found is None or test.id in found.opened:
        return
    if not found.left:
        raise Spent
    session.add(HintUse(user_id=user_id, assignment_id=assignment.id, test_result_id=test.id, at=at))
