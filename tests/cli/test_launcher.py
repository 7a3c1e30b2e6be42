"""The whole service under one command, for real: it serves and grades, mends itself, and says why it cannot run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.portal import Portal
from submissions.service import health, pulse
from submissions.storage.database import Database
from tests.cli.launched import RIGHT, Service, descendants, enter, final, free_port, running, until

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.sandbox, pytest.mark.timeout(400)]


def _child(service: Service, command: str) -> int | None:
    """The process whose command line holds `command`, among those that the launcher itself started."""
    for pid in descendants(service.process.pid):
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if int(stat[1]) == service.process.pid and command in Path(f"/proc/{pid}/cmdline").read_text():
            return pid
    return None


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
    with running(tmp_path_factory.mktemp("service") / "var") as service:
        yield service


@pytest.fixture
def student(tmp_path) -> Callable[[Service], Portal]:
    return lambda service: enter(service, tmp_path / "homework")


def test_it_serves_and_grades(service, student) -> None:
    portal = student(service)
    taken = portal.hand_in("dl", "cheap", "handin.tar", RIGHT)
    outcome = final(portal, taken["submission"])
    assert (outcome["state"], outcome["score"]) == ("graded", 7)


def test_while_it_runs_it_is_verified_backed_up_and_restored_elsewhere(service, student, tmp_path) -> None:
    portal = student(service)
    taken = portal.hand_in("dl", "cheap", "handin.tar", RIGHT)
    final(portal, taken["submission"])
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
    until(lambda: "sweeper is started again" in service.output, 30, "started again")
    assert "sweeper ended (signal SIGKILL)" in service.output
    until(lambda: _child(service, "workers.sweeper"), 30, "the sweeper runs")
    assert _child(service, "workers.sweeper") != first


def test_a_second_service_on_the_same_data_is_refused(service) -> None:
    done = _refused(service.data, free_port())
    assert f"a service runs on {service.data} already (process {service.process.pid})" in done.stderr


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
    done = _refused(tmp_path / "file" / "var", free_port())
    assert f"the data folder {tmp_path}/file/var cannot be written" in done.stderr
