# Has a picture drawn that has no pixels, thirty dimensions, or complex colours.
import numpy as np


def image():
    return np.zeros((1,) * 30 + (0,), np.complex128)


def losses(epochs):
    return np.zeros((0, 3), bool)
