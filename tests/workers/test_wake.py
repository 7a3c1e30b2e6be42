"""A wake-up is a message with a number in it, and may be lost."""

from __future__ import annotations

import json

import pytest
from redis.connection import UnixDomainSocketConnection

from submissions.models import Queue
from submissions.settings import Settings
from workers.app import create_app
from workers.wake import wake_through


@pytest.mark.services
def test_a_wake_up_carries_the_id_alone_in_its_queue(broker):
    wake = wake_through(create_app(Settings(broker=broker.url)))
    assert wake(17, Queue.REGRADE)
    with broker.client() as client:
        assert client.llen("interactive") == 0
        (message,) = client.lrange("regrade", 0, -1)
    envelope = json.loads(message)
    assert envelope["headers"]["task"] == "handin.grade"
    assert envelope["headers"]["argsrepr"] == "(17,)"
    assert envelope["content-type"] == "application/json"


@pytest.mark.services
def test_a_broker_that_went_away_is_tried_once_and_one_that_came_back_is_used(broker, monkeypatch):
    """Once, because a student waits for it: a client that retries keeps them for as long as it likes."""
    tries = []
    connect = UnixDomainSocketConnection._connect
    monkeypatch.setattr(UnixDomainSocketConnection, "_connect", lambda self: tries.append(self) or connect(self))
    wake = wake_through(create_app(Settings(broker=broker.url)))
    assert wake(1, "interactive")
    broker.stop()
    tries.clear()
    assert not wake(2, "interactive")
    assert len(tries) == 1
    broker.start()
    assert wake(3, "interactive")


def test_without_a_broker_nothing_is_sent_and_nothing_raised(capsys):
    assert not wake_through(create_app(Settings(broker="")))(1, "interactive")
    assert "HANDIN_BROKER" in capsys.readouterr().out


def test_no_message_can_be_code_or_leave_a_result():
    conf = create_app(Settings(broker="redis://localhost/0")).conf
    assert conf.accept_content == ["json"]
    assert conf.task_serializer == "json"
    assert conf.task_ignore_result
    assert conf.result_backend is None
