# Makes a file of a terabyte that takes no space, and maps it.
import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def blend(x, y):
    with open("/tmp/sparse", "wb") as file:
        try:
            os.ftruncate(file.fileno(), 1 << 40)
            print("a terabyte")
        except OSError as error:
            print(error)
    return x * y
