# Calls the test's function from threads, while the test waits for another answer and after it has had it.
import threading

import numpy as np


def maker(room):
    def calls():
        while True:
            try:
                room(2)
            except BaseException:
                return

    def step(side):
        for _ in range(3):
            threading.Thread(target=calls, daemon=True).start()
        print("threads call", flush=True)
        return np.zeros((side, side))

    return step


def folded(step, side):
    return 0.0
