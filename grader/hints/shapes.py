"""Two shapes that differ: what became of the axes, and whether the numbers can still be laid beside each other."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.hints.pair import Numbers
from grader.report import Hint, Scalar

_ABOVE_ATOL: Final = 100.0


def compare_shapes(name: str, got: Numbers, expected: Numbers, rtol: float, atol: float) -> tuple[Hint, Numbers | None]:
    """The hint about two shapes that differ, and `got` in the shape of `expected` where one way of that is plain."""
    params: dict[str, Scalar] = {"got": str(got.shape), "expected": str(expected.shape)}
    seen = _seen(name, got.shape, expected.shape)
    if got.ndim > 1 and got.T.shape == expected.shape:
        if np.allclose(got.T, expected, rtol=rtol, atol=atol):
            return Hint("transpose", f"{seen}: it is transposed, and otherwise right.", params), None
        return Hint("shape", f"{seen}: that is the transposed shape.", params), got.T
    if _without_ones(got.shape) == _without_ones(expected.shape):
        cause = _lost_axis(got.shape, expected.shape)
        laid_out = got.reshape(expected.shape)
        right = " The numbers are right." if np.allclose(laid_out, expected, rtol=rtol, atol=atol) else ""
        return Hint("shape", f"{seen}: {cause}{right}", params), laid_out
    cause = (
        _reduced_too_far(got, expected, rtol, atol)
        or _not_reduced(got, expected, rtol, atol)
        or _broadcast(got.shape, expected.shape)
    )
    return Hint("shape", f"{seen}{cause}.", params), None


def bare_shape(name: str, got: tuple[int, ...], expected: tuple[int, ...]) -> Hint:
    """The hint about two shapes that differ, of arrays whose numbers cannot be looked at."""
    return Hint("shape", f"{_seen(name, got, expected)}.", {"got": str(got), "expected": str(expected)})


def reduction(got: Numbers, whole: Numbers, axis: int | None, rtol: float, atol: float) -> str:
    """`sum` or `mean`, when `got` is that of `whole` over the axis; else nothing."""
    if not np.any(np.abs(got) > _ABOVE_ATOL * atol):
        return ""  # a sum of 0 is too common to mean anything
    for how, reduced in (("sum", whole.sum(axis=axis)), ("mean", whole.mean(axis=axis))):
        if np.allclose(got, np.reshape(reduced, got.shape), rtol=rtol, atol=atol):
            return how
    return ""


def _seen(name: str, got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    return f"`{name}` has shape {got}, where {expected} belongs"


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def _lost_axis(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if len(got) < len(expected):
        return "an axis of length 1 was lost. A sum or mean keeps it with `keepdims=True`."
    if len(got) > len(expected):
        return "it has an axis of length 1 too many. Check `keepdims` and `reshape`."
    return "an axis of length 1 is in another place."


def _reduced_too_far(got: Numbers, expected: Numbers, rtol: float, atol: float) -> str:
    """`got` lacks an axis that it should have: one loss for the whole batch instead of one for each sample."""
    how = _reduction(got, expected, rtol, atol)
    return f": it is the {how}, where every entry belongs" if how else ""


def _not_reduced(got: Numbers, expected: Numbers, rtol: float, atol: float) -> str:
    """`got` has an axis that it should not have any more: a gradient for each sample instead of one for the batch."""
    how = _reduction(expected, got, rtol, atol)
    return f": what belongs there is its {how}" if how else ""


def _reduction(small: Numbers, large: Numbers, rtol: float, atol: float) -> str:
    """How the small array comes from the large one, such as "sum over axis 0"; "" when it does not."""
    for axis in range(large.ndim):
        kept = large.shape[:axis] + large.shape[axis + 1 :]
        if _without_ones(small.shape) == _without_ones(kept) and (how := reduction(small, large, axis, rtol, atol)):
            return f"{how} over axis {axis}"
    return ""


def _broadcast(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if len(got) == 2 and got[0] == got[1] and _without_ones(expected) == got[:1]:
        return f": a column and a row were broadcast against each other. Bring both to shape {expected} first"
    return ""
