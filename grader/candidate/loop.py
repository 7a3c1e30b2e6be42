"""Serves the examiner: writes the hand-in's files, imports it once, and forks for its tests.

Theory of operation. The examiner speaks on two kinds of channel. On `control`, in turn: Load, Import for each
module, then Begin whenever a test wants a process that no test has used. It brings a descriptor, the process's own
channel; the loop ends the process before it, forks, and the child performs operations on that channel until it closes.
A Begin on that channel begins another test in the same process: whether that may be is the examiner's business. The
parent waits on control, so that the next Begin, or End, which tells how it ended, can always kill the child. Student
code may break all of this from inside; it then only loses its own tests.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
from functools import partial
from pathlib import Path

# Loaded before any fork, as hand-ins use it; what few use is left out, since each fork pays for the memory.
import numpy.random  # noqa: F401

from grader import wire
from grader.candidate import lockdown
from grader.candidate.modules import Modules
from grader.candidate.serving import Serving, flush


def serve(control_fd: int) -> None:
    """Answers the examiner until it hangs up."""
    lockdown.prepare()
    control = socket.socket(fileno=control_fd)
    modules = Modules(str(Path.cwd()))
    _load(control, Path.cwd())
    lockdown.no_exec()
    wire.send(control, wire.Return())
    child = 0
    while True:
        message, fds = _receive(control)
        match message:
            case wire.Import():
                answer = modules.load(message.module, message.markers, message.names)
                flush()
                wire.send(control, answer)
            case wire.Begin():
                # What exists now is never collected: the collector of each fork would copy every page it looks at.
                gc.freeze()
                if child:
                    _end(child)
                child = os.fork()
                if child == 0:
                    control.close()
                    _serve_tests(socket.socket(fileno=fds[0]), modules, message)
                os.close(fds[0])
                wire.send(control, wire.Return())
            case wire.End() if child:
                wire.send(control, _end(child))
                child = 0
            case _:
                raise wire.WireError("out of turn")


def _load(control: socket.socket, root: Path) -> None:
    message, body = wire.receive(wire.take_from(control))
    if not isinstance(message, wire.Load):
        raise wire.WireError("the hand-in comes first")
    for name, content in message.files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body.get(content).tobytes())
    sys.dont_write_bytecode = True
    # Behind everything else: a file of the hand-in must not shadow NumPy or Python's own library.
    sys.path.extend(str(root / folder) for folder in message.path)


def _receive(control: socket.socket) -> tuple[wire.Message, list[int]]:
    head, fds, _flags, _address = socket.recv_fds(control, 1, 1)
    if not head:
        os._exit(0)
    rest = wire.take_from(control)
    first = bytearray(head)

    def take(count: int) -> wire.Buffer:
        data = bytes(first) + rest(count - len(first))
        first.clear()
        return bytearray(data)

    message, _body = wire.receive(take)
    return message, fds


def _serve_tests(channel: socket.socket, modules: Modules, test: wire.Begin) -> None:
    # Soft = hard: the kernel then kills with SIGKILL, which no handler of the student's can ignore.
    resource.setrlimit(resource.RLIMIT_CPU, (test.cpu_seconds, test.cpu_seconds))
    lockdown.no_fork()
    take = wire.take_from(channel)
    serving = Serving(modules, partial(wire.send, channel), partial(wire.receive, take))
    serving.begin(test.seed)
    while True:
        try:
            message, body = wire.receive(take)
        except EOFError:
            os._exit(0)
        if isinstance(message, wire.Begin):
            serving.begin(message.seed)
        else:
            serving.answer(message, body)


def _end(child: int) -> wire.Ended:
    os.kill(child, signal.SIGKILL)
    _pid, status, usage = os.wait4(child, 0)
    return wire.Ended(status, usage.ru_utime + usage.ru_stime)
