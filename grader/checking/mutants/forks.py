"""A fork of this process in which a mutant runs: it may loop for ever, eat memory or end itself."""

from __future__ import annotations

import os
import resource
import select
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.examiner.mistakes import TooLong
from grader.examiner.seat import die_with_parent
from grader.report import GraderFault

_FAULT = "fault "
Tell = Callable[[str], None]


def said_by(work: Callable[[Tell], None], memory: int, quiet: float) -> Iterator[str]:
    """The lines that `work` says in a fork of this process, until it ends.

    It is ended when it says nothing for `quiet` seconds, and may take `memory` bytes beyond what is loaded. Raises
    GraderFault when it raises anything but what a mutant provokes.
    """
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _work(work, memory, theirs)
    os.close(theirs)
    try:
        with os.fdopen(ours, "rb", buffering=0) as pipe:
            for line in _lines(pipe.fileno(), quiet):
                if line.startswith(_FAULT):
                    raise GraderFault(f"a mutant could not be tried: {line.removeprefix(_FAULT)}")
                yield line
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _lines(pipe: int, quiet: float) -> Iterator[str]:
    rest = b""
    while select.select([pipe], [], [], quiet)[0] and (data := os.read(pipe, 1 << 16)):
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode() for line in lines)


def _work(work: Callable[[Tell], None], memory: int, pipe: int) -> None:
    die_with_parent()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)  # what a mutant prints or warns of is no news

    def say(line: str) -> None:
        os.write(pipe, f"{line}\n".encode())

    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.RLIM_INFINITY))
        work(say)
    except (TooLong, MemoryError):
        pass  # out of the midst of a test: whoever listens knows which
    except BaseException:  # noqa: BLE001 - the top of a process: what nobody foresaw is told
        say(_FAULT + traceback.format_exc().replace("\n", " | "))
    os._exit(0)
