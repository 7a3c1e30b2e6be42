"""The right numbers scaled or shifted: by one constant throughout, or by one for each column or each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np

from grader.hints.pair import LOOSEST_RTOL, Numbers, Pair
from grader.report import Hint

_Fit = Callable[[Numbers, Numbers, int | None], tuple[Numbers, Numbers]]

# The fewest entries of a line beyond those that its constants explain by themselves.
_SPARE_ENTRIES: Final = 3
_ABOVE_NOISE: Final = 10.0
_ROUNDING: Final = 16 * float(np.finfo(np.float64).eps)


def find_affine(pair: Pair) -> Hint | None:
    """`got = a * expected + b`, with one (a, b) for all entries, for each column or for each row."""
    if not pair.is_finite or not pair.is_telling():
        return None
    for relation in _RELATIONS if pair.got.ndim == 2 else _RELATIONS[:_THROUGHOUT]:
        if _holds(relation, pair):
            return Hint(relation.kind, f"`{pair.name}` {relation.text}", {"along": relation.along})
    return None


class _Relation(msgspec.Struct, frozen=True):
    """`fit` finds the constants along `axis`; `constants` is how many it has for each line."""

    kind: str
    fit: _Fit
    constants: int
    axis: int | None
    along: str
    text: str


def _shift(got: Numbers, expected: Numbers, axis: int | None) -> tuple[Numbers, Numbers]:
    b = np.median(got - expected, axis=axis, keepdims=True)
    return np.ones_like(b), b


def _mirror(got: Numbers, expected: Numbers, axis: int | None) -> tuple[Numbers, Numbers]:
    b = np.median(got + expected, axis=axis, keepdims=True)
    return -np.ones_like(b), b


def _scale(got: Numbers, expected: Numbers, axis: int | None) -> tuple[Numbers, Numbers]:
    a = np.sum(got * expected, axis=axis, keepdims=True) / np.sum(expected**2, axis=axis, keepdims=True)
    return a, np.zeros_like(a)


def _both(got: Numbers, expected: Numbers, axis: int | None) -> tuple[Numbers, Numbers]:
    """Least squares: the slope is the covariance over the variance. Other statistics never turn a column round."""
    center, middle = expected.mean(axis=axis, keepdims=True), got.mean(axis=axis, keepdims=True)
    spread = expected - center
    a = np.sum(spread * (got - middle), axis=axis, keepdims=True) / np.sum(spread**2, axis=axis, keepdims=True)
    a = np.where(a > 0, a, np.nan)
    return a, middle - a * center


_EVERY_ENTRY: Final = "is off by the same amount in every entry. Is something added that should not be, or left out?"
_MIRRORED: Final = "is some constant minus what it should be, in every entry. Is the sign of an input wrong?"
_RELATIONS: Final = (
    _Relation("offset", _shift, 1, None, "all", _EVERY_ENTRY),
    _Relation("mirrored", _mirror, 1, None, "all", _MIRRORED),
    _Relation(
        *("offset", _shift, 1, 0, "columns"),
        "is off by an amount of its own in each column. Is a bias, or another row vector, left out or added twice?",
    ),
    _Relation(
        *("offset", _shift, 1, 1, "rows"),
        "is off by an amount of its own in each row. Is something subtracted from each sample that should not be?",
    ),
    _Relation(
        *("factor", _scale, 1, 0, "columns"),
        "is off by a factor of its own in each column. Is a variance used for a standard deviation, or gamma left out?",
    ),
    _Relation(
        *("factor", _scale, 1, 1, "rows"),
        "is off by a factor of its own in each row. Is each row divided by its own sum, as in a softmax?",
    ),
    _Relation(
        *("statistics", _both, 2, 0, "columns"),
        "has another center and spread in each column, and is right otherwise. Was it normalized with the statistics "
        "that belong there: the batch's in training, the running ones in evaluation?",
    ),
)
_THROUGHOUT: Final = 2


def _holds(relation: _Relation, pair: Pair) -> bool:
    """Whether the relation explains every entry, could not explain just anything, and no line is right without it."""
    got, expected, axis = pair.got, pair.expected, relation.axis
    length = got.size if axis is None else got.shape[axis]
    if length < relation.constants + _SPARE_ENTRIES or np.any(pair.right.all(axis=axis)):
        return False
    a, b = relation.fit(got, expected, axis)
    scaled = a * expected
    # The difference of two large numbers keeps their rounding.
    rounding = _ROUNDING * float(np.max(np.abs(got)))
    tolerance = pair.atol * np.abs(a) + min(pair.rtol, LOOSEST_RTOL) * np.abs(scaled) + rounding
    usual = np.median(tolerance)
    changes = np.max(np.abs(got - expected), axis=axis) > _ABOVE_NOISE * usual
    varies = np.ptp(scaled, axis=axis) > _ABOVE_NOISE * usual
    return bool(np.all(np.abs(got - scaled - b) <= tolerance) and np.all(changes) and np.all(varies))
