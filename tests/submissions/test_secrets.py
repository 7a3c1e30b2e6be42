"""Secrets are made once, by whichever process is first, and are seen by nobody else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from submissions import secrets

PROGRAM = """
import hashlib, sys, pathlib
from submissions import secrets
sys.stdin.readline()
kept = secrets.load(pathlib.Path(sys.argv[1]))
print(hashlib.sha256(kept.session_key + kept.receipt_key).hexdigest())
"""


def test_processes_that_start_at_once_get_the_same_secrets(tmp_path):
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for process in starting:
        process.stdin.write("go\n")
        process.stdin.flush()
    seen = {process.communicate(timeout=60)[0] for process in starting}
    assert len(seen) == 1
    assert len(seen.pop().strip()) == 64
    assert sorted(path.name for path in (tmp_path / "secrets").iterdir()) == ["receipt", "session"]


def test_they_stay_the_same_and_differ_from_each_other_and_from_another_service(tmp_path):
    first = secrets.load(tmp_path / "one")
    assert secrets.load(tmp_path / "one") == first
    other = secrets.load(tmp_path / "other")
    assert len({first.session_key, first.receipt_key, other.session_key, other.receipt_key}) == 4


def test_only_the_owner_can_read_them(tmp_path):
    secrets.load(tmp_path)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    for file in (tmp_path / "secrets").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_not_used(tmp_path):
    secrets.load(tmp_path)
    (tmp_path / "secrets" / "session").write_bytes(b"short")
    with pytest.raises(OSError, match="restore it from a backup"):
        secrets.load(tmp_path)


def test_they_do_not_show_in_messages(tmp_path):
    kept = secrets.load(tmp_path)
    assert repr(kept) == "Secrets(…)"
    assert str(kept.session_key) not in f"{kept} {[kept]}"
