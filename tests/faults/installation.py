"""A real installation that troubles come upon: its processes, its database, its disk and its clock.

Either each process by itself, started again as soon as it ends, as a service manager does; or `handin up`, which minds
its own and is started again itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import redis

from cli.child import Child
from grader.sandbox.slots import SLOTS
from submissions.models import Role
from submissions.people import people
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.storage.migrate import upgrade
from submissions.suites import courses
from tests.checks import passed
from tests.faults.disk import SmallDisk
from tests.faults.handins import HOMEWORK, MAX_MB
from tests.faults.postgresql import PostgreSQL
from workers.broker import broker_command, broker_url

CLOCK = Path(__file__).with_name("clock")
COURSE, ASSIGNMENT = "dl", "cheap"
LEASE_SECONDS = 4
# Troubles come a thousand times as often as in life, and each that hits a worker costs the grading one of its tries.
MAX_ATTEMPTS = 100
# Users that no other service on this machine has: whatever they own is this installation's doing.
FIRST_UID = 500_000 + SLOTS * (os.getpid() % 5_000)
READY_SECONDS = 120.0
STOP_SECONDS = 20.0
# What the command line of each kind of process holds.
KINDS = {
    "web": "gunicorn",
    "worker": "celery",
    "sweeper": "workers.sweeper",
    "broker": "unixsocket",  # before and after the server has given itself a title
    "launcher": "cli\0up",
    "examiner": "grader.examiner",
}


class Installation:
    """One installation in `folder`, of which the data folder lies on a `disk` of its own where that can be had."""

    def __init__(
        self, folder: Path, sandbox_cache: Path, disk: SmallDisk, postgresql: PostgreSQL | None, up: bool
    ) -> None:
        self.disk, self.postgresql, self.up = disk, postgresql, up
        self.folder = folder
        self.data = disk.folder / "data"
        self.data.mkdir(mode=0o700)
        # Made once and kept between runs, as building it takes seconds; it would not fit on the small disk either.
        sandbox_cache.mkdir(parents=True, exist_ok=True)
        (self.data / "cache").symlink_to(sandbox_cache)
        self._broker_data = self.data / "broker" if up else folder / "redis"
        self._clock = folder / "clock"
        self.off_by(0)
        self.table = Settings(
            data=self.data,
            database=postgresql.url if postgresql else "",
            broker="" if up else broker_url(folder / "broker"),
            port=_free_port(),
            web_processes=2,
            grading_processes=2,
            sandbox_uid=FIRST_UID,
            max_upload_mb=MAX_MB,
            upload_limit=0,
            upload_limit_address=0,
            lease_seconds=LEASE_SECONDS,
            sweep_seconds=0.5,
            max_attempts=MAX_ATTEMPTS,
            _env_file=None,
        )
        self._held: set[str] = set()
        logs = folder / "log"
        logs.mkdir()
        programs = {"launcher": ["up"]} if up else {name: [name] for name in ("worker", "sweeper", "web")}
        commands = {name: [sys.executable, "-m", "cli", *words] for name, words in programs.items()}
        if not up:
            self._broker_data.mkdir()
            commands = {"broker": broker_command(folder / "broker", self._broker_data), **commands}
        self._children = [Child(name, command, logs, self._environment(name)) for name, command in commands.items()]
        self.restarts = 0

    def _environment(self, program: str) -> dict[str, str]:
        told = {f"HANDIN_{name.upper()}": str(value) for name, value in self.table.model_dump().items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HANDIN_")}
        return {
            **clean,
            **told,
            "PYTHONPATH": str(CLOCK),
            "FAULTS_CLOCK": str(self._clock),
            "TMPDIR": str(self._tmp(program)),
        }

    def _tmp(self, program: str) -> Path:
        """An empty folder for what the program keeps while it runs, as `PrivateTmp` of a unit file gives it one."""
        tmp = self.folder / "tmp" / program
        if not self.up:  # the launcher sees to its own
            shutil.rmtree(tmp, ignore_errors=True)
        tmp.mkdir(parents=True, exist_ok=True)
        return tmp

    @contextmanager
    def running(self) -> Iterator[None]:
        """Starts everything and waits until it answers; at the end stops all in the opposite order."""
        upgrade(self.table.database_url)
        try:
            for child in self._children:
                child.start()
            self.wait_for(self.answers, "the portal answers")
            yield
        finally:
            self.let_go()
            for process in (each for kind in ("web", "sweeper", "worker") for each in self.main(kind) if not self.up):
                _ask_to_stop(process)  # all at once: each takes its time
            for child in reversed(self._children):
                child.stop(STOP_SECONDS)
                self._tmp(child.name)

    def enrol(self, students: int) -> dict[str, str]:
        """Makes the course, its published assignment and its students; each login's API token."""
        database, tokens = Database(self.table.database_url), {}
        try:
            suite = courses.sync_suite(database, DirectoryBlobs(self.data / "blobs"), HOMEWORK)
            with database.write() as session:
                course = courses.create_course(session, COURSE, "Deep Learning")
                passed(session, suite)
                courses.create_assignment(session, course.id, ASSIGNMENT, "Three small functions", suite=suite)
                for number in range(students):
                    user = people.create_user(session, f"student-{number}", f"Student {number}")
                    people.enrol(session, course.id, user.id, Role.STUDENT)
                    tokens[user.login] = people.create_api_token(session, user.id, "faults")
        finally:
            database.close()
        return tokens

    def tend(self) -> None:
        """Starts again what has ended, unless it is held down."""
        for child in self._children:
            if child.name not in self._held and not child.alive:
                child.stop(0)  # what it left in its session
                self._tmp(child.name)
                child.start()
                self.restarts += 1

    def pause(self, seconds: float) -> None:
        """Waits, and meanwhile tends."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.tend()
            time.sleep(min(0.1, left))

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = READY_SECONDS) -> None:
        """Tends until the condition holds. Raises TimeoutError, naming what did not happen."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError(f"not within {seconds:.0f} s: {what}; see {self.folder}")
            self.pause(0.2)

    @contextmanager
    def held_down(self, name: str) -> Iterator[None]:
        """Nobody starts that program again until the end of the block; `handin up` does not let itself be told."""
        self._held.add(name)
        try:
            yield
        finally:
            self._held.discard(name)

    def processes(self, kind: str) -> list[psutil.Process]:
        """The running processes of a kind, parents before children."""
        found = []
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if KINDS[kind] in "\0".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def main(self, kind: str) -> list[psutil.Process]:
        """Of a kind's processes those that started the others."""
        all_ = self.processes(kind)
        return [each for each in all_ if _parent(each) not in {other.pid for other in all_}]

    def children(self, kind: str) -> list[psutil.Process]:
        """Of a kind's processes those that another one started."""
        main = set(self.main(kind))
        return [each for each in self.processes(kind) if each not in main]

    def broker(self) -> redis.Redis:
        """A client of the broker."""
        socket_path = (self.data / "run" if self.up else self.folder) / "broker"
        return redis.Redis(unix_socket_path=str(socket_path), socket_timeout=5)

    def lose_broker_file(self) -> None:
        """Removes what the broker had written down."""
        shutil.rmtree(self._broker_data / "appendonlydir", ignore_errors=True)

    def off_by(self, seconds: float) -> None:
        """Moves the clock of the program so far from the machine's."""
        whole = self._clock.with_suffix(".new")
        whole.write_text(str(seconds))
        whole.rename(self._clock)

    def let_go(self) -> None:
        """Undoes whatever a trouble that was broken off has left."""
        self.off_by(0)
        self.disk.release()
        self._held.clear()
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if process.status() == psutil.STATUS_STOPPED:
                    process.resume()

    def answers(self) -> bool:
        """Whether the portal takes connections and its database answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.table.port}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def keep_logs(self, place: Path) -> None:
        """Copies what its programs had to say."""
        for logs in (self.folder / "log", self.data / "log"):
            if logs.is_dir():
                shutil.copytree(logs, place, dirs_exist_ok=True)


def _ask_to_stop(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()


def _parent(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return process.ppid()
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
