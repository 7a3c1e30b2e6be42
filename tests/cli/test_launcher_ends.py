"""However the whole service is ended, it leaves no process behind and loses nothing."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path

import pytest

from cli.portal import Portal
from submissions.models import State, Submission
from submissions.storage.database import Database
from tests.cli.launched import RIGHT, alive, descendants, enter, final, running, until

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.sandbox, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def other_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the tests that end the service: each starts it on what the last one left."""
    return tmp_path_factory.mktemp("other") / "var"


@pytest.mark.parametrize("asked_by", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_leaves_no_process(other_data, asked_by) -> None:
    with running(other_data) as service:
        processes = descendants(service.process.pid)
        assert len(processes) >= 5
        service.process.send_signal(asked_by)
        assert service.process.wait(45) == 0
        assert alive(processes) == []
        assert "stopping: waiting for the running grading" in service.output
        assert service.output.endswith("stopped\n")


def test_killed_in_the_middle_of_a_grading_it_leaves_no_process_and_loses_nothing(other_data, tmp_path) -> None:
    with running(other_data) as service:
        portal = enter(service, tmp_path / "homework")
        taken = portal.hand_in("dl", "cheap", "handin.tar", RIGHT)
        until(lambda: portal.submission(taken["submission"])["state"] == "running", 30, "running")
        processes = descendants(service.process.pid)
        service.process.kill()
        until(lambda: not alive(processes), 30, "every process is gone")
    with closing(Database(f"sqlite:///{service.data / 'handin.sqlite3'}")) as db, db.read() as session:
        assert session.get_one(Submission, taken["submission"]).gradings[0].state == State.RUNNING
    with running(other_data) as service:
        portal = Portal(service.url, service.handin("user", "token", "ada"))
        outcome = final(portal, taken["submission"], seconds=150)
        assert (outcome["state"], outcome["score"]) == ("graded", 7)
