"""What a grading needs of the process that the hand-in runs in, wherever that is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from grader.examiner.sides import Side


class Candidate(Protocol):
    """`until`, on the monotonic clock, bounds everything that the hand-in does. `goes_on`: whether a test that need not
    be fresh meets the process of the one before."""

    until: float
    goes_on: bool

    def test(
        self, seed: int, cpu_seconds: float, wall_seconds: float, *, fresh: bool = True
    ) -> AbstractContextManager[Side]:
        """The hand-in as it is before any test; operations on the side, and the end, raise StudentFailure once it
        broke. If not `fresh`, it may be as the test before left it, of whose processor time it then has the rest."""

    def take_output(self) -> str:
        """What the program printed since the last call, capped."""
