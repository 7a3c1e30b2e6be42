"""Kills all it may: itself excepted, every process it can see, and the first one by name."""

import os
import signal
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
if (child := os.fork()) == 0:
    signal.pause()
for target in (-1, 1):
    try:
        os.kill(target, signal.SIGKILL)
    except ProcessLookupError:
        control.sendall(b"nobody else; ")
_, status = os.waitpid(child, 0)
control.sendall(f"child died of {os.WTERMSIG(status)}; alive".encode())
signal.pause()
