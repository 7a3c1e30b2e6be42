"""A service of processes on a fresh database, broker and data folder: real Celery workers, a real sweeper."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from grader.assignment import suite_hash
from submissions.models import Queue, Suite
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.suites import courses
from tests.services import wait_until
from workers.app import create_app
from workers.wake import wake_through

SCRIPTED = Path(__file__).with_name("programs") / "scripted_worker.py"
WORKER_OPTIONS = ("-Q", "interactive,regrade,check", "--without-mingle", "--without-gossip")


@pytest.fixture
def database_url(request):
    """SQLite, unless a test is parametrised with a database's name: processes are slow to start."""
    return request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")


class Process:
    """A process of the service, with its log."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            # A session of its own: its end takes its children with it, and a Ctrl-C in the terminal is pytest's.
            self._popen = subprocess.Popen(
                command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def says(self, text: str) -> bool:
        assert self._popen.poll() is None, f"ended by itself:\n{self.log.read_text()}"
        return text in self.log.read_text()

    def kill(self) -> None:
        """SIGKILL to the main process alone, as the kernel's out-of-memory killer would."""
        self._popen.kill()
        self._popen.wait()

    def stop(self) -> int:
        """SIGTERM, and its exit status."""
        self._popen.terminate()
        try:
            return self._popen.wait(timeout=30)
        finally:
            self.end()

    def end(self) -> None:
        """Ends what is left of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()


class Service:
    """Starts parts of a service; `table` are its settings, `cast` its course with a suite that unpacks."""

    def __init__(self, cast, broker, folder: Path, url: str) -> None:
        self.cast, self.broker, self.folder = cast, broker, folder
        self.data = folder / "data"
        self.table = Settings(
            data=self.data, database=url, broker=broker.url, sandbox="none", lease_seconds=2, sweep_seconds=0.2
        )
        self.blobs = DirectoryBlobs(self.data / "blobs")
        self.runs_file = folder / "runs"
        self.wake = wake_through(create_app(self.table))
        self.release = folder / "release"
        self._processes: list[Process] = []
        self._publish_suite()

    def _publish_suite(self) -> None:
        folder = self.folder / "lines"
        folder.mkdir()
        (folder / "assignment.toml").write_text("# read by no one here\n")
        (folder / "test_lines.py").write_text("# the same\n")
        blob = self.blobs.put(io.BytesIO(courses._pack(folder)), 1 << 20)
        with self.cast.db.write() as session:
            session.execute(update(Suite).values(hash=suite_hash(folder), blob=blob.sha256))

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "HANDIN_DATA": str(self.data),
            "HANDIN_DATABASE": self.table.database,
            "HANDIN_BROKER": self.table.broker,
            "HANDIN_SANDBOX": "none",
            "HANDIN_LEASE_SECONDS": "2",
            "HANDIN_SWEEP_SECONDS": "0.2",
            "TEST_RUNS": str(self.runs_file),
            "PYTHONPATH": str(Path.cwd()),
        }

    def start(self, *command: str, **environment: str) -> Process:
        """A Python process with the service's settings."""
        log = self.folder / f"log-{len(self._processes)}"
        process = Process([sys.executable, *command], self.environment | environment, log)
        self._processes.append(process)
        return process

    def worker(self, processes: int = 2) -> Process:
        """A ready worker whose grader does what the hand-in says."""
        worker = self.start(str(SCRIPTED), "-c", str(processes), *WORKER_OPTIONS)
        wait_until(lambda: worker.says(" ready."), f"the worker is ready; its log: {worker.log}")
        return worker

    def sweeper(self) -> Process:
        """A running sweeper."""
        return self.start("-m", "workers.sweeper")

    def end(self) -> None:
        for process in self._processes:
            process.end()

    def handed_in(self, content: str, login: str = "ada", queue: Queue = Queue.INTERACTIVE, wake: bool = True) -> int:
        """The queued grading of a hand-in with these bytes; its id."""
        content = f"{content} {time.monotonic_ns()}"
        blob = self.blobs.put(io.BytesIO(content.encode()), 1 << 20)
        assert blob.sha256 == hashlib.sha256(content.encode()).hexdigest()
        grading_id = self.cast.queued(submission=self.cast.upload(login, content.encode()), queue=queue)
        if wake:
            assert self.wake(grading_id, queue)
        return grading_id

    def waiting_handin(self, **options) -> int:
        """A hand-in whose grading runs until `release` is there."""
        return self.handed_in(f"wait {self.release}", **options)

    def runs(self) -> list[str]:
        """The first word of each hand-in that was run, in order."""
        return self.runs_file.read_text().split() if self.runs_file.exists() else []

    def until(self, grading_id: int, state: str) -> None:
        """Waits for a grading's state."""
        wait_until(lambda: self.cast.state(grading_id) == state, f"grading {grading_id} is {state}")


@pytest.fixture
def service(cast, broker, tmp_path, database_url):
    """A service of which nothing runs yet but its broker."""
    service = Service(cast, broker, tmp_path, database_url)
    yield service
    service.end()
