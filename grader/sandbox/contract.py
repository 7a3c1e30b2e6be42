"""What every sandbox backend promises, in types: limits go in, a running candidate comes out, and a reason at the end.

Nothing here knows how isolation is made. A backend never reports a student's doing as a `GraderFault`, nor the reverse.
"""

from __future__ import annotations

import socket
from enum import StrEnum
from typing import Protocol

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What one candidate may use. Sizes in MB are 2**20 bytes.

    `memory_mb` bounds each process's address space, and, where a cgroup can be made, all processes' memory together.
    `disk_mb` is the size of each of the two writable folders, /tmp and /handin; `file_mb` the largest single file.
    `cpu_seconds` is per process, and ends it at once. `processes` counts threads too.
    """

    memory_mb: int = 1024
    processes: int = 32
    disk_mb: int = 64
    file_mb: int = 32
    open_files: int = 64
    cpu_seconds: int = 60


class Reason(StrEnum):
    """Why a candidate is no longer there."""

    KILLED = "killed"  # we ended it
    MEMORY = "memory"  # the kernel ended something in there for memory
    SIGNALLED = "signalled"  # it died of a signal that is not ours
    EXITED = "exited"  # it ended by itself
    NOT_STARTED = "not_started"  # the sandbox could not be set up: a fault of ours, whatever the cause


class Ended(msgspec.Struct, frozen=True):
    """How it ended; `detail` is a sentence for staff. Neither may decide a score: a candidate chooses its own exit."""

    reason: Reason
    detail: str


class Running(Protocol):
    """A started candidate. Whoever called `start` must call `reap` in the end, from any state."""

    @property
    def control(self) -> socket.socket:
        """Our end of the stream socket; the number of the candidate's end is its argv[1]. Blocking, as made."""

    @property
    def output(self) -> int:
        """Read end of what the candidate prints, on both streams in its order, non-blocking. Text for people; never
        parsed. Should the sandbox not come up, the launcher's own words stand there."""

    def memory_stop(self) -> bool:
        """Whether the kernel ended a process in there for memory since the last call. False where unknowable."""

    def kill(self) -> None:
        """End the whole tree now, without waiting. Idempotent."""

    def reap(self) -> Ended:
        """Kill what is left, wait until nothing is, and release every descriptor and folder. Idempotent.

        Raises GraderFault when something outlives its kill.
        """


class Sandbox(Protocol):
    """A way to isolate student code, chosen by name with `grader.sandbox.backend`."""

    @property
    def name(self) -> str:
        """The name it is chosen by."""

    def prepare(self) -> None:
        """Do once what every start needs, before a worker forks: what is prepared is shared by the forks.

        May take seconds the first time. Raises GraderFault when this host cannot isolate.
        """

    def start(self, limits: Limits) -> Running:
        """Start one candidate. The calling thread is its guardian: when that ends, so does the candidate.

        Raises GraderFault that says what is wrong and what to do.
        """
