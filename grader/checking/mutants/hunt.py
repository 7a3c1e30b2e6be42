"""The hunt: which tests a mutant sits, in which order, and what is said of one that passes them all."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial

from grader.checking.mutants.files import Mutant
from grader.checking.mutants.stands import asked
from grader.checking.so_far import Tried
from grader.checking.surveyed import Survivor
from grader.examiner.protocol import Sat, Sit, TestCard, Traced, Varied, Vary

# So many of the tests that run a survivor are run with other inputs.
MOST_TRIED = 5
# Which proves nothing: other inputs may tell them apart.
NO_DIFFERENCE = "no difference found: with other numbers, shapes and sizes it gives the same values too"


class Caught(Enum):
    """By which tests."""

    BY_SCORED = "scored"
    BY_ADVICE = "advice"


class Hunt:
    """Tries one mutant after another, and keeps which scored tests have caught any, in `so_far.waiting`."""

    def __init__(self, cards: Sequence[TestCard], traced: Traced, so_far: Tried, tell: Callable[[str], None]) -> None:
        self._cards = cards
        self._traced = traced
        self._many = so_far.many
        self._tell = tell
        # Threads share it; that a count grows is all of one step.
        self._numbers = itertools.count(so_far.tried + 1)
        self._waiting = so_far.waiting

    @property
    def idle(self) -> tuple[str, ...]:
        """The scored tests that caught none."""
        return tuple(self._cards[position].id for position in sorted(self._waiting))

    def tried(self, mutant: Mutant, stand: socket.socket) -> Caught | Survivor:
        """What becomes of a mutant."""
        self._tell(f"mutant {next(self._numbers)} of {self._many}: {mutant.place.file}, {mutant.place}")
        seen_by = self._seen_by(mutant)
        if not seen_by:
            return _survivor(mutant, "no test runs this line", equivalent=False)
        scored = [each for each in seen_by if self._cards[each].points]
        # Those that have caught none yet have their chance with each mutant; of the others, one is enough.
        waiting = [each for each in scored if each in self._waiting]
        failed = self._failed(mutant, waiting, stand, every=True)
        self._waiting.difference_update(failed)
        if failed or self._failed(mutant, [each for each in scored if each not in waiting], stand):
            return Caught.BY_SCORED
        if self._failed(mutant, [each for each in seen_by if each not in scored], stand):
            return Caught.BY_ADVICE
        return self._looked_at(mutant, seen_by, stand)

    def _seen_by(self, mutant: Mutant) -> list[int]:
        """The tests that run what was changed, the quickest first."""
        runs = partial(_asks if mutant.key else _runs, mutant)
        everywhere = runs(self._traced.imported)
        found = [position for position, ran in enumerate(self._traced.tests) if everywhere or runs(ran)]
        return sorted(found, key=lambda position: self._traced.seconds[position])

    def _failed(
        self, mutant: Mutant, tests: Sequence[int], stand: socket.socket, *, every: bool = False
    ) -> tuple[int, ...]:
        if not tests:
            return ()
        return asked(stand, Sit(mutant.place.file, mutant.content, tuple(tests), every), Sat).failed

    def _looked_at(self, mutant: Mutant, seen_by: Sequence[int], stand: socket.socket) -> Survivor:
        """Why no test catches it."""
        tests = self._tried(seen_by)
        seen = asked(stand, Vary(mutant.place.file, mutant.content, tests), Varied)
        if not seen.inputs:
            return _survivor(mutant, NO_DIFFERENCE, equivalent=True)
        test = self._cards[seen.test].name
        return _survivor(mutant, f"in {test} it differs with {seen.inputs}", equivalent=False)

    def _tried(self, seen_by: Sequence[int]) -> tuple[int, ...]:
        """Some tests of each file, chosen by their places alone: what is found must not depend on the machine."""
        files: dict[str, list[int]] = {}
        for position in sorted(seen_by):
            files.setdefault(self._cards[position].file, []).append(position)
        mixed = (each for row in itertools.zip_longest(*files.values()) for each in row if each is not None)
        return tuple(itertools.islice(mixed, MOST_TRIED))


def _runs(mutant: Mutant, ran: dict[str, set[int]]) -> bool:
    """Whether any line of what was changed is among those."""
    first, last = mutant.lines
    lines = ran.get(traced_name(mutant.place.file, mutant.place.cell), set())
    return not lines.isdisjoint(range(first, last + 1))


def _asks(mutant: Mutant, ran: dict[str, set[int]]) -> bool:
    """Whether the answer is asked for, by itself or with others."""
    names = (name.partition(": ") for name in ran)
    asked = (f"{key}." for file, _, key in names if file == mutant.place.file)
    return any(f"{mutant.key}.".startswith(key) or key.startswith(f"{mutant.key}.") for key in asked)


def _survivor(mutant: Mutant, why: str, *, equivalent: bool) -> Survivor:
    return Survivor(mutant.place, mutant.after, mutant.change, why, equivalent)


def traced_name(file: str, cell: int) -> str:
    """What a file, or a notebook's cell, is called in a trace."""
    return f"{file}, cell {cell}" if cell else file
