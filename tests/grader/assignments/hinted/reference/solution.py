"""The right solution."""

from smoothing import MovingAverage

FACTOR = 2.0


def scale(x):
    return FACTOR * x / x.std()


class Unused(MovingAverage):
    """Has this module need the other."""
