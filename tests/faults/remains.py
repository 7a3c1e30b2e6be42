"""What an installation that was stopped may not leave on its machine: processes, control groups, temporary files."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from grader.sandbox import cgroup
from grader.sandbox.slots import SLOTS
from tests.faults.installation import FIRST_UID, Installation

SETTLING_SECONDS = 15.0
_LOOK_EVERY = 0.3


class Remains:
    """Looks at an installation from outside. Remembers whose control groups are its own: they are named by process."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._hierarchy = cgroup.find()
        self._groups = set(self._hierarchy.folders.values()) if self._hierarchy else set()
        self._ours: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def left(self) -> list[str]:
        """What is left, in words, once all has been stopped and had a moment to end.

        Killed workers' control groups are removed when the next sandbox is made, which is done here.
        """
        self._stop.set()
        self._thread.join()
        until = time.monotonic() + SETTLING_SECONDS
        while (found := [*self._processes(), *self._control_groups(), *self._files()]) and time.monotonic() < until:
            if self._hierarchy:
                self._hierarchy.sweep()
            time.sleep(0.2)
        return found

    def _follow(self) -> None:
        while not self._stop.wait(_LOOK_EVERY):
            below = {str(process.pid) for process in psutil.Process().children(recursive=True)}
            self._ours |= {group.name for group in self._folders() if group.name.partition("-")[0] in below}

    def _folders(self) -> Iterator[Path]:
        for folder in self._groups:
            with contextlib.suppress(OSError):
                yield from (group for group in folder.iterdir() if group.is_dir())

    def _control_groups(self) -> Iterator[str]:
        for group in self._folders():
            if group.name in self._ours:
                yield f"control group {group}"

    def _processes(self) -> Iterator[str]:
        users = range(FIRST_UID, FIRST_UID + SLOTS) if os.geteuid() == 0 else ()
        mark = str(self._installation.folder)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                words, environment = process.cmdline(), process.environ()
                if process.uids().real in users or any(mark in text for text in (*words, *environment.values())):
                    yield f"process {process.pid}: {' '.join(words) or process.name()}"

    def _files(self) -> Iterator[str]:
        data = self._installation.data
        yield from (f"temporary file {path}" for path in (self._installation.folder / "tmp").glob("*/*"))
        for folder in (data, *(path for path in data.iterdir() if path.is_dir() and not path.is_symlink())):
            yield from (f"temporary file {path}" for path in folder.iterdir() if path.name.startswith("."))
