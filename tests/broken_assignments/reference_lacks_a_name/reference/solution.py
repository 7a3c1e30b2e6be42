"""The right solution."""

import numpy as np


def scale(x, factor):
    return x * factor


def drew(count):
    return np.random.standard_normal(count)
