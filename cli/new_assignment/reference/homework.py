"""The right solution, laid out as a hand-in. Students never see it."""

import numpy as np


class Linear:
    """A fully connected layer."""

    def __init__(self, weights, bias):
        self.W = weights
        self.b = bias

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, delta):
        self.dW = self.x.T @ delta / len(delta)
        self.db = delta.mean(axis=0, keepdims=True)
        return delta @ self.W.T


def descend(gradient, start, rate, steps):
    path = [start]
    for _step in range(steps):
        path.append(path[-1] - rate * gradient(path[-1]))
    return np.stack(path)
