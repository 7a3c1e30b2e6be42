"""The right numbers times a constant: which one, and what usually makes it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from grader.hints.pair import Pair
from grader.report import Hint

# How close the ratio seen must come to a named factor, as a part of how far that factor is from 1: else a factor such
# as 1.01 could be read into anything nearly right.
_SURE: Final = 0.1
# A mistake made once in each layer multiplies up on the way back through them.
_MOST_LAYERS: Final = 8


class _Factor(msgspec.Struct, frozen=True):
    value: float
    name: str
    text: str


def find_factor(pair: Pair) -> Hint | None:
    """`got = k * expected` in every entry, and which k that is: -1, a batch size, m/(m-1), 2 or some other constant."""
    if not pair.is_finite or not pair.is_telling():
        return None
    seen = float(np.median(pair.got[pair.telling] / pair.expected[pair.telling]))
    for factor in _factors(pair.sizes):
        is_near = abs(seen - factor.value) <= _SURE * min(abs(factor.value), abs(factor.value - 1))
        if is_near and pair.is_explained_by(factor.value * pair.expected, factor.value):
            if factor.value == -1:
                return Hint("sign", f"`{pair.name}` {factor.text}")
            return Hint("factor", f"`{pair.name}` {factor.text}", {"factor": factor.value, "name": factor.name})
    # An unnamed factor keeps its value to itself: a ratio of three digits is close to telling the number.
    if seen and pair.is_explained_by(seen * pair.expected, seen):
        text = "is off by the same factor in every entry. Is a constant left out, applied twice, or the wrong one?"
        return Hint("factor", f"`{pair.name}` {text}", {"name": "constant"})
    return None


def _factors(sizes: tuple[int, ...]) -> Iterator[_Factor]:
    yield _Factor(-1.0, "-1", "has the wrong sign everywhere.")
    for m in sizes:
        what = f"and {m} is {'the batch size' if len(sizes) == 1 else 'the length of an input'}"
        yield _Factor(m, "N", f"is {m} times too large, {what}: summed over the batch, not averaged.")
        yield _Factor(1 / m, "1/N", f"is {m} times too small, {what}: averaged twice, or where a sum belongs.")
        yield _Factor(-m, "-N", f"has the wrong sign and is {m} times too large, {what}: summed, not averaged.")
        yield _Factor(-1 / m, "-1/N", f"has the wrong sign and is {m} times too small, {what}: averaged twice.")
        for layers in range(2, _MOST_LAYERS + 1):
            large, small = f"is {m}^{layers} times too large, {what}", f"is {m}^{layers} times too small, {what}"
            yield _Factor(
                float(m) ** layers, f"N^{layers}", f"{large}: not averaged, but multiplied again in each layer."
            )
            yield _Factor(
                float(m) ** -layers, f"1/N^{layers}", f"{small}: averaged again in each layer on the way back."
            )
        why = f"with m = {m} samples. Usually a variance is divided by m - 1 where m belongs, or the other way round."
        yield _Factor(m / (m - 1), "m/(m-1)", f"is m/(m-1) times too large, {why}")
        yield _Factor((m - 1) / m, "(m-1)/m", f"is m/(m-1) times too small, {why}")
        yield _Factor(math.sqrt(m / (m - 1)), "sqrt(m/(m-1))", f"is sqrt(m/(m-1)) times too large, {why}")
        yield _Factor(math.sqrt((m - 1) / m), "sqrt((m-1)/m)", f"is sqrt(m/(m-1)) times too small, {why}")
    yield _Factor(2.0, "2", "is twice what it should be. Is something added twice, or the 1/2 of a formula left out?")
    yield _Factor(0.5, "1/2", "is half of what it should be. Is there a 1/2 too many, or a part left out?")
    yield _Factor(1 / math.log(2), "1/ln 2", "is in base 2: use the natural logarithm, `np.log`.")
    yield _Factor(1 / math.log(10), "1/ln 10", "is in base 10: use the natural logarithm, `np.log`.")
