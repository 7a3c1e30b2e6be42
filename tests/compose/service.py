"""The containers, for real: config, build, up, a hand-in graded, down, up again with everything still there.

Run by `make test-compose`, outside of `make test`: it needs root, and minutes. Where no Docker engine runs, one is
started with a data folder of its own and stopped at the end. Where the base images are not there, stand-ins of the same
names are made from Debian's packages, and removed at the end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.demo_handins import RIGHT, TWO_MISTAKES, pack
from cli.portal import Portal

ROOT = Path(__file__).parents[2]
IMAGES = Path(__file__).parent / "images"
BASES = {"python:3.11-slim-bookworm": "python", "redis:7-bookworm": "redis", "postgres:17-bookworm": "postgres"}
STAND_IN = "handin-stand-in:bookworm"
WHEELS = ROOT / "deploy" / "wheels"
REFERENCE = ROOT / "tests_hidden" / "hw1p1" / "reference"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """Runs a command to its good end; returns what it printed."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.5)


def answers() -> bool:
    return subprocess.run(["docker", "info"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def programs() -> None:
    """Debian's own Docker, Compose and debootstrap, where they are missing."""
    wanted = {"dockerd": "docker.io", "debootstrap": "debootstrap"}
    missing = {package for program, package in wanted.items() if shutil.which(program) is None}
    if shutil.which("docker-compose") is None and not composes(["docker", "compose"]):
        missing.add("docker-compose")
    if missing:
        if os.geteuid() != 0:
            pytest.skip(f"needs {', '.join(sorted(missing))}; run: sudo apt-get install {' '.join(sorted(missing))}")
        run("apt-get", "update", "-qq")
        run(
            "apt-get",
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            *sorted(missing),
            DEBIAN_FRONTEND="noninteractive",
        )


def composes(command: list[str]) -> bool:
    return subprocess.run([*command, "version"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def engine(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Docker engine: the one that runs, else one of our own for as long as this file runs."""
    if answers():
        yield
        return
    if os.geteuid() != 0:
        pytest.skip("no Docker engine answers, and only root can start one")
    folder = tmp_path_factory.mktemp("engine")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["dockerd", "--data-root", str(folder / "data"), "--pidfile", str(folder / "pid")],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: answers() or process.poll() is not None, 60, "the engine answers")
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder / "data", ignore_errors=True)


@pytest.fixture(scope="module")
def bases(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The base images that our files name: what is there, and stand-ins for the rest."""
    made = [name for name in BASES if not run("docker", "images", "--quiet", name).strip()]
    if made:
        root = tmp_path_factory.mktemp("base") / "root"
        run("debootstrap", "--variant=minbase", "bookworm", root)
        with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as tar:
            subprocess.run(["docker", "import", "-", STAND_IN], stdin=tar.stdout, check=True, capture_output=True)
        assert tar.returncode == 0
        shutil.rmtree(root)
        for name in made:
            run("docker", "build", "--tag", name, "--file", IMAGES / f"{BASES[name]}.Dockerfile", IMAGES)
    yield
    for name in [*made, STAND_IN] if made else []:
        run("docker", "rmi", "--force", name)


@pytest.fixture(scope="module")
def wheels() -> Iterator[None]:
    """The pinned wheels beside the Dockerfile: the build then reaches no index, however this machine reaches one."""
    if WHEELS.exists():
        yield
        return
    try:
        run(
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes"),
            *("--python-version", "3.11", "--only-binary", ":all:", "--dest", WHEELS),
            *("--requirement", ROOT / "requirements" / "runtime.txt"),
        )
        yield
    finally:
        shutil.rmtree(WHEELS, ignore_errors=True)


class Compose:
    """Our docker-compose.yml under a project name and a port of this test's own."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = str(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = ["docker", "compose"] if composes(["docker", "compose"]) else ["docker-compose"]

    def __call__(self, *arguments: str) -> str:
        return run(*self._command, "--project-name", "handintest", *arguments, HANDIN_PORT=self.port)

    def handin(self, *arguments: str) -> str:
        """The command, inside the portal's container."""
        return self("exec", "-T", "web", "handin", *arguments).strip()

    def up(self) -> None:
        self("up", "--detach", "--no-build")
        until(self._healthy, 240, "web and worker are healthy")

    def _healthy(self) -> bool:
        services = ("web", "worker", "sweeper")
        return all(self.inspect(name)["State"]["Health"]["Status"] == "healthy" for name in services)

    def inspect(self, service: str) -> dict[str, dict[str, dict[str, str]]]:
        number = self("ps", "--quiet", service).strip()
        found: dict[str, dict[str, dict[str, str]]] = json.loads(run("docker", "inspect", number))[0]
        return found

    def python(self, service: str, code: str) -> str:
        return self("exec", "-T", service, "python3", "-c", code).strip()


@pytest.fixture(scope="module")
def compose(bases: None, wheels: None) -> Iterator[Compose]:
    """The service, built and up."""
    found = Compose()
    try:
        found("build")
        found.up()
        yield found
    finally:
        print(found("logs", "--tail", "40"))  # noqa: T201 - pytest shows it with a failure
        found("down", "--volumes", "--remove-orphans")
        run("docker", "rmi", "--force", "handin:0.1.0")


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
    done = subprocess.run(
        [*Compose()._command, "config", "--quiet"], cwd=ROOT, capture_output=True, text=True, env={**os.environ}
    )
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
