"""The backend without isolation keeps the contract, and says what it is."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest

from grader.candidate import lockdown
from grader.sandbox import Limits, Reason
from grader.sandbox.unsafe import NoSandbox

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def run_program(name):
        running = NoSandbox(("-c", (PROGRAMS / f"{name}.py").read_text())).start(Limits())
        running.control.settimeout(30)
        return running

    return run_program


def test_it_talks_is_killed_and_leaves_no_folder_and_no_descriptor(run, tmp_path):
    before = open_descriptors()
    running = run("wait")
    assert running.control.recv(4) == b"here"
    assert len(list(tmp_path.iterdir())) == 1
    assert running.reap().reason is Reason.KILLED
    assert list(tmp_path.iterdir()) == []
    assert open_descriptors() == before


def open_descriptors():
    # The listing's own descriptor is in it, and closed when we look again.
    return {path.name for path in list(Path("/proc/self/fd").iterdir()) if path.is_symlink()}


def test_its_end_is_told(run):
    running = run("exits")
    running.control.sendall(b"exit 3")
    assert running.control.recv(1) == b""
    assert running.reap() == running.reap()
    assert running.reap().reason is Reason.EXITED


def test_memory_is_bounded_even_so(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    running = NoSandbox(("-c", (PROGRAMS / "memory_bomb.py").read_text())).start(Limits(memory_mb=300))
    running.control.settimeout(30)
    assert b"MemoryError" in running.control.recv(100)
    running.reap()


def test_doors_stay_open_only_where_there_are_none(monkeypatch, tmp_path):
    monkeypatch.setenv(lockdown.UNSAFE, "1")
    lockdown.no_exec()
    assert subprocess.run(["true"]).returncode == 0
    monkeypatch.delenv(lockdown.UNSAFE)
    monkeypatch.setattr(lockdown, "FILTERS", tmp_path)
    with pytest.raises(FileNotFoundError, match="no_exec"):
        lockdown.no_exec()
