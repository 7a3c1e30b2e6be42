"""How far a check is: what its pieces of work have brought, so that another process can go on where one stopped.

It grows piece by piece, and says nothing of a suite before the check has ended.
"""

from __future__ import annotations

import msgspec

from grader.checking.rehearsals import Rehearsal
from grader.checking.result import Found
from grader.checking.surveyed import Survey, Survivor
from grader.examiner.protocol import Traced
from grader.report import Report


class Paused(Exception):
    """A check was told to stop between two pieces of its work; what it has done so far says how to go on."""


class Tried(msgspec.Struct):
    """A survey under way: so many of the `many` mutants were `tried`, in their order. `waiting` are the positions of
    the scored tests that have caught none of them."""

    traced: Traced | None = None
    waiting: set[int] = msgspec.field(default_factory=set)
    many: int = 0
    tried: int = 0
    caught: int = 0
    caught_by_advice: int = 0
    survivors: list[Survivor] = msgspec.field(default_factory=list)


class SoFar(msgspec.Struct):
    """A check under way: so many `steps` have ended, with these findings. What follows belongs to single steps."""

    steps: int = 0
    findings: list[Found] = msgspec.field(default_factory=list)
    rehearsals: list[Rehearsal] = msgspec.field(default_factory=list)
    solutions: list[Report] = msgspec.field(default_factory=list)
    starters: list[Report] = msgspec.field(default_factory=list)
    tried: Tried = msgspec.field(default_factory=Tried)
    survey: Survey | None = None
