"""What a regrade would change: each student's score before and after, down to the test. Nothing here writes.

Scores are those of the tests; points that a person gave are the same before and after. A page of rows costs a fixed
number of queries, however many submissions were graded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions import outcomes
from submissions.histogram import tenths
from submissions.models import Grading, Phase, Regrade, Suite, TestResult, User

_BOUNDARIES = (50, 60, 70, 80, 90)  # percent: where grades commonly change


class Move(StrEnum):
    """What a submission's score does. The order is that of a review's rows: what hurts comes first."""

    FALLS = "falls"
    FAULT = "fault"
    RISES = "rises"
    STAYS = "stays"


class MovedTest(msgspec.Struct, frozen=True):
    """A test that ends otherwise than before; None for points where one of the suites does not have it."""

    test: str
    title: str
    task: str
    before: float | None
    after: float | None
    verdict_before: str
    verdict_after: str


class Row(msgspec.Struct, frozen=True):
    """One submission of a regrade. `after` None: the grader failed, and nothing would change.

    `crosses`: the boundaries, in percent, that lie between the two scores. `unsteady`: two runs gave different points.
    """

    submission_id: int
    login: str
    name: str
    before: float | None
    after: float | None
    move: Move
    crosses: tuple[int, ...]
    unsteady: bool
    before_id: int | None
    after_id: int | None

    @property
    def by(self) -> float:
        """By how many points the score moves."""
        return (self.after or 0.0) - (self.before or 0.0)


class Review(msgspec.Struct, frozen=True):
    """All rows, what hurts first, and both distributions: how many score in each tenth of the points."""

    rows: tuple[Row, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def count(self, move: Move) -> int:
        """How many scores move so."""
        return sum(row.move == move for row in self.rows)

    def only(self, which: str) -> tuple[Row, ...]:
        """The rows of a move, those that cross a boundary (`crosses`) or differ between runs (`unsteady`); else all."""
        if which in ("crosses", "unsteady"):
            return tuple(row for row in self.rows if getattr(row, which))
        return tuple(row for row in self.rows if row.move == which) if which in set(Move) else self.rows


def review(session: Session, regrade: Regrade) -> Review:
    """What publishing this regrade would change; once it is published, what it changed."""
    found = outcomes.of(regrade.id).add_columns(User.login, User.name).join(User)
    most = _most_points(session, regrade)
    held = _held_back(session, regrade)
    rows = [
        Row(
            each.submission_id,
            each.login,
            each.name,
            each.before,
            after,
            _move(each.before, after),
            _crossed(each.before, after, most),
            bool(each.unsteady),
            each.replaces_id,
            each.better_id,
        )
        for each in session.execute(found)
        for after in [each.before if each.better_id in held else each.after]
    ]
    order = {move: position for position, move in enumerate(Move)}
    rows.sort(
        key=lambda row: (order[row.move], not row.unsteady, row.by if row.move is Move.FALLS else -row.by, row.name)
    )
    return Review(
        tuple(rows),
        _histogram([row.before for row in rows], most[0]),
        _histogram([row.before if row.after is None else row.after for row in rows], most[1]),
    )


def _most_points(session: Session, regrade: Regrade) -> tuple[float, float]:
    """The points of all tests, by the suite that was published before and by the regrade's."""
    former = session.get(Suite, regrade.former_suite_id) if regrade.former_suite_id is not None else None

    def most(suite: Suite) -> float:
        return float(sum(test["points"] for test in suite.manifest["tests"]))

    return most(former or regrade.suite), most(regrade.suite)


def _held_back(session: Session, regrade: Regrade) -> set[int]:
    """What was left in the shadow when the regrade was published: those scores did not move."""
    if regrade.phase != Phase.PUBLISHED:
        return set()
    left = select(Grading.id).where(Grading.regrade_id == regrade.id, Grading.shadow.is_(True))
    return set(session.scalars(left))


def moved_tests(session: Session, rows: Sequence[Row]) -> dict[int, tuple[MovedTest, ...]]:
    """For a page of rows, by submission: the tests that end otherwise than before, in the order of the suite."""
    pairs = {row.submission_id: (row.before_id, row.after_id) for row in rows if row.after_id is not None}
    ids = {each for pair in pairs.values() for each in pair if each is not None}
    results: dict[int, dict[str, TestResult]] = {}
    columns = (TestResult.test, TestResult.title, TestResult.task, TestResult.points, TestResult.verdict)
    asked = select(TestResult.grading_id, *columns).where(TestResult.grading_id.in_(ids)).order_by(TestResult.position)
    for each in session.execute(asked):
        results.setdefault(each.grading_id, {})[each.test] = each  # type: ignore[assignment]
    return {
        submission: _moved_tests(results.get(before or 0, {}), results.get(after or 0, {}))
        for submission, (before, after) in pairs.items()
    }


def _moved_tests(before: dict[str, TestResult], after: dict[str, TestResult]) -> tuple[MovedTest, ...]:
    moves = []
    for test in [*after, *(each for each in before if each not in after)]:
        old, new = before.get(test), after.get(test)
        known = new or old
        if known is None or (old and new and (old.points, old.verdict) == (new.points, new.verdict)):
            continue
        moves.append(
            MovedTest(
                test,
                known.title,
                known.task,
                old.points if old else None,
                new.points if new else None,
                old.verdict if old else "",
                new.verdict if new else "",
            )
        )
    return tuple(moves)


def _move(before: float | None, after: float | None) -> Move:
    if after is None:
        return Move.FAULT
    # None before: a refusal or a fault, which counted as no points.
    by = after - (before or 0.0)
    return Move.RISES if by > 0 else Move.FALLS if by < 0 else Move.STAYS


def _crossed(before: float | None, after: float | None, most: tuple[float, float]) -> tuple[int, ...]:
    if after is None or not all(most):
        return ()
    low, high = sorted((100 * (before or 0.0) / most[0], 100 * after / most[1]))
    return tuple(boundary for boundary in _BOUNDARIES if low < boundary <= high)


def _histogram(scores: Sequence[float | None], most: float) -> tuple[int, ...]:
    return tenths(score / most for score in scores if score is not None) if most else tenths(())
