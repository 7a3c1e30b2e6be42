"""The right solution of the tiny assignment."""

import numpy as np


def double(x):
    return 2.0 * x


def apply(function, x):
    return function(x)


def compose(function):
    return lambda x: function(function(x))


def draw(n):
    return np.random.rand(n)  # noqa: NPY002 - what hand-ins do


def fail():
    raise ValueError("as asked")


class Counter:
    def __init__(self):
        self.total = np.zeros((1, 3))
        self.parts = []

    def add(self, x):
        self.total = self.total + x
        self.parts.append(x)
        return self
