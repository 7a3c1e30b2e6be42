"""Verify, backup and restore from the shell: what is printed, and the exit status that a script goes by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from submissions.settings import settings
from tests.lived import Lived


@pytest.fixture
def service(lived: Lived, data: Path, monkeypatch: pytest.MonkeyPatch) -> Lived:
    """A service that has lived, as the one of the settings."""
    lived.execute("UPDATE grading SET lease_until = '2126-01-02 03:04:05' WHERE id = 5")
    monkeypatch.setenv("HANDIN_DATA", str(lived.settings.data))
    settings.cache_clear()
    return lived


def test_a_sound_service_is_told_with_what_was_looked_at(handin, service) -> None:
    done = handin("verify")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "looked at 6 hand-ins in 1 files" in done.stdout
    assert done.stdout.endswith("✓ everything is as it must be\n")


def test_each_finding_is_told_with_what_to_do(handin, service) -> None:
    service.blob_of(1).unlink()
    done = handin("verify", "--quick")
    assert done.exit_code == 1
    assert "✗ submission 1 of ada for dl/hw1p1: its file is not in the blob store" in done.stdout
    assert "→ Take it from a backup" in done.stdout
    assert done.stdout.endswith("6 found\n")


def test_programs_read_it_as_json(handin, service) -> None:
    service.execute("UPDATE grading SET score = score + 1 WHERE id = 1")
    done = handin("verify", "--json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert said["found"] == 1
    assert said["findings"][0]["record"] == "grading 1"
    assert said["counts"]["submissions"] == 6


def test_keys_that_are_gone_are_told_and_not_made_anew(handin, service) -> None:
    (service.settings.data / "secrets" / "receipt").unlink()
    done = handin("verify")
    assert done.exit_code == 1
    assert "✗ secrets: the receipt key is not in" in done.stdout
    assert not (service.settings.data / "secrets" / "receipt").exists()


@pytest.mark.parametrize("command", [["verify"], ["backup", "somewhere"]])
def test_where_no_service_is_none_is_made(handin, data, command) -> None:
    for folder in (None, data / "blobs"):
        if folder:
            folder.mkdir(parents=True)
        done = handin(*command)
        assert done.exit_code == 1
        assert "HANDIN_DATA" in done.stderr
        assert not (data / "handin.sqlite3").exists()


def test_receipts_that_are_shown_are_checked_against_records_and_files(handin, service, tmp_path) -> None:
    first, second = (each.receipt for each in service.submissions()[:2])
    (tmp_path / "receipt.txt").write_text(second + "\n")
    done = handin("verify", first, str(tmp_path / "receipt.txt"))
    assert done.exit_code == 0
    assert done.stdout.count("✓ genuine, and here with exactly these") == 2
    service.execute("DELETE FROM submission WHERE id = 1")
    done = handin("verify", first, second, "W10.made-up")
    assert done.exit_code == 1
    assert "✗ genuine, but submission 1: there is no such record" in done.stdout
    assert "✗ not genuine" in done.stdout
    assert done.stdout.count("✓") == 1


def test_a_backup_is_restored_elsewhere_and_verified(handin, service, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HANDIN_MAX_UPLOAD_MB", "7")
    done = handin("backup", str(tmp_path / "backup"))
    assert done.exit_code == 0, done.stderr
    assert "records and 2 files" in done.stdout
    monkeypatch.delenv("HANDIN_MAX_UPLOAD_MB")
    monkeypatch.setenv("HANDIN_DATA", str(tmp_path / "elsewhere"))
    done = handin("restore", str(tmp_path / "backup"))
    assert done.exit_code == 0, done.output
    assert "note: there it was set HANDIN_MAX_UPLOAD_MB=7" in done.stdout
    assert done.stdout.endswith("✓ everything is as it must be\n")
    again = handin("restore", str(tmp_path / "backup"))
    assert again.exit_code == 1
    assert "into an empty database only" in again.stderr


def test_a_backup_without_what_was_lost_says_so_with_its_exit_status(handin, service, tmp_path) -> None:
    service.blob_of(1).unlink()
    done = handin("backup", str(tmp_path / "backup"))
    assert done.exit_code == 1
    assert "without 1 files that are lost" in done.stderr
    assert (tmp_path / "backup" / "manifest.json").is_file()


def test_what_is_no_backup_restores_nothing(handin, data, tmp_path) -> None:
    done = handin("restore", str(tmp_path / "nowhere"))
    assert done.exit_code == 1
    assert done.stderr.startswith("handin: nothing was restored: ")
    assert not (data / "handin.sqlite3").exists()


def test_nothing_is_restored_into_a_service_that_runs(handin, data, tmp_path) -> None:
    from cli.claims import data_folder

    with data_folder(data):
        done = handin("restore", str(tmp_path / "backup"))
    assert done.exit_code == 1
    assert "a service runs on" in done.stderr
