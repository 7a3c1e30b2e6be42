"""Starts threads as long as it can, and sends how many there were and what stopped it."""

import socket
import sys
import threading

control = socket.socket(fileno=int(sys.argv[1]))
never = threading.Event()
made = 0
try:
    while made < 2000:
        threading.Thread(target=never.wait, daemon=True).start()
        made += 1
except (RuntimeError, MemoryError) as error:
    control.sendall(f"{made} {error}".encode())
never.wait()
