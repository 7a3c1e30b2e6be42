"""Several processes that each stay below their own limit, and together ask for more than the sandbox may use."""

import os
import signal
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
children = []
for _ in range(8):
    if (child := os.fork()) == 0:
        held = bytearray(b"x") * (100 << 20)
        signal.pause()
    children.append(child)
_, status = os.wait()
control.sendall(f"a child died of signal {os.WTERMSIG(status)}".encode())
signal.pause()
