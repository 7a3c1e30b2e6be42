"""Points that people give, as numbers of which none gets lost on the way: exact, and with two decimals at most."""

from __future__ import annotations

from decimal import Decimal

_HUNDREDTH = Decimal("0.01")


def exact(points: float) -> Decimal:
    """By its digits: Decimal(0.1) is not 0.1."""
    return Decimal(str(points))


def too_fine(points: Decimal) -> bool:
    """There are more than two decimals. For points within bounds: an exponent can be beyond what arithmetic takes."""
    return points != points.quantize(_HUNDREDTH)
