"""Control groups: one for each candidate, which bounds its memory and processes together and tells what the kernel did.

Version 1 (one tree for each controller) and 2 (one tree) where a folder `handin` can be made or was delegated to us.
Without any, `find` answers None and only rlimits are left: each process is then bounded, but not all of them together.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import signal
import time
from pathlib import Path

from grader.report import GraderFault
from grader.sandbox.contract import Limits

FOLDER = "handin"
_CONTROLLERS = ("memory", "pids")
_PATIENCE_SECONDS = 10.0
_MB = 1 << 20


class Hierarchy:
    """Where groups can be made: one writable folder for both controllers (version 2), or one for each (version 1)."""

    def __init__(self, version: int, folders: dict[str, Path]) -> None:
        self.version = version
        self.folders = folders

    def make(self, limits: Limits, extra_processes: int) -> Group:
        """A fresh, empty group with `limits`. Raises GraderFault.

        `extra_processes` are the launcher's own. What lies in the two tmpfs folders is charged as memory, so their
        sizes come on top of the memory limit: a full disk is then ENOSPC, not an out-of-memory kill.
        """
        memory = str((limits.memory_mb + 2 * limits.disk_mb) * _MB)
        processes = str(limits.processes + extra_processes)
        # The creator's pid is in the name, so that `sweep` can tell a dead worker's groups from a living one's.
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        group = Group(self.version, {key: folder / name for key, folder in self.folders.items()})
        try:
            self.sweep()
            for folder in set(group.folders.values()):
                folder.mkdir()
            if self.version == 1:
                group.write("memory", "memory.limit_in_bytes", memory)
                group.write("memory", "memory.memsw.limit_in_bytes", memory, optional=True)
            else:
                group.write("memory", "memory.max", memory)
                group.write("memory", "memory.swap.max", "0", optional=True)
                group.write("memory", "memory.oom.group", "0", optional=True)
            group.write("pids", "pids.max", processes)
        except OSError as error:
            group.remove()
            message = f"A control group could not be set up: {error}"
            raise GraderFault(message) from error
        return group

    def sweep(self) -> None:
        """Remove the groups that killed workers left, and end what is still in them.

        A launcher that was killed half-way through making a sandbox leaves the first process of it waiting for ever.
        Waits for none of them: what empties only later, or never, is left to the next sweep.
        """
        names = {group.name for folder in set(self.folders.values()) for group in folder.iterdir() if group.is_dir()}
        for name in names:
            creator = name.partition("-")[0]
            if creator.isdigit() and not Path("/proc", creator).exists():
                # What another worker sweeps at the same time, or nobody can end, must not keep this one from grading.
                with contextlib.suppress(OSError, GraderFault):
                    Group(self.version, {key: folder / name for key, folder in self.folders.items()}).remove(patience=0)


class Group:
    """One candidate's group."""

    def __init__(self, version: int, folders: dict[str, Path]) -> None:
        self.version = version
        self.folders = folders
        self._oom_kills_seen = 0

    def write(self, controller: str, name: str, value: str, *, optional: bool = False) -> None:
        """Set one limit. An `optional` one is left out where the kernel was built without it (swap accounting)."""
        path = self.folders[controller] / name
        if not optional or path.exists():
            path.write_text(value)

    def entrances(self) -> list[int]:
        """Open descriptors; a process of one thread that writes "0" to each is inside. The caller closes them.

        Version 1's `tasks` takes a single thread without the kernel's lock over all thread groups, which costs 10 ms.
        """
        name = "tasks" if self.version == 1 else "cgroup.procs"
        return [os.open(folder / name, os.O_WRONLY | os.O_CLOEXEC) for folder in self._distinct()]

    def oom_kill(self) -> bool:
        """Whether the kernel ended a process of the group for memory since the last call."""
        name = "memory.oom_control" if self.version == 1 else "memory.events"
        found = re.search(r"^oom_kill (\d+)$", (self.folders["memory"] / name).read_text(), re.MULTILINE)
        kills = int(found[1]) if found else 0
        happened = kills > self._oom_kills_seen
        self._oom_kills_seen = kills
        return happened

    def processes(self) -> list[int]:
        """The pids inside, as we see them."""
        try:
            text = (self._distinct()[0] / "cgroup.procs").read_text()
        except FileNotFoundError:
            return []
        # A process of a namespace that is not ours is listed as 0, which a signal takes for all of our own.
        return [int(pid) for pid in text.split() if pid != "0"]

    def remove(self, patience: float = _PATIENCE_SECONDS) -> None:
        """Kill whatever is still inside and remove the group. Idempotent.

        Raises GraderFault when it has not emptied after `patience` seconds.
        """
        deadline = time.monotonic() + patience
        for folder in self._distinct():
            while not _removed(folder):
                # Only processes of the group can be in it, so a pid from its list is safe to signal while it is listed;
                # usually there are none left and the kernel just needs a moment to let go.
                for pid in self.processes():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                if time.monotonic() > deadline:
                    message = f"{folder} still has processes after {patience:.0f} s; look at its cgroup.procs"
                    raise GraderFault(message)
                time.sleep(0.002)

    def _distinct(self) -> list[Path]:
        return list(dict.fromkeys(self.folders.values()))


def find() -> Hierarchy | None:
    """The hierarchy in which this process may make groups, or None."""
    mounts = _mounts(Path("/proc/self/mountinfo").read_text())
    for make in (_version_2, _version_1):
        hierarchy = make(mounts)
        if hierarchy is not None:
            return hierarchy
    return None


def _mounts(mountinfo: str) -> dict[str, Path]:
    """Where cgroup file systems are mounted: by controller for version 1, under "2" for version 2."""
    found: dict[str, Path] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _source, options = after.split(" ", 2)
        place = Path(before.split()[4])
        if kind == "cgroup2":
            found.setdefault("2", place)
        elif kind == "cgroup":
            for controller in _CONTROLLERS:
                if controller in options.split(","):
                    found.setdefault(controller, place)
    return found


def _version_1(mounts: dict[str, Path]) -> Hierarchy | None:
    if not all(controller in mounts for controller in _CONTROLLERS):
        return None
    folders = {controller: mounts[controller] / FOLDER for controller in _CONTROLLERS}
    return Hierarchy(1, folders) if all(_usable(folder) for folder in folders.values()) else None


def _version_2(mounts: dict[str, Path]) -> Hierarchy | None:
    top = mounts.get("2")
    # As on a hybrid host, where version 1 has the controllers; or none can be seen, since something hides the mount.
    if top is None or not set(_CONTROLLERS) <= _words(top / "cgroup.controllers"):
        return None
    folder = top / FOLDER
    if not _usable(folder):
        return None
    # A controller must be handed down on each level. A container's own top group holds processes and refuses (EBUSY).
    for level in (top, folder):
        control = level / "cgroup.subtree_control"
        missing = set(_CONTROLLERS) - set(control.read_text().split())
        if missing:
            try:
                control.write_text(" ".join(f"+{controller}" for controller in sorted(missing)))
            except OSError:
                return None
    return Hierarchy(2, dict.fromkeys(_CONTROLLERS, folder))


def _words(file: Path) -> set[str]:
    try:
        return set(file.read_text().split())
    except OSError:
        return set()


def _usable(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno == errno.EBUSY:
            return False
        raise
    return True
