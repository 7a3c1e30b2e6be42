# Replaces the standard streams by objects that raise, exit or hang up, and closes the descriptors below them.
import os
import sys


class Stream:
    def write(self, text):
        raise SystemExit(0)

    def flush(self):
        raise OSError("gone")

    encoding = "utf-8"
    closed = True


sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Stream()


def blend(x, y):
    os.write(1, b"closing what is below\n")
    for number in (0, 1, 2):
        os.close(number)
    return x * y
