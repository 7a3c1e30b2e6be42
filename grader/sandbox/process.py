"""A candidate as a process of ours: its channels, its end, and the reason for it. Shared by every backend."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Protocol

from grader.report import GraderFault
from grader.sandbox.cgroup import Group
from grader.sandbox.contract import Ended, Limits, Reason

ENVIRONMENT = {
    # One BLAS thread: two gradings that spin against each other's threads are several times slower than in turn.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own tmpfs
}
_PATIENCE_SECONDS = 10.0
_ENDING_SECONDS = 1.0
_MB = 1 << 20


class Child(Protocol):
    """What of a Popen matters here."""

    pid: int
    returncode: int
    stdout: IO[bytes] | None

    def wait(self, timeout: float | None = None) -> int:
        """Its status, once it has ended. Raises subprocess.TimeoutExpired."""

    def kill(self) -> None:
        """Ends it at once."""


class Process:
    """Implements `contract.Running` over one child process, which may be a launcher with the candidate below it."""

    def __init__(
        self,
        child: Child,
        control: socket.socket,
        *,
        init: int = -1,
        status: int = -1,
        group: Group | None = None,
        lock: int = -1,
        folder: Path | None = None,
    ) -> None:
        """Takes over everything given.

        `init` is a pidfd of the sandbox's first process, whose end takes the whole tree with it (-1: `child` is all
        there is); `status` the launcher's stream of JSON about the candidate; `lock` a descriptor to close and `folder`
        a folder to remove in the end.
        """
        if child.stdout is None:
            message = "a candidate needs a pipe for its output"
            raise ValueError(message)
        self.control = control
        self.output = child.stdout.fileno()
        os.set_blocking(self.output, False)
        self._child = child
        self._init = init
        self._status = status
        self._group = group
        self._lock = lock
        self._folder = folder
        self._killed = False
        self._memory_stop = False
        self._ended: Ended | None = None

    def memory_stop(self) -> bool:
        """As the contract says; remembered for `reap`."""
        happened = self._ended is None and self._group is not None and self._group.oom_kill()
        self._memory_stop |= happened
        return happened

    def kill(self) -> None:
        """As the contract says. The first process goes first: its launcher then sees the end and reports it."""
        if self._ended is None and not self._killed:
            self._killed = True
            if self._init >= 0:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._init, signal.SIGKILL)
            else:
                self._kill_session()

    def reap(self) -> Ended:
        """As the contract says."""
        if self._ended is None:
            by_itself = not self._killed and self._ends_by_itself()
            self.memory_stop()
            self.kill()
            try:
                self._wait()
                self._ended = self._reason(by_itself=by_itself)
            finally:
                self._release()
        return self._ended

    def _ends_by_itself(self) -> bool:
        """Whether it has ended, or is just ending: a closed control socket is seen before the process's end is."""
        try:
            self._child.wait(_ENDING_SECONDS if self.hung_up() else 0)
        except subprocess.TimeoutExpired:
            return False
        return True

    def hung_up(self) -> bool:
        """Whether nobody has the candidate's end of the control socket any more."""
        if self.control.fileno() < 0:  # closed by the caller
            return True
        poller = select.poll()
        poller.register(self.control, 0)  # no event asked for: the end of the other side is told always
        return bool(poller.poll(0))

    def _wait(self) -> None:
        """Until the first process and all below it are gone, and then the launcher; by force when that is stuck."""
        if self._init >= 0:
            # The end of a pid namespace's first process is told only after all others in it have been reaped.
            poller = select.poll()
            poller.register(self._init, select.POLLIN)
            if not poller.poll(_PATIENCE_SECONDS * 1000):
                message = f"the sandbox of process {self._child.pid} does not end after SIGKILL; is a device stuck?"
                raise GraderFault(message)
        try:
            self._child.wait(1.0)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(_PATIENCE_SECONDS)

    def _kill_session(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def _reason(self, *, by_itself: bool) -> Ended:
        code = self._child.returncode
        if self._status >= 0 and by_itself and not _candidate_ran(self._status):
            return Ended(Reason.NOT_STARTED, f"the sandbox was not set up: {self._last_words()}")
        if self._memory_stop:
            return Ended(Reason.MEMORY, "the kernel ended a process of the candidate for memory")
        if not by_itself:
            return Ended(Reason.KILLED, "ended by the grader")
        # A launcher reports a signal as 128 and its number, like a shell.
        number = -code if code < 0 else code - 128
        if number in {*signal.Signals}:
            return Ended(Reason.SIGNALLED, f"the candidate died of {signal.Signals(number).name}")
        return Ended(Reason.EXITED, f"the candidate exited with status {code}")

    def _last_words(self) -> str:
        try:
            return os.read(self.output, 4096).decode(errors="replace").strip() or "it said nothing"
        except BlockingIOError:
            return "it said nothing"

    def _release(self) -> None:
        self.control.close()
        if self._child.stdout is not None:
            self._child.stdout.close()
        for descriptor in (self._init, self._status, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._init = self._status = self._lock = -1
        if self._group is not None:
            self._group.remove()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def launch(
    command: Callable[[int], Sequence[str]],
    *,
    cwd: str,
    environment: dict[str, str],
    inherit: Sequence[int] = (),
    before_exec: Callable[[], None],
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start `command(fd)`, where `fd` is the candidate's end of the control socket; returns our end beside the child.

    `before_exec` runs in the child between fork and exec: it must only make system calls, since a lock that another
    thread held at the fork is held for ever there.
    """
    ours, theirs = socket.socketpair()
    try:
        child = subprocess.Popen(
            command(theirs.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno(), *inherit],
            cwd=cwd,
            env=environment,
            start_new_session=True,
            preexec_fn=before_exec,  # noqa: PLW1509 - see above
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return child, ours


def rlimits(limits: Limits, processes: int) -> list[tuple[int, int]]:
    """The kernel's limits for each process, hard and soft alike.

    CPU must be hard: a soft limit's SIGXCPU can be ignored, the hard one's SIGKILL cannot. `processes` is counted over
    all of the user's, wherever they run.
    """
    return [
        (resource.RLIMIT_AS, limits.memory_mb * _MB),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_mb * _MB),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_SIGPENDING, 256),  # counted by user, too: timers and queued signals
        (resource.RLIMIT_STACK, 8 * _MB),  # a deep recursion meets Python's own limit before this
        (resource.RLIMIT_CORE, 0),
    ]


def apply(wanted: Sequence[tuple[int, int]]) -> None:
    """Set soft and hard limits, never above the present hard one. Only system calls: runs between fork and exec."""
    for kind, value in wanted:
        _, hard = resource.getrlimit(kind)
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (limit, limit))


def _candidate_ran(status: int) -> bool:
    """Whether the launcher reported the candidate's exit status, which it does only when it had been started."""
    os.set_blocking(status, False)
    try:
        told = os.read(status, 4096)
    except BlockingIOError:
        return True
    return any("exit-code" in json.loads(line) for line in told.splitlines() if line.strip())
