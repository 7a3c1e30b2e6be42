"""Burns processor time with every signal ignored that can be."""

import signal
import socket
import sys

control = socket.socket(fileno=int(sys.argv[1]))
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
control.sendall(b"spinning")
while True:
    pass
