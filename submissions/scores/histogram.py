"""How shares of the points lie: in tenths, as the bars of a picture."""

from __future__ import annotations

from collections.abc import Iterable

BINS = 10


def tenths(shares: Iterable[float]) -> tuple[int, ...]:
    """How many of the shares lie in each tenth from 0 to 1; those outside are counted with the nearest."""
    bins = [0] * BINS
    for share in shares:
        # Rounded, since 7 tenths may be a hair below 0.7.
        bins[max(0, min(BINS - 1, int(BINS * round(share, 6))))] += 1
    return tuple(bins)
