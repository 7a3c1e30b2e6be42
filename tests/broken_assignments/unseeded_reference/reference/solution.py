"""The right solution."""

import numpy as np


def scale(x, factor):
    noise = np.random.default_rng().standard_normal()
    return x * factor * (1 + 1e-9 * noise)


def draw(count):
    return np.random.standard_normal(count)
