"""Staff can tell a genuine receipt from a made-up one, with the key alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from submissions import secrets
from submissions.handing_in import receipts


@pytest.fixture
def line(data: Path) -> str:
    """Ada's receipt, signed by the service of the test's data folder."""
    received_at = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    said = receipts.Receipt(7, "a" * 64, 1234, "dl", "hw1p1", "ada", received_at)
    return receipts.sign(said, secrets.load(data).receipt_key)


@pytest.mark.parametrize("form", ["line", "file"])
def test_a_genuine_receipt_says_who_handed_in_what_and_when(handin, line, tmp_path, form) -> None:
    given = line
    if form == "file":
        given = str(tmp_path / "receipt-7.txt")
        Path(given).write_text(line + "\n")
    done = handin("receipt", given)
    assert done.exit_code == 0
    assert done.stdout.startswith("Genuine")
    for said in ("submission  7", "ada", "dl/hw1p1", "2026-03-02T12:00:00+00:00", "1234 bytes", "a" * 64):
        assert said in done.stdout


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[:-1],
        lambda line: ("f" if line[0] != "f" else "e") + line[1:],
        lambda line: receipts.sign(receipts.Receipt(7, "a", 1, "dl", "hw1p1", "ada", datetime.now(UTC)), b"x" * 32),
        lambda line: "receipt-7.txt",
    ],
    ids=["cut off", "changed", "signed with another key", "a file that is not there"],
)
def test_any_other_text_is_not_genuine(handin, line, change) -> None:
    done = handin("receipt", change(line))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "not genuine" in done.stderr


def test_a_file_that_is_no_text_gets_a_sentence(handin, tmp_path) -> None:
    (tmp_path / "handin.tar").write_bytes(b"\xff\xfe")
    done = handin("receipt", str(tmp_path / "handin.tar"))
    assert done.exit_code == 1
    assert "one line of plain text" in done.stderr
