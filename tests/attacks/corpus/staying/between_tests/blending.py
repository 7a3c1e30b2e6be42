# Keeps what one test gave it for the next one, and breaks NumPy and the other module for the tests that follow.
import numpy as np

import doubling

seen = []


def blend(x, y):
    seen.append(x)
    doubling.double = lambda x: x
    np.add = np.multiply = lambda *args: 0
    return x * y


def total(x, y):
    print(seen or "nothing from the test before")
    return 0.0
