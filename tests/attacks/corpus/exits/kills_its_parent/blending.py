# Kills the process that started it, and everything else that it may signal.
import os
import signal


def blend(x, y):
    print("about to kill", flush=True)
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(-1, signal.SIGKILL)
    return x * y
