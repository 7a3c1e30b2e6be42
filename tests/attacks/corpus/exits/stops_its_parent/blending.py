# Stops the loop with SIGSTOP, so that it neither ends tests nor begins them.
import os
import signal


def blend(x, y):
    print("about to stop", flush=True)
    os.kill(os.getppid(), signal.SIGSTOP)
    return x * y
