# Stops itself, and waits to be continued by nobody.
import os
import signal


def blend(x, y):
    os.kill(os.getpid(), signal.SIGSTOP)
    return x * y
