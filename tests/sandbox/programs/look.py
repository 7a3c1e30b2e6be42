"""Sends what a hand-in could see of its surroundings, as one JSON object."""

import json
import os
import socket
import stat
import sys
from pathlib import Path

control = socket.socket(fileno=int(sys.argv[1]))


def tree():
    for folder, folders, files in os.walk("/"):
        yield from (str(Path(folder, name)) for name in folders + files)


def descriptors():
    for number in range(1024):
        try:
            yield number, stat.S_IFMT(os.fstat(number).st_mode)
        except OSError:
            continue


seen = {
    "tree": sorted(tree()),
    "environment": dict(os.environ),
    "arguments": sys.argv[1:],
    "descriptors": dict(descriptors()),
    "user": [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups()],
    "pids": [os.getpid(), os.getppid()],
    "folder": str(Path.cwd()),
    "host": os.uname().nodename,
    "path": sys.path,
    "writable": [name for name in ["/", *tree()] if os.access(name, os.W_OK)],
}
control.sendall(json.dumps(seen).encode())
