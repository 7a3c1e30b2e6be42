# Has lines drawn of what is no number, of infinities and of numbers that no axis can hold.
import numpy as np


def image():
    return np.zeros((4, 4))


def losses(epochs):
    return [float("nan"), 1e308, -float("inf")]
