# Prints the environment: Python's, and the one that the C library knows.
import ctypes
import os


def blend(x, y):
    names = sorted(os.environ)
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    at = 0
    while environ[at]:
        print(environ[at])
        at += 1
    print(", ".join(names))
    return x * y
