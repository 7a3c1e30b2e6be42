# Dies by abort, by a null pointer and by a signal of its choice.
import ctypes
import os
import signal


def blend(x, y):
    ctypes.string_at(0)


def total(x, y):
    os.abort()


def apply(function, x):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
