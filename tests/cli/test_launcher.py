"""The whole service under one command, for real: it serves and grades, mends itself, and leaves no process behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cli.demo import CAST, COURSE
from cli.portal import Portal
from submissions import health, pulse
from submissions.database import Database
from submissions.models import State, Submission
from tests.checks import passes
from tests.faults.handins import HOMEWORK
from tests.school import tar

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.sandbox, pytest.mark.timeout(400)]

START_SECONDS = 240
RIGHT = tar({"small.py": (HOMEWORK / "reference" / "small.py").read_bytes()})


@pytest.fixture(scope="module")
def other_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the tests that end the service: each starts it on what the last one left."""
    return tmp_path_factory.mktemp("other") / "var"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(condition: Callable[[], object], seconds: float, what: str) -> None:
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
        return self._log.read_text()

    def wait_until_serving(self) -> None:
        _until(lambda: "Handin serves at" in self.output or self.process.poll() is not None, START_SECONDS, "serving")
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
def _running(data: Path, command: str = "up") -> Iterator[Service]:
    service = Service(data, command, _free_port())
    try:
        service.wait_until_serving()
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()


def _descendants(pid: int) -> dict[int, str]:
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


def _alive(processes: dict[int, str]) -> list[str]:
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


def _child(service: Service, command: str) -> int | None:
    """The process whose command line holds `command`, among those that the launcher itself started."""
    for pid in _descendants(service.process.pid):
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if int(stat[1]) == service.process.pid and command in Path(f"/proc/{pid}/cmdline").read_text():
            return pid
    return None


def _final(portal: Portal, submission: int, seconds: float = 90) -> dict[str, object]:
    outcome: dict[str, object] = {}

    def final() -> bool:
        outcome.update(portal.submission(submission))
        return bool(outcome["final"])

    _until(final, seconds, "the grading is final")
    return outcome


def _refused(data: Path, port: int) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "up"],
        env={**os.environ, "HANDIN_DATA": str(data), "HANDIN_PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that runs, for the tests that leave it running."""
    with _running(tmp_path_factory.mktemp("service") / "var") as service:
        yield service


@pytest.fixture
def student(tmp_path):
    """Ada in a course with an assignment: gives the portal with her token, whatever was there before."""

    def enter(service: Service) -> Portal:
        if "ada" not in service.handin("user", "list"):
            service.handin("course", "add", "dl", "Deep Learning")
            service.handin("assignment", "sync", "dl", str(passes(shutil.copytree(HOMEWORK, tmp_path / "homework"))))
            service.handin("user", "add", "ada", "Ada Adeyemi")
            service.handin("roster", "add", "dl", "ada")
        return Portal(service.url, service.handin("user", "token", "ada"))

    return enter


def test_it_serves_and_grades(service, student) -> None:
    portal = student(service)
    taken = portal.hand_in("dl", "cheap", "handin.tar", RIGHT)
    outcome = _final(portal, taken["submission"])
    assert (outcome["state"], outcome["score"]) == ("graded", 7)


def test_while_it_runs_it_is_verified_backed_up_and_restored_elsewhere(service, student, tmp_path) -> None:
    portal = student(service)
    taken = portal.hand_in("dl", "cheap", "handin.tar", RIGHT)
    _final(portal, taken["submission"])
    assert "everything is as it must be" in service.handin("verify")
    service.handin("backup", str(tmp_path / "backup"))
    elsewhere = {**os.environ, "HANDIN_DATA": str(tmp_path / "elsewhere")}
    restore = [sys.executable, "-m", "cli", "restore", str(tmp_path / "backup")]
    done = subprocess.run(restore, env=elsewhere, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(Database(f"sqlite:///{service.data / 'handin.sqlite3'}")) as db, db.read() as session:
        assert pulse.last(session, pulse.SWEEPER)
        assert [worker.detail["gradings"] for worker in pulse.workers(session)] == [2]
        outcome = health.verification(session)
    assert outcome is not None
    assert outcome.found == 0


def test_a_process_that_dies_is_started_again_and_said_so(service) -> None:
    first = _child(service, "workers.sweeper")
    assert first
    os.kill(first, signal.SIGKILL)
    _until(lambda: "sweeper is started again" in service.output, 30, "started again")
    assert "sweeper ended (signal SIGKILL)" in service.output
    _until(lambda: _child(service, "workers.sweeper"), 30, "the sweeper runs")
    assert _child(service, "workers.sweeper") != first


def test_a_second_service_on_the_same_data_is_refused(service) -> None:
    done = _refused(service.data, _free_port())
    assert f"a service runs on {service.data} already (process {service.process.pid})" in done.stderr


@pytest.mark.parametrize("asked_by", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_leaves_no_process(other_data, asked_by) -> None:
    with _running(other_data) as service:
        processes = _descendants(service.process.pid)
        assert len(processes) >= 5
        service.process.send_signal(asked_by)
        assert service.process.wait(45) == 0
        assert _alive(processes) == []
        assert "stopping: waiting for the running grading" in service.output
        assert service.output.endswith("stopped\n")


def test_killed_in_the_middle_of_a_grading_it_leaves_no_process_and_loses_nothing(other_data, student) -> None:
    with _running(other_data) as service:
        portal = student(service)
        taken = portal.hand_in("dl", "cheap", "handin.tar", RIGHT)
        _until(lambda: portal.submission(taken["submission"])["state"] == "running", 30, "running")
        processes = _descendants(service.process.pid)
        service.process.kill()
        _until(lambda: not _alive(processes), 30, "every process is gone")
    with closing(Database(f"sqlite:///{service.data / 'handin.sqlite3'}")) as db, db.read() as session:
        assert session.get_one(Submission, taken["submission"]).gradings[0].state == State.RUNNING
    with _running(other_data) as service:
        portal = Portal(service.url, service.handin("user", "token", "ada"))
        outcome = _final(portal, taken["submission"], seconds=150)
        assert (outcome["state"], outcome["score"]) == ("graded", 7)


def test_a_port_in_use_is_said_before_anything_starts(tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _refused(tmp_path / "var", port)
    assert f"127.0.0.1:{port} is in use by another program" in done.stderr
    assert not (tmp_path / "var" / "log").exists()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").touch()
    done = _refused(tmp_path / "file" / "var", _free_port())
    assert f"the data folder {tmp_path}/file/var cannot be written" in done.stderr


def test_a_second_demo_uploads_nothing_twice_and_prints_the_same_passwords(tmp_path) -> None:
    data = tmp_path / "var"
    with _running(data, "demo") as service:
        first = service.output
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(45) == 0
    with _running(data, "demo") as service:
        second = service.output
        listed = service.handin("roster", "list", COURSE)
    logins = {person.login: re.search(rf"^{person.login} +(\S+)", first, re.MULTILINE) for person in CAST}
    for person in CAST:
        match = logins[person.login]
        assert match, first
        assert match[0] in second
        assert re.search(rf"{person.login} .*{person.role}", listed)
    assert len({match[1] for match in logins.values() if match}) == len(CAST)
    for output in (first, second):
        assert re.search(r"^total +100 +41 +94$", output, re.MULTILINE), output
    assert second.count("had handed in already") == 3
    assert "Using the demo course that is there" in second
    assert "Making the demo course" not in second
    assert "submissions/4/" not in second
    assert (data / "demo-passwords.json").stat().st_mode & 0o777 == 0o600
