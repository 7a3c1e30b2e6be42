"""Asks for memory in one process until it is refused, and sends how many MB there were."""

import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
held = []
try:
    while len(held) < 4000:
        held.append(bytearray(b"x") * (1 << 20))
except MemoryError:
    count = len(held)
    del held
    control.sendall(f"{count} MemoryError".encode())
