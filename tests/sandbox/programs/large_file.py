"""Grows one file until it is refused, and sends the MB written and the reason."""

import signal
import socket
import sys
from pathlib import Path

control = socket.socket(fileno=int(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
written = 0
try:
    with Path("/tmp/large").open("wb") as file:
        while written < 1000:
            file.write(bytes(1 << 20))
            file.flush()
            written += 1
except OSError as error:
    control.sendall(f"{written} {error.strerror}".encode())
