# Replaces os.fork and os.kill in the loop, so that tests run in the one process that lives on, and cannot be ended.
import os

loop = os.getpid()
os.fork = lambda: 0
os.kill = lambda pid, number: None
os.setsid = lambda: 0


def blend(x, y):
    print("in the loop itself:", os.getpid() == loop, flush=True)
    return x * y
