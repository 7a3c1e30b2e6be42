"""Bubblewrap's sandbox, forked from a process that has Python and NumPy loaded instead of started anew.

One bubblewrap holds the nursery (`grader.candidate.nursery`), which forks each candidate into a process namespace,
mounts, limits and a system call filter of its own: a start takes some milliseconds of a processor, not a hundred. What
a candidate may do is the same, by the same corpus of attacks. Candidates of one nursery follow one another, and share
what cannot be seen through the filter: an empty network, a user of the host, and a host name.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import weakref
from pathlib import Path
from typing import IO

from grader.candidate.nursery import ORDER, STATUS
from grader.report import GraderFault
from grader.sandbox.bubblewrap import LOOP, PACKAGES, Bubblewrap
from grader.sandbox.contract import Limits
from grader.sandbox.process import Process, rlimits

_NURSERY = f"{PACKAGES}/grader/candidate/nurse.py"
# The nursery, its parent and the candidate's first process, beside what bubblewrap leaves there.
_BESIDE = 3
# It has been loaded when it answers; a machine that is full may take its time.
_START_SECONDS = 30.0
# What bounds the nursery bounds what it forks: everything that an assignment may allow.
_UNBOUNDED = Limits(memory_mb=1 << 22, processes=1 << 14, file_mb=1 << 20, open_files=1 << 10, cpu_seconds=1 << 30)
_MB = 1 << 20


class Nursery:
    """Implements `contract.Sandbox`. One in each warm examiner, whose forks have it start candidates, one at a time."""

    name = "nursery"

    def __init__(self, uid: int, cache: Path, program: tuple[str, ...] = LOOP) -> None:
        """As of `Bubblewrap`."""
        self._launcher = Bubblewrap(uid, cache, (_NURSERY, *program), nurses=True)
        self._nursery: Process | None = None

    @property
    def cache(self) -> Path:
        """Where the runtime root is kept."""
        return self._launcher.cache

    def prepare(self) -> None:
        """As the contract says; and starts the nursery, anew where it has ended."""
        if self._nursery is not None and self._nursery.hung_up():
            self._nursery.reap()
            self._nursery = None
        if self._nursery is None:
            self._launcher.prepare()
            self._nursery = self._launcher.start(_UNBOUNDED)
            weakref.finalize(self, self._nursery.reap)

    def start(self, limits: Limits) -> Process:
        """As the contract says."""
        if self._nursery is None:
            self.prepare()
        with contextlib.ExitStack() as undo, contextlib.ExitStack() as passed:
            group = self._launcher.group(limits)
            if group is not None:
                undo.callback(group.remove)
            control, theirs = socket.socketpair()
            report, told = socket.socketpair()
            undo.enter_context(control)
            undo.enter_context(report)
            passed.enter_context(theirs)
            passed.enter_context(told)
            output, printed = os.pipe()
            undo.callback(os.close, output)
            passed.callback(os.close, printed)
            try:
                init = self._born(limits, report, [told.fileno(), theirs.fileno(), printed])
                undo.callback(os.close, init)
                pid = _pid_of(init)
                # As a child would be: where we are, which may be one processor.
                os.sched_setaffinity(pid, os.sched_getaffinity(0))
                for entrance in group.entrances() if group is not None else ():
                    with open(entrance, "wb", buffering=0) as file:  # noqa: PTH123 - of a descriptor
                        file.write(str(pid).encode())
                control.send(b"\0")
            except OSError as error:
                raise GraderFault(f"the nursery of sandboxes does not answer: {error}") from error
            undo.pop_all()
        child = _Born(pid, init, report, output)
        return Process(child, control, init=init, group=group)

    def _born(self, limits: Limits, report: socket.socket, descriptors: list[int]) -> int:
        """The pidfd of a candidate that waits for its first word. Raises OSError, GraderFault."""
        bounds = rlimits(limits, self._launcher.most_processes(limits, _BESIDE))
        order = ORDER.pack(limits.disk_mb * _MB, *(number for bound in bounds for number in bound))
        report.settimeout(_START_SECONDS)
        socket.send_fds(self._nursery.control, [order], descriptors)  # type: ignore[union-attr] # after `prepare`
        _answer, found, _flags, _address = socket.recv_fds(report, 1, 1)
        if not found:
            raise GraderFault("the nursery of sandboxes has ended; `handin doctor` tells what this host lacks")
        return found[0]


class _Born:
    """As much of a Popen as a `Process` needs, of a candidate whose parent is the nursery."""

    def __init__(self, pid: int, init: int, report: socket.socket, output: int) -> None:
        self.pid = pid
        self.returncode = 0
        self.stdout: IO[bytes] | None = os.fdopen(output, "rb", 0)
        self._init = init
        self._report: socket.socket | None = report

    def wait(self, timeout: float | None = None) -> int:
        """As of Popen."""
        if self._report is not None:
            self._report.settimeout(timeout)
            try:
                told = self._report.recv(STATUS.size)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("a candidate", timeout or 0) from None
            self._report.close()
            self._report = None
            # Without a word the nursery itself has ended, and all that it forked with it.
            self.returncode = STATUS.unpack(told)[0] if told else -signal.SIGKILL
        return self.returncode

    def kill(self) -> None:
        """As of Popen."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init, signal.SIGKILL)


def _pid_of(pidfd: int) -> int:
    """The process's number, as we see it."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pid:"))
