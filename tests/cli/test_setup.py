"""The set-up script's sentences on machines that lack something, and what the pinned lists may hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout with the set-up script alone; `bin` is the whole PATH, and holds the shell's own programs alone."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "setup", tmp_path / "deploy" / "setup")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "rm", "touch"):
        (programs / name).symlink_to(shutil.which(name) or "")
    _program(programs / "id", "echo 1000")
    return tmp_path


def _program(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def _setup(machine: Path, mode: str = "runtime") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(machine / "deploy" / "setup"), mode],
        env={"PATH": str(machine / "bin")},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_fitting_python_one_sentence_names_the_command(machine: Path) -> None:
    done = _setup(machine)
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "sudo apt-get install python3.11 python3.11-venv" in sentence


def test_an_older_python_is_passed_over(machine: Path) -> None:
    _program(machine / "bin" / "python3", "exit 1")
    assert "none is on PATH" in _setup(machine).stderr


def test_without_ensurepip_the_venv_package_is_named(machine: Path) -> None:
    _program(
        machine / "bin" / "python3.11",
        f'case "$*" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac',
    )
    done = _setup(machine)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 1
    assert f"sudo apt-get install --no-install-recommends python{version}-venv" in done.stderr
    assert not (machine / ".venv").exists()


def test_without_bubblewrap_who_is_not_root_is_told_the_command(machine: Path) -> None:
    _program(machine / "bin" / "setpriv", "exit 0")
    _program(machine / ".venv" / "bin" / "python", f'exec {sys.executable} "$@"')
    done = _setup(machine)
    assert done.returncode == 1
    assert "sudo apt-get install --no-install-recommends bubblewrap" in done.stderr
    assert not (machine / ".venv" / "ready-runtime").exists()


def test_an_unknown_mode_is_refused(machine: Path) -> None:
    done = _setup(machine, "everything")
    assert done.returncode == 64
    assert "usage" in done.stderr


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (REQUIREMENTS / name).read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_every_requirement_is_pinned_and_hashed_and_names_no_index(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()
    assert "://" not in text
    requirements = re.sub(r"\\\n", " ", text).splitlines()
    assert len(requirements) > 20
    for line in requirements:
        assert re.match(r"^[a-z0-9.\[\]_-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_the_tests_run_against_what_the_service_installs() -> None:
    runtime, dev = _pins("runtime.txt"), _pins("dev.txt")
    assert len(runtime) > 20
    assert runtime.items() <= dev.items()
