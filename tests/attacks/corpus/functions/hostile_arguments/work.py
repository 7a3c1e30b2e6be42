# Calls the test's function with sizes and kinds that nobody expects: negative, of no kind, of a text, of itself.
import numpy as np


def maker(room):
    def step(side):
        for given in (-1, "x", None, 2.5, [1], {"side": 1}, np.zeros((2, 2)), b"", room, step, object(), True, 1j):
            try:
                room(given)
            except Exception as error:
                print("refused", str(error).rpartition(" ")[2])
        for call in (lambda: room(), lambda: room(1, 2), lambda: room(side=1, room=2), lambda: room(*range(1000))):
            try:
                call()
            except Exception as error:
                print("refused", str(error).rpartition(" ")[2])
        return np.zeros((side, side))

    return step


def folded(step, side):
    return 0.0
