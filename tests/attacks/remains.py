"""What a hand-in could leave behind on this machine: processes, control groups, mounts, files, locks, shared memory.

Looked at from outside, after the next hand-in has been graded: by then the sandbox of the attack must be gone whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from grader.sandbox import cgroup
from grader.sandbox.slots import SLOTS

TEMPORARY = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run/lock"))
LOCKS = Path("/run/handin")


class Remains:
    """Looks at one worker's surroundings. `uid` is the first user of its sandboxes, used when we are root."""

    def __init__(self, data: Path, uid: int) -> None:
        self._data = data
        self._users = range(uid, uid + SLOTS) if os.geteuid() == 0 else range(0)
        hierarchy = cgroup.find()
        self._seats_ever: set[int] = set()
        self._group_folders = set(hierarchy.folders.values()) if hierarchy else set()

    def standing(self) -> set[str]:
        """What may not change from before an attack until after it, in words."""
        return {*_mounts(), *self._shared_memory(), *self._files()}

    def seats(self) -> set[int]:
        """The examiner's processes for one grading each, that run or wait now."""
        examiners = {each.pid: each for each in psutil.Process().children(recursive=True) if _is_examiner(each)}
        found = {pid for pid, each in examiners.items() if each.ppid() in examiners}
        self._seats_ever |= found
        return found

    def left(self, used: set[int]) -> list[str]:
        """What is left, in words, of gradings whose seats (`used`) must be gone by now.

        Only the seat that waits for the next hand-in may be there, and below it its sandbox; or none, where a worker's
        process has just been replaced after many gradings.
        """
        waiting = self.seats()
        if len(waiting) > 1 or waiting & used:
            return [f"seats {sorted(waiting)}, of which {sorted(waiting & used)} should be gone"]
        return [*self._processes(waiting), *self._groups(waiting), *self._locks(), *self._files_of_sandboxes()]

    def _processes(self, waiting: set[int]) -> Iterator[str]:
        allowed = {pid for seat in waiting for pid in _below(seat)}
        ours = _below(os.getpid())
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                sandboxed = process.uids().real in self._users or (process.pid in ours and _is_elsewhere(process))
                if sandboxed and process.pid not in allowed:
                    yield f"process {process.pid}: {' '.join(process.cmdline()) or process.name()}"

    def _groups(self, waiting: set[int]) -> Iterator[str]:
        for folder in self._group_folders:
            for group in folder.iterdir():
                creator = group.name.partition("-")[0]
                # Others are of other workers on this machine.
                if creator.isdigit() and int(creator) in self._seats_ever - waiting:
                    yield f"control group {group}"

    def _locks(self) -> Iterator[str]:
        held = 0
        for uid in self._users:
            with contextlib.suppress(FileNotFoundError), (LOCKS / f"{uid}.lock").open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    held += 1
        if held > 1:
            yield f"{held} locks of sandboxes' users, where only the waiting one belongs"

    def _files_of_sandboxes(self) -> Iterator[str]:
        for folder in TEMPORARY:
            for path in folder.glob("*"):
                with contextlib.suppress(OSError):
                    if path.lstat().st_uid in self._users:
                        yield f"file {path} of a sandbox's user"

    def _files(self) -> Iterator[str]:
        """The data folder but for what it is there to collect: hand-ins by their hash, rows, log lines."""
        for folder, _folders, names in os.walk(self._data):
            top = Path(folder).relative_to(self._data).parts[:1]
            if top not in (("blobs",), ("broker",)):
                yield from (f"file {folder}/{name}" for name in names if not name.startswith("handin.sqlite3"))

    def _shared_memory(self) -> Iterator[str]:
        for kind in ("shm", "msg", "sem"):
            columns, *rows = (line.split() for line in Path("/proc/sysvipc", kind).read_text().splitlines())
            for row in rows:
                if int(row[columns.index("uid")]) in self._users:
                    yield f"System V {kind} {row[1]} of a sandbox's user"
        if self._users:
            for line in Path("/proc/key-users").read_text().splitlines():
                if int(line.partition(":")[0]) in self._users:
                    yield f"keyring of user {line.strip()}"


def _below(pid: int) -> set[int]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return {each.pid for each in psutil.Process(pid).children(recursive=True)}
    return set()


def _is_examiner(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return "grader.examiner" in process.cmdline()
    return False


def _is_elsewhere(process: psutil.Process) -> bool:
    return (Path("/proc") / str(process.pid) / "ns/pid").readlink() != Path("/proc/self/ns/pid").readlink()


def _mounts() -> Iterator[str]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        yield f"mount {line.split()[4]}"
