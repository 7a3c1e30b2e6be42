"""The survey: every mutant of a reference sits the tests that run what was changed in it.

What survives them all is tried with other inputs, to tell what tests of values cannot tell from what they miss.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain, islice, zip_longest
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import msgspec

from grader.assignment import AssignmentError
from grader.checking.mutants.files import Mutant, mutants
from grader.checking.mutants.survivors import Entry, Named, Survivor
from grader.checking.processes import process
from grader.examiner.protocol import (
    Broken,
    Fault,
    Ready,
    Sat,
    Sit,
    TestCard,
    Trace,
    Traced,
    Varied,
    Vary,
    Word,
    listen,
    say,
)
from grader.report import GraderFault

# So many of the tests that run a survivor are run with other inputs.
MOST_TRIED = 12
# A mutant may never end in any of the tests that it sits: each is given up by the stand, and none is waited for longer.
QUIET_SECONDS = 600
Answer = TypeVar("Answer", bound=Word)


class Survey(msgspec.Struct, frozen=True):
    """What a survey found. `caught` counts the mutants that scored tests catch, `caught_by_advice` those that advisory
    tests alone do; `idle` are the ids of the scored tests that catch none; `stale` the author's entries that fit none.
    """

    caught: int
    caught_by_advice: int
    survivors: tuple[Survivor, ...]
    idle: tuple[str, ...]
    stale: tuple[Entry, ...] = ()

    @property
    def equivalent(self) -> int:
        """How many survivors no test of values could tell from the reference."""
        return sum(each.equivalent for each in self.survivors)

    @property
    def mutants(self) -> int:
        """How many there were."""
        return self.caught + self.caught_by_advice + len(self.survivors)

    @property
    def share(self) -> float:
        """The part of the mutants that are not equivalent which the tests catch."""
        caught = self.caught + self.caught_by_advice
        return caught / max(1, self.mutants - self.equivalent)

    @property
    def summary(self) -> str:
        """The figures in a sentence."""
        caught = self.caught + self.caught_by_advice
        by_advice = f", {self.caught_by_advice} of them by advisory tests alone" if self.caught_by_advice else ""
        same = f", {self.equivalent} equal the reference in all values" if self.equivalent else ""
        return f"Of {self.mutants} mutants {caught} are caught{by_advice}{same}: {self.share:.1%} of those that differ"


def survey(folder: Path, tell: Callable[[str], None]) -> Survey:
    """Tries all mutants of the assignment's reference. `tell` hears how far it is.

    Raises AssignmentError, GraderFault.
    """
    named = Named(folder)
    with _stands(folder, len(os.sched_getaffinity(0))) as (cards, stands):
        traced = _asked(stands[0], Trace(), Traced)
        everything = mutants(folder, _Ran(traced))
        hunt = _Hunt(cards, traced, len(everything), tell)
        survivors = sorted(filter(None, _shared(stands, everything, hunt.survivor)), key=lambda each: each.place)
    told, stale = named.applied(survivors)
    return Survey(hunt.caught, hunt.caught_by_advice, told, hunt.idle, stale)


class _Ran:
    """Says whether anything of a file, or of a notebook's cell, was run."""

    def __init__(self, traced: Traced) -> None:
        self._files = {*traced.imported, *chain.from_iterable(traced.tests)}

    def __call__(self, file: str, cell: int) -> bool:
        wanted = _traced_name(file, cell)
        within = (f"{file}, ", f"{file}: ")
        return any(each == wanted or (not cell and each.startswith(within)) for each in self._files)


class _Hunt:
    """Tries one mutant after another, and keeps which scored tests have caught any."""

    def __init__(self, cards: Sequence[TestCard], traced: Traced, many: int, tell: Callable[[str], None]) -> None:
        self._cards = cards
        self._traced = traced
        self._many = many
        self._tell = tell
        self._done = 0
        self._waiting = {position for position, card in enumerate(cards) if card.points}
        self.caught = 0
        self.caught_by_advice = 0

    @property
    def idle(self) -> tuple[str, ...]:
        """The scored tests that caught none."""
        return tuple(self._cards[position].id for position in sorted(self._waiting))

    def survivor(self, mutant: Mutant, stand: socket.socket) -> Survivor | None:
        """Tries a mutant; None if a test catches it."""
        self._done += 1
        self._tell(f"mutant {self._done} of {self._many}: {mutant.place.file}, {mutant.place}")
        seen_by = self._seen_by(mutant)
        if not seen_by:
            return _survivor(mutant, "no test runs this line", equivalent=False)
        scored = [each for each in seen_by if self._cards[each].points]
        # Those that have caught none yet have their chance with each mutant; of the others, one is enough.
        waiting = [each for each in scored if each in self._waiting]
        failed = self._failed(mutant, waiting, stand, every=True)
        self._waiting.difference_update(failed)
        if failed or self._failed(mutant, [each for each in scored if each not in waiting], stand):
            self.caught += 1
            return None
        if self._failed(mutant, [each for each in seen_by if each not in scored], stand):
            self.caught_by_advice += 1
            return None
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
        return _asked(stand, Sit(mutant.place.file, mutant.content, tuple(tests), every), Sat).failed

    def _looked_at(self, mutant: Mutant, seen_by: Sequence[int], stand: socket.socket) -> Survivor:
        """Why no test catches it."""
        tests = self._tried(seen_by)
        seen = _asked(stand, Vary(mutant.place.file, mutant.content, tests), Varied)
        if not seen.inputs:
            return _survivor(mutant, "it gives the same values whatever the inputs", equivalent=True)
        test = self._cards[seen.test].name
        return _survivor(mutant, f"in {test} it differs with {seen.inputs}", equivalent=False)

    def _tried(self, seen_by: Sequence[int]) -> tuple[int, ...]:
        """Some tests of each file, chosen by their places alone: what is found must not depend on the machine."""
        files: dict[str, list[int]] = {}
        for position in sorted(seen_by):
            files.setdefault(self._cards[position].file, []).append(position)
        mixed = (each for row in zip_longest(*files.values()) for each in row if each is not None)
        return tuple(islice(mixed, MOST_TRIED))


def _runs(mutant: Mutant, ran: dict[str, set[int]]) -> bool:
    """Whether any line of what was changed is among those."""
    first, last = mutant.lines
    lines = ran.get(_traced_name(mutant.place.file, mutant.place.cell), set())
    return not lines.isdisjoint(range(first, last + 1))


def _asks(mutant: Mutant, ran: dict[str, set[int]]) -> bool:
    """Whether the answer is asked for, by itself or with others."""
    names = (name.partition(": ") for name in ran)
    asked = (f"{key}." for file, _, key in names if file == mutant.place.file)
    return any(f"{mutant.key}.".startswith(key) or key.startswith(f"{mutant.key}.") for key in asked)


def _survivor(mutant: Mutant, why: str, *, equivalent: bool) -> Survivor:
    return Survivor(mutant.place, mutant.after, mutant.change, why, equivalent)


def _traced_name(file: str, cell: int) -> str:
    return f"{file}, cell {cell}" if cell else file


@contextmanager
def _stands(folder: Path, many: int) -> Iterator[tuple[tuple[TestCard, ...], list[socket.socket]]]:
    """As many stands of the suite, and its tests. Raises AssignmentError, GraderFault."""
    with ExitStack() as stack:
        channels = [stack.enter_context(process("grader.checking.mutants.stand", folder)) for _ in range(many)]
        cards: tuple[TestCard, ...] = ()
        for channel in channels:
            match listen(channel):
                case Ready(tests):
                    cards = tests
                case Broken(file, key, expected):
                    raise AssignmentError(Path(file), key, expected)
                case other:
                    raise GraderFault(f"the mutants could not be tried; it said {other}")
            channel.settimeout(QUIET_SECONDS)
        yield cards, channels


def _shared(
    stands: Sequence[socket.socket],
    everything: Sequence[Mutant],
    work: Callable[[Mutant, socket.socket], Survivor | None],
) -> list[Survivor | None]:
    """The work done with each mutant, by all stands at once. Raises what the work raises."""
    free: SimpleQueue[socket.socket] = SimpleQueue()
    for stand in stands:
        free.put(stand)

    def one(mutant: Mutant) -> Survivor | None:
        stand = free.get()
        try:
            return work(mutant, stand)
        finally:
            free.put(stand)

    with ThreadPoolExecutor(len(stands)) as pool:
        try:
            return [*pool.map(one, everything)]
        finally:
            # The first fault ends it: hundreds may still wait for their turn.
            pool.shutdown(cancel_futures=True)


def _asked(stand: socket.socket, order: Word, kind: type[Answer]) -> Answer:
    """What the stand answers. Raises GraderFault."""
    say(stand, order)
    match listen(stand):
        case kind() as answer:
            return answer
        case Fault(text):
            raise GraderFault(text)
        case other:
            raise GraderFault(f"the mutants could not be tried; it said {other}")
