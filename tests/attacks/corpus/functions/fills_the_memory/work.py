# Has the test's function make arrays of tens of gigabytes on the other side, and then many smaller ones.
import numpy as np


def maker(room):
    def step(side):
        for given in (60_000, 40_000, 20_000):
            try:
                room(given)
            except Exception as error:
                print(error)
        return np.zeros((side, side))

    return step


def folded(step, side):
    return 0.0
