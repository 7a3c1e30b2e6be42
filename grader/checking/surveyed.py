"""What a survey of mutants found, as records: who shows or keeps them need not load what makes them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something stands in the reference: `file` is relative to it, `cell` counts code cells from 1 (0: none), and
    lines and columns count from 1."""

    file: str
    cell: int
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}" if self.cell else f"line {self.line}"


class Survivor(msgspec.Struct, frozen=True):
    """A mutant that no test catches: `after` is the changed code, `change` all of it in words, `why` the reason as far
    as it is known; `named`: it is the author's. `equivalent`: no difference to the reference was found, or, where it is
    named, the author says that there is none."""

    place: Place
    after: str
    change: str
    why: str
    equivalent: bool = False
    named: bool = False


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Survivors in the lines of `text`, which stands exactly once in the reference's `file`; only those whose code
    became one of `after`, if that is given."""

    file: Text
    text: Text
    reason: Text
    after: tuple[Text, ...] = ()
    equivalent: bool = False

    def told_of(self, survivor: Survivor) -> Survivor:
        """The survivor, with the author's reason."""
        return msgspec.structs.replace(survivor, why=self.reason, equivalent=self.equivalent, named=True)


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
        """How many survivors show no difference to the reference, as far as was tried or the author says."""
        return sum(each.equivalent for each in self.survivors)

    @property
    def mutants(self) -> int:
        """How many there were."""
        return self.caught + self.caught_by_advice + len(self.survivors)

    @property
    def share(self) -> float:
        """The part of the mutants that show a difference which the tests catch."""
        caught = self.caught + self.caught_by_advice
        return caught / max(1, self.mutants - self.equivalent)

    @property
    def summary(self) -> str:
        """The figures in a sentence."""
        caught = self.caught + self.caught_by_advice
        by_advice = f", {self.caught_by_advice} of them by advisory tests alone" if self.caught_by_advice else ""
        same = f", {self.equivalent} show no difference to the reference" if self.equivalent else ""
        return f"Of {self.mutants} mutants {caught} are caught{by_advice}{same}: {self.share:.1%} of those that differ"
