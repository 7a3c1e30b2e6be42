"""What a regrade would change, to be read: each student's score before and after, by task and test.

Nothing here writes. What a score is, and which hand-in stands for it, is said by `submissions.regrades.moves`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions.models import Grading, Regrade, State, Submission, Suite, TaskScore, TestResult
from submissions.people.reach import Reach
from submissions.regrades import moves
from submissions.regrades.moves import Effect, Move
from submissions.scores import counting, manual
from submissions.scores.histogram import tenths
from submissions.scores.points import moved

_BOUNDARIES = (50, 60, 70, 80, 90)  # percent: where grades commonly change


class MovedTest(msgspec.Struct, frozen=True):
    """A test that ends otherwise than before; None for points where one of the suites does not have it."""

    test: str
    title: str
    before: float | None
    after: float | None
    verdict_before: str
    verdict_after: str


class MovedTask(msgspec.Struct, frozen=True):
    """A task whose points or tests moved. `before` and `after` None: one of the suites does not have it, or nobody has
    graded it by hand; the points that it has, `most_before` and `most_after`, are None only in the former case.
    """

    title: str
    by_hand: bool
    before: float | None
    after: float | None
    most_before: float | None
    most_after: float | None
    tests: tuple[MovedTest, ...]


class RegradedByHand(msgspec.Struct, frozen=True):
    """A task that a person grades, and whose points are others by the new tests; None: it is not in them, or was not
    before. So many hand-ins were `given` points for it.
    """

    title: str
    before: float | None
    after: float | None
    given: int


class Review(msgspec.Struct, frozen=True):
    """All hand-ins of a regrade: `rows` are those that stand for the score of a student of the course, what hurts
    first; the `others` move no score. Both distributions are of the rows: how many score in each tenth of the points
    that there were for each.
    """

    rows: tuple[Effect, ...]
    others: tuple[Effect, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def count(self, move: Move) -> int:
        """How many scores move so."""
        return sum(row.move == move for row in self.rows)

    @property
    def faults(self) -> int:
        """How many hand-ins could not be graded, those that do not count among them."""
        return sum(row.move is Move.FAULT for row in (*self.rows, *self.others))

    @property
    def held(self) -> int:
        """How many scores would have fallen and were kept."""
        return sum(row.held_by > 0 for row in self.rows)

    def only(self, which: str) -> tuple[Effect, ...]:
        """The rows of a move, those that cross a boundary (`crosses`), differ between runs (`unsteady`) or were `held`;
        the `others`; else all rows.
        """
        if which == "others":
            return self.others
        if which == "crosses":
            return tuple(row for row in self.rows if crosses(row))
        if which == "unsteady":
            return tuple(row for row in (*self.rows, *self.others) if row.unsteady)
        if which == "held":
            return tuple(row for row in self.rows if row.held_by > 0)
        return tuple(row for row in self.rows if row.move == which) if which in set(Move) else self.rows


def review(session: Session, regrade: Regrade, reach: Reach) -> Review:
    """What publishing this regrade would change of the hand-ins in reach; once it was published, what it changed."""
    order = {move: position for position, move in enumerate(Move)}
    effects = sorted(
        moves.of(session, regrade, reach),
        key=lambda row: (
            order[row.move],
            not row.unsteady,
            row.by if row.move is Move.FALLS else -row.by,
            row.student.name,
            row.submission.id,
        ),
    )
    rows = tuple(row for row in effects if row.counts)
    others = tuple(row for row in effects if not row.counts)
    return Review(
        rows,
        others,
        tenths(_shares((row.before, row.most_before) for row in rows)),
        tenths(_shares((row.after, row.most_after) for row in rows)),
    )


def crosses(row: Effect) -> tuple[int, ...]:
    """The boundaries, in percent, that lie between the two scores."""
    if not row.most_before or not row.most_after:
        return ()
    # Rounded, since 7 tenths may be a hair below 0.7.
    shares = ((row.before or 0.0) / row.most_before, (row.after or 0.0) / row.most_after)
    low, high = sorted(round(100 * share, 6) for share in shares)
    return tuple(boundary for boundary in _BOUNDARIES if low < boundary <= high)


def _shares(scores: Iterable[tuple[float | None, float | None]]) -> Iterable[float]:
    return (score / most for score, most in scores if score is not None and most)


def moved_tasks(session: Session, rows: Sequence[Effect]) -> dict[int, tuple[MovedTask, ...]]:
    """For a page of rows, by submission: what moved, by task and test in the order of the suite."""
    results = {grading.id: _Results() for row in rows for grading in (row.old, row.new) if grading is not None}
    tasks = select(TaskScore).where(TaskScore.grading_id.in_(results)).order_by(TaskScore.position)
    for task in session.scalars(tasks):
        results[task.grading_id].tasks[task.task] = _Task(task.title, False, task.score, task.max_score)
    tests = (
        select(TestResult.grading_id, *(getattr(TestResult, name) for name in _Test.__struct_fields__))
        .where(TestResult.grading_id.in_(results))
        .order_by(TestResult.position)
    )
    for grading_id, *told in session.execute(tests):
        test = _Test(*told)
        results[grading_id].tests[test.test] = test
    moves = {}
    for row in rows:
        for grading in (row.old, row.new):
            if grading is not None and grading.state == State.GRADED:
                results[grading.id].tasks.update(_by_hand(row.submission, grading))
        if row.new is not None:
            before = results[row.old.id] if row.old is not None else _Results()
            moves[row.submission.id] = _moved_tasks(before, results[row.new.id])
    return moves


def regraded_by_hand(effects: Sequence[Effect], suite: Suite) -> tuple[RegradedByHand, ...]:
    """Tasks that a person grades and that the new tests, `suite`, change: what was given counts otherwise then."""
    former = {each.old.suite_id: each.old.suite for each in effects if each.old is not None}
    before = {task.id: task for old in former.values() for task in manual.written_tasks(old)}
    after = {task.id: task for task in manual.written_tasks(suite)}
    given = Counter(score.task for each in effects for score in each.submission.manual_scores)
    found = []
    for task in (*after, *(each for each in before if each not in after)):
        old, new = (side[task].points if task in side else None for side in (before, after))
        if old is None or new is None or moved(old, new):
            found.append(RegradedByHand((after.get(task) or before[task]).title, old, new, given[task]))
    return tuple(found)


def _by_hand(submission: Submission, grading: Grading) -> dict[str, _Task]:
    given = {task: each.points for task, each in counting.released(submission).items()}
    return {
        task.id: _Task(task.title, True, min(given[task.id], task.points) if task.id in given else None, task.points)
        for task in manual.written_tasks(grading.suite)
    }


class _Task(msgspec.Struct, frozen=True):
    title: str
    by_hand: bool
    score: float | None
    most: float


class _Test(msgspec.Struct, frozen=True):
    """The columns of the same names."""

    test: str
    title: str
    task: str
    points: float
    verdict: str


class _Results(msgspec.Struct):
    """What one grading gave, by task and by test."""

    tasks: dict[str, _Task] = {}
    tests: dict[str, _Test] = {}


def _moved_tasks(before: _Results, after: _Results) -> tuple[MovedTask, ...]:
    if not after.tasks:
        # Refused: the whole hand-in gets nothing, whatever the task.
        return ()
    # Where there was no result before, every test would be new.
    tests = _moved_tests(before.tests, after.tests) if before.tests else {}
    found = []
    for task in (*after.tasks, *(each for each in before.tasks if each not in after.tasks)):
        old, new = before.tasks.get(task), after.tasks.get(task)
        known = new or old
        own = tuple(tests.get(task, ()))
        if known is None or not _given(old, new) or (not own and old and new and _same(old, new)):
            continue
        found.append(
            MovedTask(
                known.title,
                known.by_hand,
                old.score if old else None,
                new.score if new else None,
                old.most if old else None,
                new.most if new else None,
                own,
            )
        )
    return tuple(found)


def _same(old: _Task, new: _Task) -> bool:
    given = (old.score is None) == (new.score is None)
    return given and not moved(old.score, new.score) and not moved(old.most, new.most)


def _given(*sides: _Task | None) -> bool:
    """Whether there are points on either side: a task that nobody has graded by hand moves nothing."""
    return any(each is not None and each.score is not None for each in sides)


def _moved_tests(before: dict[str, _Test], after: dict[str, _Test]) -> dict[str, list[MovedTest]]:
    """By task."""
    found: dict[str, list[MovedTest]] = {}
    for test in (*after, *(each for each in before if each not in after)):
        old, new = before.get(test), after.get(test)
        known = new or old
        if known is None or (old and new and old.verdict == new.verdict and not moved(old.points, new.points)):
            continue
        found.setdefault(known.task, []).append(
            MovedTest(
                test,
                known.title,
                old.points if old else None,
                new.points if new else None,
                old.verdict if old else "",
                new.verdict if new else "",
            )
        )
    return found
