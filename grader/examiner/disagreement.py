"""What a scenario returned where the reference returned something else: the sentence about it, and its hints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from grader.assignment import Tolerance
from grader.compare import differences
from grader.examiner.trial import Trial
from grader.hints import explain, extent, find_run, relation
from grader.listing import listed
from grader.report import Hint

# What is computed alike is far closer than the tolerance, and tells something only where it is not nearly zero.
CLEAR = 0.05
ABOVE_ATOL = 100.0
MAX_HINTS = 3


class Sight(msgspec.Struct, frozen=True):
    """What a finder saw in the value of that name."""

    name: str
    hint: Hint


class Disagreement(AssertionError):
    """The student's result `got` of a trial is not `expected`. `sizes` are the batch sizes that were passed in."""

    def __init__(self, trial: Trial, got: Any, expected: Any, tolerance: Tolerance, sizes: Sequence[int]) -> None:
        super().__init__()
        self.trial, self.got, self.expected, self.tolerance = trial, got, expected, tolerance
        self.found = list(differences(got, expected, tolerance))
        self._sizes = list(dict.fromkeys(sizes))

    def __str__(self) -> str:
        return self.message(told(self.sights))

    @cached_property
    def sights(self) -> tuple[Sight, ...]:
        """What is seen in each value that differs, and then in lists of values, by this one input."""
        rtol, atol = self.tolerance.rtol, self.tolerance.atol
        sights = [
            Sight(each.name, hint)
            for each in self.found
            for hint in explain(each.name, each.got, each.expected, sizes=self._sizes, rtol=rtol, atol=atol)
        ]
        return *sights, *self._in_lists()

    def _in_lists(self) -> Iterator[Sight]:
        if not (isinstance(self.got, dict) and isinstance(self.expected, dict)):
            return
        for name, expected in self.expected.items():
            got = self.got.get(name, ())
            if isinstance(expected, list | tuple) and type(got) is type(expected) and len(got) == len(expected):
                right = [self._is_right(*pair) for pair in zip(got, expected, strict=True)]
                if hint := find_run(str(name), right):
                    yield Sight(str(name), hint)

    def _is_right(self, got: Any, expected: Any) -> bool | None:
        """Whether it is right beyond doubt, or wrong; None: right, and no more than zeros or small steps are anyway."""
        if any(differences(got, expected, self.tolerance)):
            return False
        closer = Tolerance(self.tolerance.rtol * CLEAR, self.tolerance.atol * CLEAR)
        is_clear = isinstance(expected, np.ndarray) and not any(differences(got, expected, closer))
        return True if is_clear and np.any(np.abs(expected) > ABOVE_ATOL * self.tolerance.atol) else None

    def sights_shared_with(self, other: Disagreement) -> list[Sight]:
        """Those of this one that the same test shows with another input too."""
        there = {(sight.name, relation(sight.hint)) for sight in other.sights}
        return [sight for sight in self.sights if (sight.name, relation(sight.hint)) in there]

    def message(self, hints: Sequence[Hint]) -> str:
        """The sentence for the student; where no hint says how the first value differs, it says in how much of it."""
        names = [f"`{each.name}`" for each in self.found]
        sentence = f"{listed(names)} {'differs' if len(names) == 1 else 'differ'} from the reference."
        return sentence if hints else f"{sentence}{self._extent()}"

    def _extent(self) -> str:
        """Nothing of the values, and no count of them."""
        name, got, expected = self.found[0].name, self.found[0].got, self.found[0].expected
        if not (type(got) is np.ndarray and type(expected) is np.ndarray and got.shape == expected.shape):
            return ""
        with np.errstate(all="ignore"):
            right = np.isclose(got, expected, rtol=self.tolerance.rtol, atol=self.tolerance.atol)
        return "" if right.all() else f" `{name}` is wrong in {extent(~right)}; its shape is right."


def told(sights: Iterable[Sight]) -> tuple[Hint, ...]:
    """The hints as students read them: what several values show is said once. At most three."""
    alike: dict[tuple[str, str], tuple[Hint, list[str]]] = {}
    for sight in sights:
        # Eight layers with one mistake are one thing to mend.
        alike.setdefault((sight.hint.kind, repr(sight.hint.params)), (sight.hint, []))[1].append(f"`{sight.name}`")
    return tuple(_for_all(hint, names) for hint, names in alike.values())[:MAX_HINTS]


def _for_all(hint: Hint, names: list[str]) -> Hint:
    if len(names) == 1:
        return hint
    return msgspec.structs.replace(hint, text=f"{hint.text} The same holds for {listed(names[1:])}.")
