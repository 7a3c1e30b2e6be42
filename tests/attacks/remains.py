"""What a hand-in could leave behind on this machine: processes, control groups, mounts, files, locks, shared memory.

Looked at from outside, after the next hand-in has been graded: by then the sandbox of the attack must be gone whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

LOCKS = Path("/run/handin")
_IN_A_CANDIDATE = 2


class Place(NamedTuple):
    """Where a worker runs. `init` is the process above all that it starts, and `users` those of its sandboxes alone.

    In the folders `kept` no file may be added, but below those of the names `collects` and in files that begin with
    `grows`; below the folders `sealed` none may be changed or removed either; in `shared`, where others write too, none
    may be of the `users`. `groups` hold the sandboxes' control groups.
    """

    init: int
    users: range
    kept: tuple[Path, ...]
    collects: tuple[str, ...] = ()
    grows: str = ""
    sealed: tuple[Path, ...] = ()
    shared: tuple[Path, ...] = ()
    groups: tuple[Path, ...] = ()


class Remains:
    """Looks at one worker's surroundings, as root also at those of a worker in a container."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._seats_ever: set[int] = set()
        self._is_contained = place.init != os.getpid()

    def standing(self) -> set[str]:
        """What may not change from before an attack until after it, in words."""
        self._seats()
        return {*self._mounts(), *self._shared_memory(), *self._files()}

    def sealed(self) -> set[str]:
        """What may not be added, changed or removed from before an attack until after it, in words."""
        # A lock's file is opened for writing whenever it is taken.
        files = (path for folder in self._place.sealed for path in folder.rglob("*") if path.suffix != ".lock")
        # By the time that the kernel keeps: the time of writing is set back by whoever may write.
        return {f"{path}, as of {info.st_ctime_ns}" for path in files if (info := path.lstat())}

    def left(self) -> list[str]:
        """What is left, in words, of gradings that are over.

        Only the seat that waits for the next hand-in may be there for each suite, which its examiner makes when the one
        before it is gone, with its sandbox, and the examiner's nursery; or none, where a worker's process has just been
        replaced after many gradings.
        """
        seats = self._seats()
        waiting = {*seats}
        if max(Counter(seats.values()).values(), default=0) > 1:
            return [f"more than one seat for a suite: {sorted(waiting)}"]
        return [
            *self._processes(waiting, {*seats.values()}),
            *self._groups(waiting),
            *self._locks(waiting),
            *self._files_of_sandboxes(),
        ]

    def _seats(self) -> dict[int, int]:
        """The examiner's processes for one grading each, that run or wait now, and the examiner of each."""
        examiners = {pid for pid in _below(self._place.init) if _is_examiner(pid)}
        parents = {pid: _parent(pid) for pid in examiners}
        seats = {pid: parent for pid, parent in parents.items() if parent in examiners}
        self._seats_ever |= {*seats}
        return seats

    def _processes(self, waiting: set[int], examiners: set[int]) -> Iterator[str]:
        allowed = {pid for seat in waiting for pid in _below(seat)}
        allowed |= {pid for examiner in examiners for pid in _nursery(examiner)}
        ours, users = _below(self._place.init), self._place.users
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                sandboxed = process.uids().real in users or (process.pid in ours and self._is_inside(process))
                if sandboxed and process.pid not in allowed:
                    yield f"process {process.pid}: {' '.join(process.cmdline()) or process.name()}"

    def _is_inside(self, process: psutil.Process) -> bool:
        """Whether it has another process namespace than the worker: that of a sandbox."""
        own, workers = (Path(f"/proc/{pid}/ns/pid").readlink() for pid in (process.pid, self._place.init))
        return own != workers

    def _groups(self, waiting: set[int]) -> Iterator[str]:
        for folder in self._place.groups:
            for group in folder.iterdir():
                creator = group.name.partition("-")[0]
                # Others are of other workers on this machine.
                if creator.isdigit() and int(creator) in self._seats_ever - waiting:
                    yield f"control group {group}"

    def _locks(self, waiting: set[int]) -> Iterator[str]:
        held = 0
        for uid in self._place.users:
            with contextlib.suppress(FileNotFoundError), (LOCKS / f"{uid}.lock").open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    held += 1
        if held > max(1, len(waiting)):
            yield f"{held} locks of sandboxes' users, where only those of {len(waiting)} waiting ones belong"

    def _files_of_sandboxes(self) -> Iterator[str]:
        for folder in self._place.shared:
            for path in folder.glob("*"):
                with contextlib.suppress(OSError):
                    if path.lstat().st_uid in self._place.users:
                        yield f"file {path} of a sandbox's user"

    def _files(self) -> Iterator[str]:
        for kept in self._place.kept:
            for folder, _folders, names in os.walk(kept):
                if Path(folder).relative_to(kept).parts[:1] not in {(name,) for name in self._place.collects}:
                    grows = self._place.grows
                    yield from (f"file {folder}/{name}" for name in names if not (grows and name.startswith(grows)))

    def _mounts(self) -> Iterator[str]:
        for line in Path(f"/proc/{self._place.init}/mountinfo").read_text().splitlines():
            yield f"mount {line.split()[4]}"

    def _shared_memory(self) -> Iterator[str]:
        for kind in ("shm", "msg", "sem"):
            columns, *rows = (line.split() for line in self._objects(kind).splitlines())
            for row in rows:
                if self._is_contained or int(row[columns.index("uid")]) in self._place.users:
                    yield f"System V {kind} {row[1]} of a sandbox's user"
        if self._place.users:
            for line in Path("/proc/key-users").read_text().splitlines():
                if int(line.partition(":")[0]) in self._place.users:
                    yield f"keyring of user {line.strip()}"

    def _objects(self, kind: str) -> str:
        """What /proc/sysvipc says in the worker's own namespace."""
        file = Path("/proc/sysvipc", kind)
        if not self._is_contained:
            return file.read_text()
        command = ["nsenter", "--target", str(self._place.init), "--ipc", "cat", str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _below(pid: int) -> set[int]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return {each.pid for each in psutil.Process(pid).children(recursive=True)}
    return set()


def _nursery(examiner: int) -> set[int]:
    """The processes of an examiner's nursery, and of the one candidate that waits in it: its first one and its loop."""
    found = {pid: depth for pid in _below(examiner) if (depth := _depth_of_nursery(pid))}
    # The launcher, in which the nursery is the first process of a namespace, in which each candidate has one.
    candidates = {pid for pid, depth in found.items() if depth > min(found.values()) + 2}
    return {*found} - (candidates if len(candidates) > _IN_A_CANDIDATE else set())


def _depth_of_nursery(pid: int) -> int:
    """In how many process namespaces a nursery, its launcher or what it has forked runs; 0 for another process."""
    with contextlib.suppress(psutil.Error, OSError):
        if any(word.endswith("candidate/nurse.py") for word in psutil.Process(pid).cmdline()[:-1]):
            status = Path(f"/proc/{pid}/status").read_text()
            return next(len(line.split()) - 1 for line in status.splitlines() if line.startswith("NSpid:"))
    return 0


def _parent(pid: int) -> int | None:
    with contextlib.suppress(psutil.Error):
        parent: int = psutil.Process(pid).ppid()
        return parent
    return None


def _is_examiner(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return "grader.examiner" in psutil.Process(pid).cmdline()
    return False
