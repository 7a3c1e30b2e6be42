"""Two arrays of one shape that should agree, and what it takes to be sure of a relation between them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# A relation is claimed more strictly than a value is accepted, but never more strictly than rounding allows.
LOOSEST_RTOL: Final = 1e-3
_TIGHTEST_RTOL: Final = 1e-9
# An entry tells something about a factor when it is well away from zero.
_ABOVE_ATOL: Final = 100.0
_ABOVE_LARGEST: Final = 1e-6
_DISTINCT: Final = 1e-3
_MOST_SIZES: Final = 20


class Pair:
    """`got` and `expected` as float64 of one shape; `name` is what the assignment calls the value."""

    def __init__(
        self, name: str, got: Numbers, expected: Numbers, *, sizes: Sequence[int] = (), rtol: float, atol: float
    ) -> None:
        self.name = name
        self.got = got
        self.expected = expected
        self.sizes = tuple(dict.fromkeys(size for size in sizes if size > 1))[:_MOST_SIZES]
        self.rtol = rtol
        self.atol = atol

    def agrees(self) -> bool:
        """Whether every entry is right."""
        return bool(self.right.all())

    @cached_property
    def right(self) -> Mask:
        """Which entries are right, by the comparison's own tolerance."""
        return np.isclose(self.got, self.expected, rtol=self.rtol, atol=self.atol, equal_nan=True)

    @cached_property
    def is_finite(self) -> bool:
        """Whether both sides are numbers throughout: relations are looked for in nothing else."""
        return bool(np.isfinite(self.got).all() and np.isfinite(self.expected).all())

    @cached_property
    def telling(self) -> Mask:
        """Which entries of `expected` are well away from zero."""
        sizes = np.abs(self.expected)
        return sizes > max(_ABOVE_ATOL * self.atol, _ABOVE_LARGEST * float(np.max(sizes, initial=0.0)))

    def is_telling(self, among: Mask | None = None) -> bool:
        """Whether `expected` has two distinct telling entries (`among` these): one alone fits any factor or offset."""
        values = self.expected[self.telling if among is None else self.telling & among]
        return values.size > 1 and bool(np.ptp(values) > _DISTINCT * np.max(np.abs(values)))

    def is_explained_by(self, guess: Numbers, scale: float = 1.0) -> bool:
        """Whether every entry of `got` is that of `guess`, which was made of `expected` multiplied by `scale`."""
        rtol = min(max(self.rtol, _TIGHTEST_RTOL), LOOSEST_RTOL)
        return bool(np.allclose(self.got, guess, rtol=rtol, atol=self.atol * abs(scale)))
