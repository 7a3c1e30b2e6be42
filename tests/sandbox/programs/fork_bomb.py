"""Forks as long as the kernel lets it, and sends how many there were and what stopped it."""

import os
import signal
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
made = 0
try:
    while made < 2000:
        if os.fork() == 0:
            signal.pause()
        made += 1
except OSError as error:
    control.sendall(f"{made} {error.strerror}".encode())
signal.pause()
