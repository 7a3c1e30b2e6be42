"""Makes each raw system call it is told of, and answers with the errno's number (0 for success). One JSON line each."""

import ctypes
import json
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

for line in control.makefile():
    number, *arguments = json.loads(line)
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(argument) for argument in arguments))
    control.sendall(f"{ctypes.get_errno() if result == -1 else 0}\n".encode())
