"""Several processes that each stay below their own limit, and together ask for more than the sandbox may use.

One begins when the one before it has its memory or is dead: the kernel then ends a single one, whichever it chooses.
"""

import os
import signal
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
for _ in range(8):
    filled, filling = os.pipe()
    if os.fork() == 0:
        held = bytearray(b"x") * (100 << 20)
        os.close(filling)
        signal.pause()
    os.close(filling)
    os.read(filled, 1)  # ends with the child's own end of the pipe
    died, status = os.waitpid(-1, os.WNOHANG)
    if died:
        break
control.sendall(f"a child died of signal {os.WTERMSIG(status)}".encode())
signal.pause()
