"""Ends as it is told: "exit 3", "signal 11"."""

import os
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
how, number = control.recv(16).split()
if how == b"exit":
    os._exit(int(number))
os.kill(os.getpid(), int(number))
