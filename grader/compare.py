"""Compares what two runs of a scenario returned, name by name, in type, dtype, shape and value.

Both values are plain (`grader.wire` rebuilt the student's), so that no comparison can run a student's code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from grader.assignment import Tolerance


class Difference(msgspec.Struct, frozen=True):
    """`name` is how the scenario called the value."""

    name: str
    got: Any
    expected: Any


def differences(got: Any, expected: Any, tolerance: Tolerance, name: str = "") -> Iterator[Difference]:
    """Yields what differs. Dicts and lists are gone into (`W[0]`), when both sides have the same keys or length."""
    if isinstance(expected, dict):
        if not isinstance(got, dict) or got.keys() != expected.keys():
            yield Difference(name or "result", got, expected)
            return
        for key, value in expected.items():
            yield from differences(got[key], value, tolerance, f"{name}[{key!r}]" if name else str(key))
    elif isinstance(expected, list | tuple):
        if type(got) is not type(expected) or len(got) != len(expected):
            yield Difference(name or "result", got, expected)
            return
        for position, value in enumerate(expected):
            yield from differences(got[position], value, tolerance, f"{name or 'result'}[{position}]")
    elif not same(got, expected, tolerance):
        yield Difference(name or "result", got, expected)


def same(got: Any, expected: Any, tolerance: Tolerance) -> bool:
    """True when `got` may stand for `expected`.

    An array must be an ndarray of the same dtype and shape, and close; a number must be a number and close (the types
    of Python and NumPy count as the same); anything else must be of the same type and equal.
    """
    if isinstance(expected, np.ndarray):
        return (
            type(got) is np.ndarray
            and got.dtype == expected.dtype
            and got.shape == expected.shape
            and _close(got, expected, tolerance)
        )
    if isinstance(expected, bool | np.bool_):
        return isinstance(got, bool | np.bool_) and bool(got) == bool(expected)
    if isinstance(expected, int | float | complex | np.number):
        is_number = isinstance(got, int | float | complex | np.number) and not isinstance(got, bool)
        return is_number and _close(got, expected, tolerance)
    return type(got) is type(expected) and bool(got == expected)


def _close(got: Any, expected: Any, tolerance: Tolerance) -> bool:
    got, expected = _bounded(got), _bounded(expected)
    with np.errstate(all="ignore"):
        # Most are right beyond doubt, which a few operations tell; not of infinities, nor of numbers that wrap.
        floats = isinstance(expected, np.ndarray) and expected.dtype.kind in "fc"
        if floats and (abs(got - expected) < tolerance.atol + tolerance.rtol * abs(expected)).all():
            return True
        return bool(np.allclose(got, expected, rtol=tolerance.rtol, atol=tolerance.atol, equal_nan=True))


def _bounded(value: Any) -> Any:
    """The value; for an integer that NumPy has no type for, which it would not compare, the nearest float."""
    if not isinstance(value, int) or -(2**63) <= value < 2**63:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)
