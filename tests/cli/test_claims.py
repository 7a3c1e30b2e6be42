"""What a running service holds for itself, and what the next one makes of what a killed one left."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery

from cli.claims import run_folder
from cli.launcher import _worker_answers
from workers.broker import broker_url


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_the_folder_of_a_running_service_is_found_from_its_data_and_gone_at_the_end(data):
    with run_folder(data) as run:
        (run / "socket").touch()
        assert (data / "run").readlink() == run
    assert not run.exists()
    assert list(data.iterdir()) == []


def test_a_killed_service_leaves_its_folder_to_the_next_one(data):
    left = data.parent / "tmp" / "handin-killed"
    left.mkdir()
    (left / "socket").touch()
    (data / "run").symlink_to(left)
    others = data.parent / "tmp" / "handin-other"
    others.mkdir()
    with run_folder(data) as run:
        assert not left.exists()
        assert (data / "run").readlink() == run
    assert others.exists()


def test_a_folder_that_is_gone_already_keeps_nobody_from_starting(data):
    (data / "run").symlink_to(data.parent / "tmp" / "cleared-at-boot")
    with run_folder(data) as run:
        assert run.is_dir()


def test_a_worker_is_asked_again_when_the_broker_died_meanwhile(tmp_path):
    celery = Celery(broker=broker_url(tmp_path / "nobody"), set_as_current=False)
    celery.conf.broker_transport_options = {"max_retries": 0}
    assert not _worker_answers(celery)
