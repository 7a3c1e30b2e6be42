"""The right solution."""

import time

import numpy as np


def scale(x, factor):
    time.sleep(0.6)
    return x * factor


def draw(count):
    return np.random.standard_normal(count)
