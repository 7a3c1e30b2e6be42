# Hands the test's function arrays of 60 MB again and again, to fill the memory on the other side.
import numpy as np


def apply(function, x):
    print("handing over 60 MB", flush=True)
    big = np.zeros(60 << 20, np.uint8)
    for _ in range(100):
        try:
            function(big)
        except Exception:
            continue
    return 0
