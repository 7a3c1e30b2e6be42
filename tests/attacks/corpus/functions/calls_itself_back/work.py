# Hands the test's own function back as its own, and its own as an argument of itself.
import numpy as np


def maker(room):
    return room


def folded(step, side):
    print("has it back as an argument", flush=True)
    try:
        step(step)
    except Exception:
        return float(np.sum(step(side)))
    return 0.0
