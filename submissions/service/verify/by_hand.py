"""Whether the points that a person gave are what the rubric's items, and what was given beside them, add up to.

An answer names its items in a list, which no query can join on every database: so rows are read, all of one moment.
What `submissions.scores.rubric` adds up is stated a second time, as in `gradings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import Connection, select

from submissions.models import Assignment, ManualScore, RubricItem, Submission, Suite, SyncedSuite
from submissions.scores.points import NEAR, exact
from submissions.service.verify.finding import FROM_OUTSIDE, MISREAD, Finding

_Task = tuple[int, str]
"""Of an assignment, by its id."""


def broken(connection: Connection) -> Iterator[Finding]:
    """A finding for each answer whose points are none of this; `connection` must see one moment throughout."""
    worth: dict[_Task, dict[int, Decimal]] = {}
    items = select(RubricItem.assignment_id, RubricItem.task, RubricItem.id, RubricItem.points)
    for assignment_id, task, item, points in connection.execute(items):
        worth.setdefault((assignment_id, task), {})[item] = exact(points)
    bounds = _bounds(connection)
    given = (
        select(
            Submission.assignment_id,
            ManualScore.task,
            ManualScore.submission_id,
            ManualScore.points,
            ManualScore.rubric,
            ManualScore.extra,
        )
        .join(Submission, Submission.id == ManualScore.submission_id)
        .order_by(ManualScore.id)
    )
    try:
        for assignment_id, task, submission_id, points, found, extra in connection.execute(given):
            known = worth.get((assignment_id, task), {})
            most = bounds.get((assignment_id, task), set())
            if seen := _seen(task, exact(points), [known.get(each) for each in found], exact(extra), most):
                yield Finding(f"submission {submission_id}", seen, FROM_OUTSIDE)
    except MISREAD as error:
        yield Finding("points by hand", f"their record cannot be read ({error})", FROM_OUTSIDE)


def _seen(task: str, points: Decimal, found: list[Decimal | None], extra: Decimal, bounds: set[Decimal]) -> str:
    """What is wrong with these points; "" where nothing is, or no version of the tests says how many there can be."""
    there = [each for each in found if each is not None]
    if len(there) < len(found):
        return f"its points for {task} are by an item of a rubric that the task does not have"
    sums = [_within(_within(sum(there, Decimal()), most) + extra, most) for most in sorted(bounds)]
    if not sums or any(abs(each - points) <= NEAR for each in sums):
        return ""
    return (
        f"it has {float(points):g} points for {task}, and the rubric's items with what was given beside them add up to "
        f"{float(sums[-1]):g}"
    )


def _bounds(connection: Connection) -> dict[_Task, set[Decimal]]:
    """How many points there can be for a task, by each version of its assignment's tests: any may have been published
    when they were given.
    """
    versions: dict[int, set[int]] = {}
    synced = select(SyncedSuite.suite_id, SyncedSuite.assignment_id)
    published = select(Assignment.suite_id, Assignment.id).where(Assignment.suite_id.is_not(None))
    for suite_id, assignment_id in (*connection.execute(synced), *connection.execute(published)):
        versions.setdefault(suite_id, set()).add(assignment_id)
    found: dict[_Task, set[Decimal]] = {}
    for suite_id, assignments in versions.items():
        try:
            manifest = connection.execute(select(Suite.manifest).where(Suite.id == suite_id)).scalar_one()
            most = {str(task["id"]): exact(task["points"]) for task in manifest["tasks"]}
        except MISREAD:
            continue  # `gradings` tells of it
        for task, points in most.items():
            for assignment_id in assignments:
                found.setdefault((assignment_id, task), set()).add(points)
    return found


def _within(points: Decimal, most: Decimal) -> Decimal:
    return min(max(points, Decimal()), most)
