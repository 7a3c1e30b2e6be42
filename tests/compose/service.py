"""The containers, for real: config, build, up, a hand-in graded, down, up again with everything still there.

Run by `make test-compose`, outside of `make test`: it needs root, and minutes.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo_handins import RIGHT, TWO_MISTAKES, pack
from cli.portal import Portal
from tests.compose.engine import ROOT, Compose, NotHere, bases, containers, run, until

REFERENCE = ROOT / "tests_hidden" / "hw1p1" / "reference"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    """The service, built and up."""
    try:
        with bases(), containers() as found:
            yield found
    except NotHere as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def ada(compose: Compose) -> Portal:
    """Ada's key to the portal, in a course with hw1p1."""
    compose.handin("course", "add", "dl", "Deep Learning")
    compose.handin("assignment", "sync", "dl", "hw1p1")
    compose.handin("user", "add", "ada", "Ada Adeyemi")
    compose.handin("roster", "add", "dl", "ada")
    return Portal(compose.url, compose.handin("user", "token", "ada"))


def graded(portal: Portal, submission: int) -> dict[str, object]:
    until(lambda: portal.submission(submission)["final"], 120, "the grading is final")
    outcome = portal.submission(submission)
    assert outcome["state"] == "graded", outcome
    return outcome


def test_the_file_is_clean() -> None:
    done = subprocess.run([*Compose().command, "config", "--quiet"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_hand_in_is_graded_and_everything_is_there_after_a_restart(compose: Compose, ada: Portal) -> None:
    first = ada.hand_in("dl", "hw1p1", "handin.tar", pack(REFERENCE, RIGHT))["submission"]
    outcome = graded(ada, first)
    assert (outcome["score"], outcome["max_score"]) == (100, 100)
    assert [task["score"] for task in outcome["tasks"]] == [12, 4, 18, 4, 6, 46, 10]

    compose("down")
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        urllib.request.urlopen(f"{compose.url}/healthz", timeout=2)
    compose.up()

    assert graded(ada, first) == outcome
    second = ada.hand_in("dl", "hw1p1", "handin.tar", pack(REFERENCE, TWO_MISTAKES))["submission"]
    assert graded(ada, second)["score"] == 41


def test_the_worker_isolates_student_code(compose: Compose) -> None:
    told = compose("exec", "-T", "worker", "handin", "doctor")
    assert "FAIL" not in told
    assert re.search(r"PASS +all together", told)


@pytest.mark.parametrize("service", ["web", "worker", "sweeper"])
def test_a_container_has_no_rights_to_lose(compose: Compose, service: str) -> None:
    status = compose.python(service, "print(open('/proc/self/status').read())")
    assert re.search(r"^Uid:\s+10001\s", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    refused = compose.python(
        service,
        "import errno\ntry: open('/opt/handin/x', 'w')\nexcept OSError as e: print(errno.errorcode[e.errno])",
    )
    assert refused == "EROFS"


@pytest.mark.parametrize(
    ("service", "reached"),
    [
        ("worker", {"postgres:5432": True, "redis:6379": True, "web:8000": False}),
        ("sweeper", {"postgres:5432": True, "redis:6379": True}),
    ],
)
def test_a_container_reaches_what_it_needs_and_nothing_else(compose: Compose, service: str, reached) -> None:
    code = (
        "import socket, sys\n"
        f"for place in {list(reached)!r}:\n"
        "    host, port = place.split(':')\n"
        "    try: socket.create_connection((host, int(port)), 3).close()\n"
        "    except OSError: print(place, False)\n"
        "    else: print(place, True)\n"
    )
    found = dict(line.split() for line in compose.python(service, code).splitlines())
    assert found == {place: str(open_) for place, open_ in reached.items()}
    # The engine lets nothing out of an internal network.
    networks = list(compose.inspect(service)["NetworkSettings"]["Networks"])
    assert networks
    assert [json.loads(run("docker", "network", "inspect", name))[0]["Internal"] for name in networks] == [True]


def test_the_worker_cannot_change_a_hand_in_or_read_the_portals_keys(compose: Compose) -> None:
    code = "from pathlib import Path\nprint(Path('/data/secrets').exists())\nPath('/data/blobs/x').touch()"
    with pytest.raises(AssertionError, match="Read-only file system"):
        compose.python("worker", code)
    assert compose.python("worker", code.splitlines()[0] + "\nprint(Path('/data/secrets').exists())") == "False"


def test_only_the_portal_is_published_and_on_this_machine_alone(compose: Compose) -> None:
    published = {}
    for service in ("web", "worker", "sweeper", "redis", "postgres"):
        ports = compose.inspect(service)["NetworkSettings"]["Ports"] or {}
        published[service] = {binding["HostIp"] for bindings in ports.values() for binding in bindings or []}
    assert published == {"web": {"127.0.0.1"}, "worker": set(), "sweeper": set(), "redis": set(), "postgres": set()}


def test_a_backup_is_restored_where_nothing_is_yet(compose: Compose, ada: Portal, tmp_path: Path) -> None:
    """By the commands of docs/deploying.md; the other machine is this one without its volumes."""
    first = ada.hand_in("dl", "hw1p1", "handin.tar", pack(REFERENCE, RIGHT))["submission"]
    outcome = graded(ada, first)
    compose.handin("backup", "/data/kept")
    run("docker", "cp", f"{compose.inspect('web')['Id']}:/data/kept", tmp_path)  # as `compose cp`, which 1.x has not
    compose("exec", "-T", "web", "rm", "-r", "/data/kept")
    compose("down", "--volumes")

    run("chown", "-R", "10001", tmp_path)
    compose("run", "--rm", "-T", "--volume", f"{tmp_path / 'kept'}:/backup:ro", "web", "restore", "/backup")
    compose.up()
    assert compose.handin("verify").endswith("everything is as it must be")
    assert graded(ada, first) == outcome
    second = ada.hand_in("dl", "hw1p1", "handin.tar", pack(REFERENCE, TWO_MISTAKES))["submission"]
    assert graded(ada, second)["score"] == 41
