"""Fill in what raises NotImplementedError."""

import numpy as np


class Linear:
    """A fully connected layer: y = x W + b, for a batch of rows."""

    def __init__(self, weights, bias):
        """`weights` is (inputs, outputs), `bias` is (1, outputs)."""
        self.W = weights
        self.b = bias
        self.dW = None
        self.db = None

    def forward(self, x):
        """`x` is (batch, inputs). Returns (batch, outputs)."""
        raise NotImplementedError

    def backward(self, delta):
        """`delta` is the loss's derivative for the output of the last forward. Sets dW and db, averaged over the batch
        and shaped like W and b. Returns the derivative for that forward's x."""
        raise NotImplementedError


def descend(gradient, start, rate, steps):
    """Gradient descent: each step goes against `gradient(point)`, a function, by `rate`.

    Returns all points from `start` on, one in each row: (steps + 1, coordinates).
    """
    raise NotImplementedError
