"""What the gradings of a regrade say, beside those that they would replace: as queries, which others read or count.

A submission's first run is what a regrade is for; the second confirms one whose outcome changed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from submissions.models import Grading, State, TestResult
from submissions.scores.points import NEAR

_DECIDED = (State.GRADED, State.REFUSED)


def of(regrade_id: int) -> Select[Any]:
    """The query of a regrade's outcomes: one row for each of its submissions, by submission id.

    Columns: submission_id, replaces_id, better_id (what would count; None: nothing, a fault of ours), unsteady (two
    runs gave different points, or one of them was a refusal).
    """
    first, second = aliased(Grading), aliased(Grading)
    points = {each: case((each.state == State.REFUSED, 0.0), else_=each.score) for each in (first, second)}
    second_better = and_(second.state == State.GRADED, points[second] - func.coalesce(points[first], 0.0) > NEAR)
    decided = first.state.in_(_DECIDED)
    return (
        select(
            first.submission_id,
            first.replaces_id,
            case((second_better, second.id), (decided, first.id)).label("better_id"),
            func.coalesce(
                and_(
                    second.state.in_(_DECIDED),
                    or_(
                        first.state != second.state,
                        _differ(points[first], points[second]),
                        _points_differ(first, second),
                    ),
                ),
                False,
            ).label("unsteady"),
        )
        .select_from(first)
        .outerjoin(
            second,
            and_(second.regrade_id == regrade_id, second.again.is_(True), second.submission_id == first.submission_id),
        )
        .where(first.id.in_(first_runs(regrade_id)))
        .order_by(first.submission_id)
    )


def to_confirm(regrade_id: int) -> Select[int, int | None]:
    """First runs whose outcome is not the one before, and that ran once: submission_id and replaces_id."""
    first, old = aliased(Grading), aliased(Grading)
    second = aliased(Grading)
    ran_twice = exists().where(
        second.regrade_id == regrade_id, second.again.is_(True), second.submission_id == first.submission_id
    )
    return (
        select(first.submission_id, first.replaces_id)
        .join(old, old.id == first.replaces_id)
        .where(
            first.id.in_(first_runs(regrade_id)),
            first.state.in_(_DECIDED),
            old.state.in_(_DECIDED),
            or_(first.state != old.state, _differ(first.score, old.score), _points_differ(first, old)),
            ~ran_twice,
        )
        .order_by(first.submission_id)
    )


def first_runs(regrade_id: int) -> Select[int | None]:
    """The ids of first runs: of each submission the newest, as our fault may have ended the one before."""
    return (
        select(func.max(Grading.id))
        .where(Grading.regrade_id == regrade_id, Grading.again.is_(False))
        .group_by(Grading.submission_id)
    )


def _points_differ(one: type[Grading], other: type[Grading]) -> ColumnElement[bool]:
    """A test gave other points in one grading than in the other; one that the other lacks gave 0 there."""
    mine, theirs = aliased(TestResult), aliased(TestResult)
    return (
        select(mine.id)
        .outerjoin(theirs, and_(theirs.grading_id == other.id, theirs.test == mine.test))
        .where(mine.grading_id == one.id, _differ(mine.points, func.coalesce(theirs.points, 0.0)))
        .correlate(one, other)
        .exists()
    )


def _differ(one: ColumnElement[float] | Any, other: ColumnElement[float] | Any) -> ColumnElement[bool]:
    return func.abs(one - other) > NEAR
