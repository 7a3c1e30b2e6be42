"""`handin up` and `handin demo` in a process of their own, for tests that start, ask and end the whole service."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.portal import Portal
from tests.checks import passes
from tests.faults.handins import HOMEWORK
from tests.school import tar

START_SECONDS = 240
RIGHT = tar({"small.py": (HOMEWORK / "reference" / "small.py").read_bytes()})


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Waits for a condition with a bound, and names what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.05)


class Service:
    """`handin up` or `handin demo` in a process of its own; `output` is what it has printed."""

    def __init__(self, data: Path, command: str, port: int) -> None:
        self.data = data
        self.url = f"http://127.0.0.1:{port}"
        self._log = data.parent / "launcher.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HANDIN_")}
        # What a dead worker held is taken back soon, so that the tests need not wait for it.
        settings = {"DATA": str(data), "PORT": str(port), "LEASE_SECONDS": "5", "SWEEP_SECONDS": "1"}
        told = {f"HANDIN_{name}": value for name, value in settings.items()}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", command],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**clean, **told, "PYTHONUNBUFFERED": "1"},
            )

    @property
    def output(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    def wait_until_serving(self) -> None:
        """Fails with what it has printed where it ends instead."""
        until(lambda: "Handin serves at" in self.output or self.process.poll() is not None, START_SECONDS, "serving")
        assert self.process.poll() is None, self.output

    def handin(self, *arguments: str) -> str:
        """The command, run beside the service on its data."""
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            env={**os.environ, "HANDIN_DATA": str(self.data)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def running(data: Path, command: str = "up") -> Iterator[Service]:
    """The service on that data folder, once it serves; killed at the end if it still runs."""
    service = Service(data, command, free_port())
    try:
        service.wait_until_serving()
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()
        run = data / "run"
        if run.is_symlink():  # killed, it could not remove its own, and no next one does
            shutil.rmtree(run.readlink(), ignore_errors=True)


def descendants(pid: int) -> dict[int, str]:
    """Every process below `pid`, each with its start time, which tells it from a later one of the same number."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(entry.name)] = (int(fields[1]), fields[19])
    found: dict[int, str] = {}
    wanted = {pid}
    while wanted:
        below = {child for child, (parent, _) in parents.items() if parent in wanted}
        found |= {child: parents[child][1] for child in below}
        wanted = below
    return found


def alive(processes: dict[int, str]) -> list[str]:
    """Those of the processes that still run."""
    found = []
    for pid, started in processes.items():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[19] == started and fields[0] != "Z":
            found.append(f"{pid} {command}")
    return found


def final(portal: Portal, submission: int, seconds: float = 90) -> dict[str, object]:
    """What came of a submission, once that is its last word."""
    outcome: dict[str, object] = {}

    def is_final() -> bool:
        outcome.update(portal.submission(submission))
        return bool(outcome["final"])

    until(is_final, seconds, "the grading is final")
    return outcome


def enter(service: Service, folder: Path) -> Portal:
    """The portal with the token of Ada, who is in a course with an assignment: what is missing of that is made."""
    if "ada" not in service.handin("user", "list"):
        service.handin("course", "add", "dl", "Deep Learning")
        service.handin("assignment", "sync", "dl", str(passes(shutil.copytree(HOMEWORK, folder))))
        service.handin("user", "add", "ada", "Ada Adeyemi")
        service.handin("roster", "add", "dl", "ada")
    return Portal(service.url, service.handin("user", "token", "ada"))
