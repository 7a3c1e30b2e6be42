"""Nothing of the tests, the reference or the service is in the candidate's reach: its whole world is searched for it.

The search runs from outside, as root may: over the memory, environment, arguments, descriptors and file system of
each process in the sandbox, while a test waits in the student's code. That it finds what must be there (the test's
input) shows that it would find what must not.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from grader.assignment import load
from grader.examiner.seeds import seeds_of
from grader.grading import Examiners

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the memory of the sandbox's processes"),
]

TINY = Path(__file__).parent / "assignments" / "tiny"
SECRET = "postgresql://canary-of-the-database"
INPUT = np.random.default_rng(seeds_of(load(TINY), "test_tiny.py::test_double").inputs).standard_normal((4, 3))
WAITING = """
import pathlib, time
def double(x):
    pathlib.Path("/tmp/asleep").touch()
    time.sleep(1.8)
    return 2.0 * x
"""

HIDDEN = {
    "a test's source": b"The tiny suite: each way of asking, once.",
    "the reference's source": b"The right solution of the tiny assignment.",
    "a test's name": b"test_start",
    "a task's title": b"Doubles an array",
    "the expected value": (2.0 * INPUT).tobytes(),
    "the database's address": SECRET.encode(),
    "the hand-in's place on the host": b"test_isolation_handin",
    "the project's place on the host": str(TINY).encode(),
}


@pytest.fixture(scope="module")
def world(sandbox_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Everything that the processes of a sandbox can reach, by where it was found, in the middle of a test."""
    folder = tmp_path_factory.mktemp("test_isolation_handin")
    handin = packed(folder)
    found: dict[str, bytes] = {}
    with pytest.MonkeyPatch.context() as environment, Examiners(cache=sandbox_cache) as examiners:
        environment.setenv("HANDIN_DATABASE", SECRET)
        grading = threading.Thread(target=examiners.grade, args=(TINY, handin))
        grading.start()
        inside = wait_for_a_test()
        for process in inside:
            process.suspend()
        for process in inside:
            found |= reach(process)
        # One mount namespace, so one file system for all of them.
        found |= {f"file {name}": data for name, data in files(Path("/proc", str(inside[0].pid), "root"))}
        for process in inside:
            process.resume()
        grading.join(60)
    return found


def packed(folder: Path) -> Path:
    (folder / "solution.py").write_text(WAITING)
    with tarfile.open(folder / "handin.tar", "w") as archive:
        archive.add(folder / "solution.py", "solution.py")
    return folder / "handin.tar"


def wait_for_a_test() -> list[psutil.Process]:
    """The candidate's loop, and the process that it has forked for a test and that sleeps in it."""
    deadline = threading.Event()
    timer = threading.Timer(30, deadline.set)
    timer.start()
    try:
        while not deadline.is_set():
            # Other sandboxes of this run may wait idle. In this one the loop's child sleeps, and has no child itself.
            for each in psutil.Process().children(recursive=True):
                # What a start passes through may end between two looks.
                with contextlib.suppress(psutil.NoSuchProcess):
                    parent = each.parent()
                    asleep = Path("/proc", str(each.pid), "root", "tmp", "asleep")
                    ours = parent and is_candidate(each) and is_candidate(parent)
                    if parent and ours and not each.children() and asleep.exists():
                        return [parent, each]
    finally:
        timer.cancel()
    raise TimeoutError("no test began within 30 seconds")


def is_candidate(process: psutil.Process) -> bool:
    try:
        return any("grader/candidate/" in word for word in process.cmdline()) and process.name().startswith("python")
    except psutil.NoSuchProcess:
        return False


def reach(process: psutil.Process) -> dict[str, bytes]:
    proc = Path("/proc") / str(process.pid)
    found = {
        f"{process.pid} arguments": (proc / "cmdline").read_bytes(),
        f"{process.pid} environment": (proc / "environ").read_bytes(),
        f"{process.pid} descriptors": "\n".join(str(fd.readlink()) for fd in (proc / "fd").iterdir()).encode(),
        f"{process.pid} mounts": (proc / "mounts").read_bytes(),
    }
    return found | {f"{process.pid} memory {place}": data for place, data in memory(proc)}


def memory(proc: Path) -> Iterator[tuple[str, bytes]]:
    with (proc / "mem").open("rb", 0) as mem:
        for line in (proc / "maps").read_text().splitlines():
            span, mode, *rest = line.split()
            if mode.startswith("r") and "[v" not in line:
                start, end = (int(each, 16) for each in span.split("-"))
                mem.seek(start)
                yield f"{span} {rest[-1]}", mem.read(end - start)


def files(root: Path) -> Iterator[tuple[str, bytes]]:
    for folder, _folders, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield str(path.relative_to(root)), path.read_bytes()


def test_the_search_finds_what_must_be_there(world):
    assert any(INPUT.tobytes() in data for place, data in world.items() if "memory" in place)
    assert any(b"time.sleep(1.8)" in data for place, data in world.items() if "file handin/solution.py" in place)


@pytest.mark.parametrize("needle", HIDDEN.values(), ids=HIDDEN)
def test_nothing_hidden_is_in_reach(world, needle):
    assert [place for place, data in world.items() if needle in data] == []


def test_descriptors_lead_only_to_pipes_and_sockets_of_the_grading(world):
    for place, data in world.items():
        if "descriptors" in place:
            kinds = {line.split(":")[0] for line in data.decode().splitlines()}
            assert kinds <= {"pipe", "socket", "/dev/null"}, place
