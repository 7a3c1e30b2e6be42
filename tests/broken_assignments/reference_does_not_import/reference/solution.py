"""The right solution."""

import nympy as np


def scale(x, factor):
    return x * factor


def draw(count):
    return np.random.standard_normal(count)
