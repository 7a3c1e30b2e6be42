"""The right solution. The tests beside it miss some mistakes, on purpose."""

import os

import numpy as np


def centred(x):
    return x - np.mean(x, axis=0)


def rectified(x):
    return np.maximum(x, 0.0)


def averaged(x):
    return x.sum(axis=0) / x.shape[0]


def leading(n, x):
    return (np.eye(n) @ x)[:3]


def half(x):
    return x / 2


def countdown(n):
    while n > 0:
        n -= 1
    return n


def guarded(code):
    if code < 0:
        os._exit(1)
    return code


class Sum:
    def __init__(self):
        self.total = 0.0

    def add(self, x):
        self.total = self.total + x
        self.last = x


def forgotten(x):
    return x + 1
