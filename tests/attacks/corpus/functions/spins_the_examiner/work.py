# Has the test's function count to the largest number that there is, on the other side, where no limit may look.
import numpy as np


def maker(room):
    def step(side):
        room(2**62)
        return np.zeros((side, side))

    return step


def folded(step, side):
    return 0.0
