"""Points as numbers of which none gets lost on the way: what people give, with two decimals at most, and how sums of
floating-point numbers compare."""

from __future__ import annotations

from decimal import Decimal

NEAR = 1e-6
"""Points that differ by less are the same: sums of floating-point numbers end in digits that nobody gave."""

_HUNDREDTH = Decimal("0.01")
_NEAR = Decimal("0.000001")


def exact(points: float) -> Decimal:
    """By its digits: Decimal(0.1) is not 0.1."""
    return Decimal(str(points))


def too_fine(points: Decimal) -> bool:
    """There are more than two decimals. For points within bounds: an exponent can be beyond what arithmetic takes."""
    return points != points.quantize(_HUNDREDTH)


def moved(before: float | None, after: float | None) -> Decimal:
    """By how many points a score moves, 0 where nothing but a sum's rounding does. None is no points."""
    return (exact(after or 0.0) - exact(before or 0.0)).quantize(_NEAR)
