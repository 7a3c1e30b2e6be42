# Installs a filter of its own at import, with a listener, that lets the loop's calls fail or answers them itself.
import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
SECCOMP, SET_MODE_FILTER, NEW_LISTENER = 317, 1, 8
ALLOW = struct.pack("HBBI", 6, 0, 0, 0x7FFF0000)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


listener = libc.syscall(SECCOMP, SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(Program(1, ALLOW)))


def blend(x, y):
    print("listener" if listener >= 0 else "no listener", os.strerror(ctypes.get_errno()))
    return x * y
