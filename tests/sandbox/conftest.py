"""The real sandbox, with small programs in the candidate's place (`programs/`)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import Limits, Sandbox, cgroup
from grader.sandbox.bubblewrap import Bubblewrap
from grader.sandbox.nursery import Nursery
from grader.sandbox.process import Process

PROGRAMS = Path(__file__).parent / "programs"
FIRST_UID = 64123
PATIENCE_SECONDS = 30
DEFAULT = Limits()

Start = Callable[..., Process]


@pytest.fixture(scope="session")
def prepared(sandbox_cache: Path) -> Bubblewrap:
    """The sandbox with the true candidate loop, its root built."""
    sandbox = Bubblewrap(FIRST_UID, sandbox_cache)
    sandbox.prepare()
    return sandbox


@pytest.fixture(scope="session", params=[Bubblewrap, Nursery], ids=lambda each: each.name)
def launch(request: pytest.FixtureRequest, prepared: Bubblewrap) -> Start:
    """launch("look", Limits()) runs programs/look.py in a sandbox; its control socket has a timeout. Reap it after.

    What runs at the same time as another is of another `worker`.
    """

    @cache  # a nursery is one for many starts
    def sandbox(program: str, _worker: int) -> Sandbox:
        made: Sandbox = request.param(FIRST_UID, prepared.cache, ("-c", (PROGRAMS / f"{program}.py").read_text()))
        return made

    def launch_program(program: str, limits: Limits = DEFAULT, worker: int = 1) -> Process:
        running = sandbox(program, worker).start(limits)
        running.control.settimeout(PATIENCE_SECONDS)
        return running

    return launch_program


@pytest.fixture
def start(launch: Start) -> Iterator[Start]:
    """As `launch`; what a test leaves running is reaped after it."""
    started = []

    def start_program(*arguments: Any) -> Process:
        started.append(launch(*arguments))
        return started[-1]

    yield start_program
    for running in started:
        running.reap()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that every user of the host can walk down to (pytest's own are for one user alone)."""
    folder = Path(tempfile.mkdtemp(prefix="handin-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def everything() -> Callable[[Process], bytes]:
    """Reads the control socket until the candidate hangs up."""

    def read(running: Process) -> bytes:
        parts = []
        while part := running.control.recv(1 << 16):
            parts.append(part)
        return b"".join(parts)

    return read


@pytest.fixture
def family() -> Callable[[int], dict[int, int]]:
    """family(pid): that process and all below it, each with a pidfd, which cannot come to mean another process."""
    opened: list[int] = []

    def look(pid: int) -> dict[int, int]:
        parents = dict(_parents())
        members, size = {pid}, 0
        while len(members) > size:
            size = len(members)
            members |= {child for child, parent in parents.items() if parent in members}
        found = {member: os.pidfd_open(member) for member in members}
        opened.extend(found.values())
        return found

    yield look
    for descriptor in opened:
        os.close(descriptor)


@pytest.fixture
def groups() -> Callable[[int], list[Path]]:
    """groups(pid): the control groups that a process has made and not removed."""

    def look(pid: int) -> list[Path]:
        hierarchy = cgroup.find()
        folders = set() if hierarchy is None else set(hierarchy.folders.values())
        return [group for folder in folders for group in folder.glob(f"{pid}-*")]

    return look


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2]
        except (FileNotFoundError, ProcessLookupError):  # ended while we looked
            continue
        yield int(stat.parent.name), int(after_name.split()[1])
