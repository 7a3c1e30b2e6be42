"""What the doctor says of a machine besides its sandbox: what is weak, and in each case how to mend it."""

from __future__ import annotations

import os
import socket
import time
from types import SimpleNamespace

import pytest
from sqlalchemy import make_url, text

from cli.checks import broker as redis_check
from cli.checks import clock, data, database, exposure
from grader.sandbox.doctor import Finding, Level
from submissions import secrets
from submissions.models import Alert, now
from submissions.settings import Settings, settings
from submissions.storage.database import Database
from tests.services import Broker

HTTPS = "https://handin.example.edu"


def _table(**given: object) -> Settings:
    return Settings(_env_file=None, **given)


def _by_layer(findings: list[Finding]) -> dict[str, Finding]:
    """The findings by their layer; one that is not good must say how to mend it."""
    assert all(finding.remedy for finding in findings if finding.level is not Level.PASS)
    return {finding.layer: finding for finding in findings}


def test_the_doctor_fails_for_a_broker_that_is_away(handin, monkeypatch) -> None:
    monkeypatch.setenv("HANDIN_BROKER", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("HANDIN_SANDBOX", "none")
    done = handin("doctor")
    assert done.exit_code == 1
    assert "✗ FAIL     broker" in done.stdout
    assert "! CAUTION  sandbox: HANDIN_SANDBOX=none" in done.stdout
    assert "✓ PASS     database" in done.stdout


def test_the_doctor_counts_the_grader_faults_that_nobody_resolved(handin, monkeypatch) -> None:
    monkeypatch.setenv("HANDIN_SANDBOX", "none")
    assert handin("migrate").exit_code == 0
    assert "grader faults" not in handin("doctor").stdout
    db = Database(settings().database_url)
    with db.write() as session:
        session.add_all(Alert(kind="grader_fault", text="disk full", resolved_at=at) for at in (None, None, now()))
    db.close()
    assert "! CAUTION  grader faults: 2 not resolved" in handin("doctor").stdout


@pytest.mark.parametrize("below", ["", "folder"])
def test_the_doctor_fails_where_the_data_folder_is_a_file(handin, monkeypatch, tmp_path, below) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("HANDIN_SANDBOX", "none")
    monkeypatch.setenv("HANDIN_DATA", str(tmp_path / "file" / below))
    done = handin("doctor")
    assert done.exit_code == 1
    assert f"✗ FAIL     disk: {tmp_path}/file is a file" in done.stdout


@pytest.mark.sandbox
def test_the_doctor_is_content_with_a_machine_that_can_isolate(handin) -> None:
    done = handin("doctor")
    assert done.exit_code == 0, done.stdout
    assert "FAIL" not in done.stdout
    assert "namespaces" in done.stdout


# Who reaches the portal


@pytest.mark.parametrize(
    ("given", "seen", "remedy"),
    [
        ({}, "for this machine alone", ""),
        ({"address": "::1"}, "for this machine alone", ""),
        ({"address": "localhost"}, "for this machine alone", ""),
        ({"address": "0.0.0.0"}, "without HTTPS", "HANDIN_ADDRESS=127.0.0.1"),
        ({"address": "::"}, "without HTTPS", "HANDIN_BEHIND_PROXY=true"),
        ({"address": "192.0.2.7", "public_url": "http://x"}, "without HTTPS", "HANDIN_PUBLIC_URL=https://"),
        ({"public_url": HTTPS}, "nobody's address is known", "HANDIN_BEHIND_PROXY=true"),
        ({"behind_proxy": True}, "not bound to HTTPS", "HANDIN_PUBLIC_URL=https://"),
        ({"public_url": HTTPS, "behind_proxy": True}, "HTTPS by a proxy", ""),
        (
            {"public_url": HTTPS, "behind_proxy": True, "address": "0.0.0.0"},
            "around the proxy",
            "HANDIN_ADDRESS=127.0.0.1",
        ),
    ],
    ids=str,
)
def test_the_doctor_says_who_could_listen_in_or_come_around_the_proxy(monkeypatch, given, seen, remedy) -> None:
    monkeypatch.setattr(exposure, "in_container", lambda: False)
    found = _by_layer(exposure.examine(_table(**given)))["portal"]
    assert seen in found.seen
    assert found.level is (Level.CAUTION if remedy else Level.PASS)
    assert remedy in found.remedy


def test_in_a_container_every_address_is_the_engines_to_open(monkeypatch) -> None:
    monkeypatch.setattr(exposure, "in_container", lambda: True)
    found = _by_layer(exposure.examine(_table(address="0.0.0.0", public_url=HTTPS, behind_proxy=True)))
    assert found["portal"].level is Level.PASS


@pytest.mark.parametrize(("user", "level"), [(0, Level.CAUTION), (1000, Level.PASS)])
def test_the_doctor_warns_of_running_as_root(monkeypatch, user, level) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert _by_layer(exposure.examine(_table()))["privilege"].level is level


# The data folder


@pytest.fixture
def kept(tmp_path):
    """A data folder as the service makes it."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    secrets.load(folder)
    return folder


def test_a_data_folder_as_the_service_makes_it_is_good(kept) -> None:
    found = _by_layer(data.examine(_table(data=kept)))
    assert found["data folder"].level is found["secrets"].level is Level.PASS


def test_a_data_folder_that_others_can_look_into_is_told_with_the_command(kept) -> None:
    kept.chmod(0o755)
    found = _by_layer(data.examine(_table(data=kept)))["data folder"]
    assert (found.level, found.remedy) == (Level.CAUTION, f"chmod 700 {kept}")
    assert "mode 755" in found.seen


@pytest.mark.parametrize("name", ["", "session", "receipt"])
def test_a_key_that_others_can_read_fails(kept, name) -> None:
    path = kept / "secrets" / name
    path.chmod(path.stat().st_mode | 0o040)
    found = _by_layer(data.examine(_table(data=kept)))["secrets"]
    assert found.level is Level.FAIL
    assert str(path).rstrip("/") in found.seen
    assert f"chmod -R go= {kept / 'secrets'}" in found.remedy


def test_little_room_is_told_in_bytes_and_in_files(kept, monkeypatch) -> None:
    monkeypatch.setattr(data, "_SCARCE_FILES", 1 << 62)
    if os.statvfs(kept).f_files:
        assert "more files" in _by_layer(data.examine(_table(data=kept)))["disk"].seen
    monkeypatch.setattr(data, "_SCARCE_GB", 1e9)
    assert "GB free" in _by_layer(data.examine(_table(data=kept)))["disk"].seen


def test_sqlite_on_a_network_s_disk_is_told(kept, monkeypatch) -> None:
    assert data._file_system(kept)
    monkeypatch.setattr(data, "_file_system", lambda _folder: "nfs4")
    seen = [finding.seen for finding in data.examine(_table(data=kept))]
    assert "SQLite lies on nfs4, where it can be damaged" in seen
    elsewhere = _table(data=kept, database="postgresql+psycopg://localhost/handin")
    assert not [finding for finding in data.examine(elsewhere) if "SQLite" in finding.seen]


# Redis


def _broker(url: str) -> dict[str, Finding]:
    return _by_layer(redis_check.examine(_table(broker=url)))


@pytest.mark.services
def test_a_broker_on_a_socket_of_its_own_is_good_and_one_open_to_all_is_told(broker: Broker) -> None:
    assert _broker(broker.url)["broker's door"].level is Level.PASS
    broker.socket.chmod(0o777)
    assert "every user of this machine" in _broker(broker.url)["broker's door"].seen


@pytest.mark.services
def test_a_broker_without_a_password_on_a_port_is_told_and_a_password_is_never_shown(broker: Broker) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with broker.client() as client:
        client.config_set("port", port)
        door = _broker(f"redis://127.0.0.1:{port}/0")["broker's door"]
        assert "every user of this machine" in door.seen
        assert "requirepass" in door.remedy
        client.config_set("requirepass", "verysecret")
    assert _broker(f"redis://:verysecret@127.0.0.1:{port}/0")["broker's door"].level is Level.PASS
    for wrong in ("alsosecret", "also/secret", "also%2Fsecret", "also#secret", "also@secret"):
        found = _broker(f"redis://:{wrong}@127.0.0.1:{port}/0")["broker"]
        assert found.level is Level.FAIL, wrong
        assert "secret" not in found.seen + found.remedy, wrong


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("redis://redis:6379/0", "every machine on its network"),
        ("redis://:x@redis:6379/0", "in the clear"),
        ("rediss://:x@redis:6379/0", "a password"),
    ],
)
def test_a_broker_elsewhere_wants_a_password_and_a_certificate(url, seen) -> None:
    assert seen in redis_check._guarded(url).seen


# PostgreSQL


@pytest.mark.services
def test_a_superuser_of_postgresql_is_told_and_a_plain_role_is_good(postgresql_url: str) -> None:
    assert "is a superuser" in _by_layer(database.examine(_table(database=postgresql_url)))["database's user"].seen
    owner = Database(postgresql_url)
    with owner.write() as session:
        session.execute(text("CREATE ROLE plain LOGIN"))
        session.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO plain"))
    try:
        plain = make_url(postgresql_url).set(username="plain").render_as_string(hide_password=False)
        found = _by_layer(database.examine(_table(database=plain)))
        assert set(found) == {"database"}
        assert found["database"].level is Level.PASS
    finally:
        with owner.write() as session:
            session.execute(text("DROP OWNED BY plain"))
            session.execute(text("DROP ROLE plain"))
        owner.close()


@pytest.mark.services
def test_a_database_whose_clock_is_apart_is_told(postgresql_url: str, monkeypatch) -> None:
    real = time.time
    monkeypatch.setattr(database, "time", SimpleNamespace(time=lambda: real() + 60))
    found = _by_layer(database.examine(_table(database=postgresql_url)))["database's clock"]
    assert "60 s apart" in found.seen


# The clock


@pytest.mark.parametrize(("state", "levels"), [(0, [Level.PASS]), (5, [Level.CAUTION]), (-1, [])])
def test_the_doctor_hands_on_what_the_kernel_says_of_the_clock(monkeypatch, state, levels) -> None:
    monkeypatch.setattr(clock, "kernel_state", lambda: state)
    found = clock.examine()
    _by_layer(found)
    assert [finding.level for finding in found] == levels


def test_the_kernel_can_be_asked_for_the_state_of_the_clock() -> None:
    assert clock.kernel_state() in range(-1, 6)
