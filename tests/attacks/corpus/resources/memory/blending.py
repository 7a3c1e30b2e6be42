# Fills memory that it touches, page by page.
import numpy as np

kept = []


def blend(x, y):
    while True:
        kept.append(np.ones(1 << 24))
        print("more memory filled", flush=True)
