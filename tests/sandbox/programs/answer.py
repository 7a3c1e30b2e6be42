"""Loads NumPy and a module of the project's, adds one to the byte it is sent, and sends it back."""

import socket
import sys

sys.path.insert(0, "/packages")
import numpy as np

from grader import wire

control = socket.socket(fileno=int(sys.argv[1]))
assert wire.__file__ == "/packages/grader/wire/__init__.py"
number = np.frombuffer(control.recv(1), np.uint8) + np.uint8(1)
assert (np.eye(3) @ np.eye(3)).sum() == 3
control.sendall(number.tobytes())
