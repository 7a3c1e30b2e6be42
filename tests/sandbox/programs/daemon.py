"""Makes a daemon in the classic way (fork, setsid, fork) that ignores signals; exits itself when it is sent mail."""

import os
import signal
import socket
import sys
import time

control = socket.socket(fileno=int(sys.argv[1]))
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        control.sendall(b"daemon")
        while True:
            time.sleep(60)
    os._exit(0)
control.recv(1)
os._exit(7)
