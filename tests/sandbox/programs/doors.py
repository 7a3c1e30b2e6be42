"""Shuts the doors as the loop does, and says for each what still opens."""

import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, "/packages")
from grader.candidate import lockdown

control = socket.socket(fileno=int(sys.argv[1]))


def says(attempt):
    try:
        attempt()
    except OSError as error:
        return error.strerror
    return "done"


def run_python():
    if (child := os.fork()) == 0:
        try:
            os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", ""])
        except OSError as error:
            os._exit(error.errno)
    if status := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise OSError(status, os.strerror(status))


def fork():
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def thread():
    told = []
    worker = threading.Thread(target=told.append, args=[1])
    worker.start()
    worker.join()
    if not told:
        raise OSError(0, "no thread")


def line(*attempts):
    control.sendall((", ".join(map(says, attempts)) + "\n").encode())


line(run_python, fork, thread)
lockdown.no_exec()
line(run_python, lambda: os.execv(sys.executable, ["x"]), fork, thread)
lockdown.no_fork()
line(fork, lambda: subprocess.run([sys.executable]), thread)
