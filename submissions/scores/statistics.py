"""How an assignment goes: the scores, the tests that fail, the tries that full marks take, and when hand-ins come.

Only of students who are in the course, and nothing from the shadow of a regrade. Nothing here writes.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from submissions.models import Assignment, Author, Enrolment, Role, State, Submission, TestResult
from submissions.people.reach import Reach
from submissions.scores import counting, gradebook
from submissions.scores.gradebook import Cell
from submissions.scores.histogram import tenths

MOST_PERIODS = 48
"""Bars of the hand-ins over time, at most."""

_TRIES = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, math.inf))
_WIDTHS = tuple(
    timedelta(hours=hours) for hours in (1, 2, 3, 6, 12, 24, 48, 168, 336, 672)
)  # a bar should be a length of time that people count in
_TIMES = (
    (timedelta(0), "at once"),
    (timedelta(hours=1), "1 hour"),
    (timedelta(hours=6), "6 hours"),
    (timedelta(days=1), "1 day"),
    (timedelta(days=3), "3 days"),
    (timedelta(days=7), "1 week"),
    (timedelta.max, "longer"),
)


class Scores(msgspec.Struct, frozen=True):
    """What students get, decisions of staff among it; `median` and `max_score` are points; None: nobody has a score.

    `unfinished` have a score for which a person has not read every answer: no other number but `handed_in` holds them.
    """

    students: int
    handed_in: int
    scored: int
    unfinished: int
    full: int
    median: float | None
    max_score: float | None
    bins: tuple[int, ...]


class TestRate(msgspec.Struct, frozen=True):
    """How many of the hand-ins that count pass a test, `of` how many that it was run with."""

    test: str
    title: str
    max_points: float
    passed: int
    of: int


class Tries(msgspec.Struct, frozen=True):
    """The students with full marks by tests in any upload: by how many uploads it took, by how long after their first
    one it was, and medians."""

    reached: int
    bars: tuple[tuple[str, int], ...]
    within: tuple[tuple[str, int], ...]
    median: float | None
    time: timedelta | None


class Period(msgspec.Struct, frozen=True):
    """The uploads after `begins` and until `ends`; those at the deadline itself are on time."""

    begins: datetime
    ends: datetime
    uploads: int
    late: bool


class Statistics(msgspec.Struct, frozen=True):
    """All that the page shows. `tests`: the worst first; `periods`: in order, without a gap."""

    scores: Scores
    tests: tuple[TestRate, ...]
    tries: Tries
    periods: tuple[Period, ...]
    uploads: int


class Upload(msgspec.Struct, frozen=True, gc=False):
    """One upload of a student; of several, it stands once for each. `full`: its tests gave full marks."""

    submission_id: int
    user_id: int
    received_at: datetime
    full: bool


def of_assignment(session: Session, assignment: Assignment, reach: Reach) -> Statistics:
    """The assignment's statistics over the students in reach, in a fixed number of queries."""
    uploads = _uploads(session, assignment.id, reach)
    received = {each.submission_id: each.received_at for each in uploads}
    book = gradebook.book(session, assignment.course_id, reach, assignment)
    return Statistics(
        scores([row.cells[0] for row in book.rows], book.columns[0].max_score),
        _tests(session, assignment.id, reach),
        tries(uploads),
        periods(list(received.values()), assignment.due_at),
        len(received),
    )


def scores(cells: Sequence[Cell], most: float | None) -> Scores:
    """The distribution of the cells' scores, each by the points of the tests that gave it, or else `most`."""
    given = [cell for cell in cells if cell.score is not None]
    known = [(cell.score or 0.0, cell.max_score or most or 0.0) for cell in given if not cell.waiting]
    return Scores(
        len(cells),
        sum(bool(cell.state) for cell in cells),
        len(known),
        len(given) - len(known),
        sum(score >= of for score, of in known),
        statistics.median(score for score, _ in known) if known else None,
        most,
        tenths(score / of if of else 1.0 for score, of in known),
    )


def tries(uploads: Iterable[Upload]) -> Tries:
    """How many uploads and how long it took each student to full marks; `uploads` in the order in which they came."""
    first: dict[int, datetime] = {}
    count: dict[int, int] = {}
    took: dict[int, tuple[int, timedelta]] = {}
    for each in uploads:
        first.setdefault(each.user_id, each.received_at)
        count[each.user_id] = count.get(each.user_id, 0) + 1
        if each.full and each.user_id not in took:
            took[each.user_id] = (count[each.user_id], each.received_at - first[each.user_id])
    numbers = [number for number, _ in took.values()]
    bars = tuple((_named(low, high), sum(low <= number <= high for number in numbers)) for low, high in _TRIES)
    median = statistics.median(numbers) if numbers else None
    lengths = sorted(length for _, length in took.values())
    ends = [0, *(bisect(lengths, longest) for longest, _ in _TIMES)]
    within = tuple((name, end - begin) for (_, name), begin, end in zip(_TIMES, ends, ends[1:], strict=False))
    return Tries(len(took), bars, within, median, _half(lengths))


def periods(received: Sequence[datetime], due_at: datetime | None) -> tuple[Period, ...]:
    """Equal lengths of time from the first upload to the last; where one ends at the deadline, the next is late."""
    if not received:
        return ()
    first, last = min(received), max(received)
    anchor = due_at or first.replace(minute=0, second=0, microsecond=0)

    def place(at: datetime, width: timedelta) -> int:
        # Up to and with its end, so that the deadline itself belongs to the period before it.
        return -((anchor - at) // width)

    width = next(
        (each for each in _WIDTHS if place(last, each) - place(first, each) < MOST_PERIODS),
        (last - first) / (MOST_PERIODS - 2) or _WIDTHS[0],
    )
    low, high = place(first, width), place(last, width)
    counted = [0] * (high - low + 1)
    for at in received:
        counted[place(at, width) - low] += 1
    return tuple(
        Period(anchor + (n - 1) * width, anchor + n * width, uploads, due_at is not None and n > 0)
        for n, uploads in enumerate(counted, low)
    )


def _half(lengths: Sequence[timedelta]) -> timedelta | None:
    """The median."""
    return timedelta(seconds=statistics.median(each.total_seconds() for each in lengths)) if lengths else None


def _named(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}+" if math.isinf(high) else f"{low:g}\N{EN DASH}{high:g}"


def _tests(session: Session, assignment: int, reach: Reach) -> tuple[TestRate, ...]:
    counts = counting.that_count([assignment], reach)
    passed = func.sum(case((TestResult.verdict == "passed", 1), else_=0))
    found = session.execute(
        select(TestResult.test, func.max(TestResult.title), func.max(TestResult.max_points), passed, func.count())
        .join(counts, counts.c.grading_id == TestResult.grading_id)
        .where(counts.c.state == State.GRADED)
        .group_by(TestResult.test)
    )
    rates = [TestRate(test, title, most, passed, of) for test, title, most, passed, of in found]
    return tuple(sorted(rates, key=lambda rate: (rate.passed / rate.of, -rate.max_points, rate.test)))


def _uploads(session: Session, assignment: int, reach: Reach) -> list[Upload]:
    spoken = counting.speaking_of([assignment])
    found = session.execute(
        select(Submission.id, Author.user_id, Submission.received_at, spoken.c.score, spoken.c.max_score)
        .join(Submission.assignment)
        .join(Submission.authors)
        .join(Enrolment, (Enrolment.course_id == Assignment.course_id) & (Enrolment.user_id == Author.user_id))
        .outerjoin(spoken, spoken.c.submission_id == Submission.id)
        .where(
            Submission.assignment_id == assignment,
            Enrolment.role == Role.STUDENT,
            Enrolment.ended_at.is_(None),
            reach.of_places(),
        )
        .order_by(Submission.received_at, Submission.id)
    )
    return [Upload(key, user, at, score is not None and score >= most) for key, user, at, score, most in found]
