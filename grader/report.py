"""What a grading says: the records that the examiner sends, the worker stores and `handin grade --json` prints.

Plain data only. A score in here was computed on the trusted side; nothing in here was parsed from a student's stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

Scalar = bool | int | float | str


def summed(points: Iterable[float]) -> float:
    """The sum of points by their decimal digits: ten times 0.1 is 1, and full marks are exactly all that there are."""
    return float(sum((Decimal(str(each)) for each in points), Decimal()))


class Hint(msgspec.Struct, frozen=True):
    """What the grader saw in the numbers: `kind` groups a class's failures, `params` are its facts, `text` is for
    people.

    A hint never holds an expected value, a hidden input or a line of the reference.
    """

    kind: str
    text: str
    params: dict[str, Scalar] = {}


class Curve(msgspec.Struct, frozen=True):
    """One line of a chart: the student's values and the reference's, one for each step from 1."""

    name: str
    got: tuple[float, ...]
    expected: tuple[float, ...]


class Curves(msgspec.Struct, frozen=True, tag="curves"):
    """A chart of curves over the same steps; `step` is what one is called, such as "epoch"."""

    title: str
    step: str
    curves: tuple[Curve, ...]


class Picture(msgspec.Struct, frozen=True, tag="picture"):
    """An image of `height` x `width` pixels: `pixels` is its bytes row by row, of 1 (grey) or 3 (RGB) `channels`."""

    title: str
    height: int
    width: int
    channels: int
    pixels: bytes


Figure = Curves | Picture


class TestId(msgspec.Struct, frozen=True):
    """A test by its id as pytest gives it: the file, two colons, and its name in there."""

    id: str

    @property
    def file(self) -> str:
        """Its file, in the suite's folder."""
        return self.id.partition("::")[0]

    @property
    def name(self) -> str:
        """What it is called in its file."""
        return self.id.partition("::")[2]


class TestReport(TestId, frozen=True):
    """One test's outcome. `points` were earned of `max_points` (0: advisory); `seconds` is wall time.

    `message` is for the student; `staff` (a traceback, a signal) is for staff alone; `output` is the program's own,
    capped; `figures` are small arrays that a page draws.
    """

    task: str
    title: str
    points: float
    max_points: float
    verdict: str
    message: str = ""
    hints: tuple[Hint, ...] = ()
    seconds: float = 0.0
    output: str = ""
    visibility: str = "always"
    staff: str = ""
    figures: tuple[Figure, ...] = ()


class TaskReport(msgspec.Struct, frozen=True):
    """A task's score: the sum over its scored tests."""

    id: str
    title: str
    score: float
    max_score: float


class Report(msgspec.Struct, frozen=True):
    """A whole grading. `suite` is the content hash; `phases` maps a phase to its wall seconds, in order."""

    assignment: str
    suite: str
    score: float
    max_score: float
    seconds: float
    phases: dict[str, float]
    tasks: tuple[TaskReport, ...]
    tests: tuple[TestReport, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that `handin grade --json` prints: as the fields stand, with each hint's params beside its kind
        and text."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        for test in plain["tests"]:
            test["hints"] = [{"kind": h["kind"], "text": h["text"], **h["params"]} for h in test["hints"]]
            del test["staff"], test["visibility"], test["figures"]
        return plain


class PhaseDone(msgspec.Struct, frozen=True, tag="phase"):
    """A phase (fetch, unpack, sandbox, import, tests, record) took `seconds` of wall time."""

    name: str
    seconds: float


class TestStarted(TestId, frozen=True, tag="started"):
    """Test number `position` (from 0) of `total` begins."""

    title: str
    position: int
    total: int


class TestDone(msgspec.Struct, frozen=True, tag="test"):
    """A test has its verdict."""

    test: TestReport


Event = PhaseDone | TestStarted | TestDone
OnEvent = Callable[[Event], None]


class Refused(Exception):
    """The hand-in cannot be graded, and the student can mend it: the message says what was wrong and what to do."""


class GraderFault(Exception):
    """The grader failed. Never the student's fault, never a score; the message is for staff."""
