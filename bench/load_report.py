"""What a deadline held, in numbers and as a page."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from bench.crowd import Poll, Taken
from bench.machine import machine

_COLUMNS = (
    "students",
    "within",
    "database",
    "errors",
    "lost",
    "upload acknowledged, s: median",
    "95 %",
    "longest",
    "few / many waiting, median",
    "per 100 more waiting, ms",
    "longest queue",
    "until all were graded, s",
    "machine busy, load",
)


class Run(msgspec.Struct):
    """One deadline. `queue`: (monotonic time, hand-ins not yet graded); `drain`: seconds until the last one was, or
    for which was waited; `busy`: percent of the machine's processors, and `load` its average, others' work included."""

    students: int
    seconds: float
    pages: int
    database: str
    early: int = 0
    taken: list[Taken] = []
    polls: list[Poll] = []
    errors: list[str] = []
    lost: list[str] = []
    queue: list[tuple[float, int]] = []
    drain: float = 0.0
    busy: float = 0.0
    load: float = 0.0

    @property
    def summary(self) -> str:
        """One line for who waits."""
        return f"{len(self.taken)} taken, {len(self.errors)} errors, {len(self.lost)} lost"

    @property
    def waits(self) -> list[tuple[int, float]]:
        """Of each upload, how many hand-ins were unfinished when it was acknowledged, and the seconds that it took."""
        times = [at for at, _ in self.queue]
        return [
            (self.queue[max(0, bisect_right(times, each.at) - 1)][1], each.seconds)
            for each in sorted(self.taken, key=lambda each: each.at)
        ]


def report(runs: Sequence[Run]) -> str:
    """The page."""
    runs = sorted(runs, key=lambda run: (run.database, run.students))
    troubles = [f"- {run.students} students, {run.database}: {each}" for run in runs for each in run.errors + run.lost]
    return f"""# A deadline: results of `make load`

A fresh service, as `handin up` starts it, with its own settings; students hand in `hw1p1`, more and more of them the
nearer the deadline is; half with a browser (log in, the assignment's page, the form, the receipt, the hand-in's page),
half with a token. Meanwhile the pages ask as often as they say to htmx. Those who ask share the machine with those
who answer. At the end each receipt is held against its row, its bytes and its score.

{machine("gunicorn", "flask", "celery", "sqlalchemy", "redis")}

| {" | ".join(_COLUMNS)} |
|{"---|" * len(_COLUMNS)}
{chr(10).join(map(_row, runs))}

| students | database | pages | questions | unchanged | answered, s: median | 95 % | longest |
|---|---|---|---|---|---|---|---|
{chr(10).join(map(_polls, runs))}

"Few" and "many waiting" are the third of the uploads that met the fewest unfinished hand-ins and the third that met the
most. Of those left when the run ended it is known that they are kept, and not yet their score. The load tells of other
work on the machine. The queue, at tenths of the run:

{chr(10).join(map(_queue, runs))}

{chr(10).join(troubles) or "No request failed, and nothing was lost, doubled or scored otherwise than with its points."}

To repeat: `make load`, which takes half an hour; `make load STUDENTS=300 MINUTES=1 PAGES=50` is shorter, and
`make load DATABASE=postgresql` runs on a PostgreSQL of its own.
"""


def _row(run: Run) -> str:
    seconds = sorted(each.seconds for each in run.taken)
    few, many = thirds(run.waits)
    cells = (
        run.students,
        f"{run.seconds / 60:g} min",
        run.database,
        len(run.errors),
        len(run.lost),
        *_spread(seconds),
        f"{few:.3f} / {many:.3f}",
        f"{slope(run.waits) * 100_000:.0f}",
        max(number for _, number in run.queue),
        f"{run.drain:.0f}" + (f", {run.queue[-1][1]} left" if run.queue[-1][1] else ""),
        f"{run.busy:.0f} %, {run.load:.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _polls(run: Run) -> str:
    seconds = sorted(each.seconds for each in run.polls)
    unchanged = sum(each.unchanged for each in run.polls) / max(1, len(run.polls))
    cells = (run.students, run.database, run.pages, len(seconds), f"{unchanged:.0%}", *_spread(seconds))
    return f"| {' | '.join(map(str, cells))} |"


def _queue(run: Run) -> str:
    begun, ended = run.queue[0][0], run.queue[-1][0]
    times = [at for at, _ in run.queue]
    tenths = (bisect_right(times, begun + (ended - begun) * tenth / 10) - 1 for tenth in range(11))
    return f"- {run.students}, {run.database}: {', '.join(str(run.queue[each][1]) for each in tenths)}"


def _spread(seconds: Sequence[float]) -> tuple[str, str, str]:
    """Median, 95th percentile and longest."""
    if len(seconds) < 2:
        return ("-", "-", "-")
    cuts = statistics.quantiles(seconds, n=20)
    return (f"{statistics.median(seconds):.3f}", f"{cuts[-1]:.3f}", f"{max(seconds):.3f}")


def thirds(waits: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Median seconds of the third that met the shortest queues and of the third that met the longest."""
    seconds = [took for _, took in sorted(waits)]
    third = max(1, len(seconds) // 3)
    return statistics.median(seconds[:third]), statistics.median(seconds[-third:])


def slope(waits: Sequence[tuple[int, float]]) -> float:
    """Seconds more for each hand-in that waits: the line of least squares; 0 when all met the same queue."""
    if len({queue for queue, _ in waits}) < 2:
        return 0.0
    return statistics.linear_regression([float(queue) for queue, _ in waits], [took for _, took in waits]).slope
