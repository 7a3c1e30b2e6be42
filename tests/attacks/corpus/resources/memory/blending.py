# Fills memory that it touches, page by page.
import numpy as np

kept = []


def blend(x, y):
    print("fills its memory", flush=True)
    while True:
        kept.append(np.ones(1 << 24))
