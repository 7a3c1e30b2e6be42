"""A Docker engine with our containers up, for whoever tests them for real.

Where no engine runs, one is started with a data folder of its own and stopped at the end. Where the base images are not
there, stand-ins of the same names are made from Debian's packages, and removed at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
IMAGES = Path(__file__).parent / "images"
BASES = {"python:3.11-slim-bookworm": "python", "redis:7-bookworm": "redis", "postgres:17-bookworm": "postgres"}
STAND_IN = "handin-stand-in:bookworm"
IMAGE = "handin:0.1.0"
WHEELS = ROOT / "deploy" / "wheels"
FILE = ROOT / "docker-compose.yml"


class NotHere(Exception):
    """Containers cannot be tried on this machine; says what is missing, and how to get it."""


def run(*command: str | Path, cwd: Path = ROOT, given: bytes = b"", **environment: str) -> str:
    """Runs a command to its good end, with `given` as its input; returns what it printed."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, input=given
    )
    told, complained = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{told}\n{complained}"
    return told


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Waits for a condition with a bound, and names what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.5)


class Compose:
    """Our docker-compose.yml, and what `files` add to it, under a project name and a port of this test's own."""

    def __init__(self, *files: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = str(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        program = ["docker", "compose"] if _composes(["docker", "compose"]) else ["docker-compose"]
        named = [word for file in (FILE, *files) for word in ("--file", str(file))]
        self.command = [*program, *named, "--project-name", "handintest"]
        self.environment = {**environment, "HANDIN_PORT": self.port}

    def __call__(self, *arguments: str, given: bytes = b"") -> str:
        return run(*self.command, *arguments, given=given, **self.environment)

    def handin(self, *arguments: str) -> str:
        """The command, inside the portal's container."""
        return self("exec", "-T", "web", "handin", *arguments).strip()

    def up(self) -> None:
        """Starts all services, and waits until they are healthy."""
        self("up", "--detach", "--no-build")
        until(self._healthy, 240, "web, worker and sweeper are healthy")

    def _healthy(self) -> bool:
        services = ("web", "worker", "sweeper")
        return all(self.inspect(name)["State"]["Health"]["Status"] == "healthy" for name in services)

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine knows of a service's container."""
        number = self("ps", "--quiet", service).strip()
        found: dict[str, Any] = json.loads(run("docker", "inspect", number))[0]
        return found

    def python(self, service: str, code: str) -> str:
        """What a program prints inside of a service's container."""
        return self("exec", "-T", service, "python3", "-c", code).strip()


@contextmanager
def bases() -> Iterator[None]:
    """An engine that has, or can be taken to have, the base images that our files name."""
    with ExitStack() as stack:
        _install()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handin-engine-")))
        stack.enter_context(_engine(folder))
        stack.enter_context(_stand_ins(folder))
        yield


@contextmanager
def containers(*files: Path, **environment: str) -> Iterator[Compose]:
    """The service, built and up. `bases` are there."""
    compose = Compose(*files, **environment)
    with ExitStack() as stack:
        stack.enter_context(wheels())
        stack.callback(run, "docker", "rmi", "--force", IMAGE)
        stack.callback(compose, "down", "--volumes", "--remove-orphans")
        stack.callback(lambda: print(compose("logs", "--tail", "40")))  # noqa: T201 - pytest shows it with a failure
        compose("build")
        compose.up()
        yield compose


def _composes(command: list[str]) -> bool:
    return subprocess.run([*command, "version"], capture_output=True).returncode == 0


def _answers() -> bool:
    return subprocess.run(["docker", "info"], capture_output=True).returncode == 0


def _install() -> None:
    """Debian's own Docker, Compose and debootstrap, where they are missing. Raises NotHere."""
    wanted = {"dockerd": "docker.io", "debootstrap": "debootstrap"}
    missing = {package for program, package in wanted.items() if shutil.which(program) is None}
    if shutil.which("docker-compose") is None and not (shutil.which("docker") and _composes(["docker", "compose"])):
        missing.add("docker-compose")
    if not missing:
        return
    named = " ".join(sorted(missing))
    if os.geteuid() != 0:
        raise NotHere(f"needs {named}; run: sudo apt-get install {named}")
    run("apt-get", "update", "-qq")
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
    run(*install, *sorted(missing), DEBIAN_FRONTEND="noninteractive")


@contextmanager
def _engine(folder: Path) -> Iterator[None]:
    """The engine that runs, else one of our own. Raises NotHere."""
    if _answers():
        yield
        return
    if os.geteuid() != 0:
        raise NotHere("no Docker engine answers, and only root can start one")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["dockerd", "--data-root", str(folder / "data"), "--pidfile", str(folder / "pid")],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: _answers() or process.poll() is not None, 60, "the engine answers")
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder / "data", ignore_errors=True)


@contextmanager
def _stand_ins(folder: Path) -> Iterator[None]:
    made = [name for name in BASES if not run("docker", "images", "--quiet", name).strip()]
    if made:
        root = folder / "root"
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


@contextmanager
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
