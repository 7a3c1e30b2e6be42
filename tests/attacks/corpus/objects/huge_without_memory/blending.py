# Returns an array of a trillion numbers that takes eight bytes, as all its strides are zero.
import numpy as np


def blend(x, y):
    print("a trillion numbers", flush=True)
    return np.broadcast_to(np.float64(1), (1_000_000, 1_000_000))
