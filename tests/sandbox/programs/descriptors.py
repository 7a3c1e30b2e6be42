"""Opens files until it is refused, and sends how many descriptors there were and the reason."""

import os
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
made = 0
try:
    while made < 5000:
        os.dup(0)
        made += 1
except OSError as error:
    control.sendall(f"{made + 4} {error.strerror}".encode())
