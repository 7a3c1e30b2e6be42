"""The process that the student's code runs in: does what the tests ask, on the student's own objects."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from grader import wire
from grader.candidate.modules import Modules
from grader.candidate.serving import Serving, flush
from grader.handout.local import speech


def serve(connection: Connection, output: Path, root: Path, path: tuple[str, ...], tests: Path) -> None:
    """Answers on `connection` until it is closed. What is printed goes to the file `output`."""
    _print_to(output)
    os.chdir(root)
    _forget(tests)
    # Stale bytecode beside the sources must not be what runs: it is looked for where none is.
    sys.dont_write_bytecode, sys.pycache_prefix = True, str(output.parent / "pycache")
    sys.path.extend(str(root / folder) for folder in path)
    modules = Modules(str(root))
    serving = Serving(modules, partial(speech.send, connection), partial(speech.receive, connection))
    while True:
        try:
            message, body = speech.receive(connection)
        except (EOFError, OSError):
            return
        match message:
            case wire.Import():
                loaded = modules.load(message.module, message.markers, message.names)
                flush()
                speech.send(connection, loaded)
            case wire.Begin():
                _limit(message.cpu_seconds)
                # A new test knows no object of the last one's.
                serving = Serving(modules, partial(speech.send, connection), partial(speech.receive, connection))
                serving.answer(wire.Seed(message.seed), wire.Body())
            case _:
                serving.answer(message, body)


def _print_to(output: Path) -> None:
    flush()
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)


def _forget(tests: Path) -> None:
    """Leaves the modules of the tests' folder behind: the student may have one of the same name."""
    folder = str(tests)
    sys.path[:] = [each for each in sys.path if each != folder]
    for name, module in [*sys.modules.items()]:
        if (getattr(module, "__file__", None) or "").startswith(folder + os.sep):
            del sys.modules[name]


def _limit(cpu_seconds: int) -> None:
    """Has the kernel end this process after so much more processor time; where it cannot, the wall clock does."""
    try:
        import resource
    except ImportError:
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = round(time.process_time()) + cpu_seconds
    # The student's own `ulimit` may be lower.
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
