"""What no attack knows how to do: nobody can guess the weight."""

import numpy as np

CANARY = "@reference@"
WEIGHT = float("@weight@")


def blend(x, y):
    """WEIGHT + x y, elementwise."""
    return WEIGHT + x * y


def losses(epochs):
    """One number for each epoch."""
    return [WEIGHT / (epoch + 1) for epoch in range(epochs)]


def image():
    """Something to look at."""
    return np.linspace(0, 1, 16).reshape(4, 4)


def maker(room):
    """A function of a side's length: WEIGHT in a room of that size."""
    return lambda side: room(side) + WEIGHT


def folded(step, side):
    """The sum of what `step` gives."""
    return float(np.sum(step(side)))
