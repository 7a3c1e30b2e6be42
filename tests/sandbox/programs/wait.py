"""Says that it runs, and waits for ever; with the word "close" in its mail, it hangs up and stays."""

import signal
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
control.sendall(b"here")
if control.recv(16) == b"close":
    control.close()
signal.pause()
