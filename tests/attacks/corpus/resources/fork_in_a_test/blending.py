# Forks and clones processes in the middle of a test.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def blend(x, y):
    for start in (os.fork, getattr(os, "vfork", os.fork), os.forkpty):
        try:
            if start() in (0, (0, 0)):
                os._exit(0)
            print("forked")
        except OSError as error:
            print(error)
    if os.uname().machine == "x86_64":
        for call in (56, 57, 58, 435):  # clone, fork, vfork, clone3
            got = libc.syscall(call, 17, 0, 0, 0, 0)
            if got == 0:
                os._exit(0)
            print(call, "forked" if got > 0 else os.strerror(ctypes.get_errno()))
    return x * y
