"""Real hand-ins of the course's homework, and the sentence that each wrong layout gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.archive import arrange, read_archive
from grader.report import Refused

EXPECTED = (
    "mytorch/activation.py",
    "mytorch/loss.py",
    "mytorch/linear.py",
    "mytorch/batchnorm.py",
    "hw1/hw1.py",
)
COMMAND = "sh create_tarball.sh"
RIGHT = {path: path.encode() for path in EXPECTED}


def moved(**places: str | None) -> dict[str, bytes]:
    """The right files with some, named by their stem, elsewhere or gone."""
    new_place = {path: places.get(Path(path).stem, path) for path in EXPECTED}
    return {place: path.encode() for path, place in new_place.items() if place}


def test_the_right_layout_stays_as_it_is() -> None:
    assert arrange(RIGHT, EXPECTED) == RIGHT


@pytest.mark.parametrize("wrapper", ["handin", "hw1", "mytorch", "Ada's homework"])
def test_one_wrapping_folder_is_taken_off(wrapper: str) -> None:
    assert arrange({f"{wrapper}/{path}": data for path, data in RIGHT.items()}, EXPECTED) == RIGHT


def test_a_students_own_modules_and_plots_stay() -> None:
    extra = {"mytorch/dropout.py": b"", "mc.py": b"", "hw1/plot.png": b"\x89PNG"}
    assert arrange(RIGHT | extra, EXPECTED) == RIGHT | extra
    wrapped = {f"w/{path}": data for path, data in (RIGHT | extra).items()}
    assert arrange(wrapped, EXPECTED) == RIGHT | extra


def test_what_an_assignment_expects_nothing_of_is_taken_as_it_is() -> None:
    assert arrange({"a/b.py": b""}, ()) == {"a/b.py": b""}


EITHER = ("hw1.py", "answers.toml | answers.json")


@pytest.mark.parametrize("answers", ["answers.toml", "answers.json"])
def test_one_of_several_files_is_enough(answers: str) -> None:
    assert arrange({"w/hw1.py": b"", f"w/{answers}": b""}, EITHER) == {"hw1.py": b"", answers: b""}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"hw1.py": b""}, "The archive lacks `answers.toml` or `answers.json`. It holds `hw1.py`."),
        ({}, "The archive is empty: it should hold `hw1.py` and `answers.toml` or `answers.json`."),
        (
            {"hw1.py": b"", "src/answers.json": b""},
            "`answers.json` is at `src/answers.json`; it belongs in `answers.json`.",
        ),
    ],
)
def test_a_hand_in_with_none_of_several_files_is_told_all_of_them(files: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        arrange(files, EITHER, command=COMMAND)
    assert str(refusal.value).startswith(sentence)


def test_a_file_whose_name_looks_like_an_alternative_is_shown_as_it_is() -> None:
    with pytest.raises(Refused, match=r"It holds `a \| b`"):
        arrange({"a | b": b""}, EITHER)


WRONG: dict[str, tuple[dict[str, bytes], str]] = {
    "nothing": (
        {},
        (
            "The archive is empty: it should hold `mytorch/activation.py`, `mytorch/loss.py`, `mytorch/linear.py`, "
            "`mytorch/batchnorm.py` and `hw1/hw1.py`."
        ),
    ),
    "one file gone": (
        moved(batchnorm=None),
        (
            "The archive lacks `mytorch/batchnorm.py`. It holds `hw1/hw1.py`, `mytorch/activation.py`, "
            "`mytorch/linear.py` and `mytorch/loss.py`."
        ),
    ),
    "one file at the top": (
        moved(hw1="hw1.py"),
        "`hw1.py` is at the top of the archive; it belongs in `hw1/hw1.py`.",
    ),
    "one file elsewhere": (
        moved(linear="mytorch/nn/linear.py"),
        "`linear.py` is at `mytorch/nn/linear.py`; it belongs in `mytorch/linear.py`.",
    ),
    "another case": (
        moved(loss="mytorch/Loss.py"),
        "`mytorch/Loss.py` should be spelled `mytorch/loss.py`, in upper and lower case too.",
    ),
    "one elsewhere and one gone": (
        moved(hw1="hw1.py", loss=None),
        "`hw1.py` is at the top of the archive; it belongs in `hw1/hw1.py`. The archive lacks `mytorch/loss.py`.",
    ),
    "two wrapping folders": (
        {f"a/b/{path}": data for path, data in RIGHT.items()},
        (
            "`activation.py` is at `a/b/mytorch/activation.py`; it belongs in `mytorch/activation.py`. "
            "`loss.py` is at `a/b/mytorch/loss.py`; it belongs in `mytorch/loss.py`. "
            "`linear.py` is at `a/b/mytorch/linear.py`; it belongs in `mytorch/linear.py`. "
            "`batchnorm.py` is at `a/b/mytorch/batchnorm.py`; it belongs in `mytorch/batchnorm.py`. "
            "`hw1.py` is at `a/b/hw1/hw1.py`; it belongs in `hw1/hw1.py`."
        ),
    ),
    "a wrapped hand-in that lacks a file": (
        {f"w/{path}": data for path, data in moved(loss=None).items()},
        (
            "The archive lacks `mytorch/loss.py`. It holds `w/hw1/hw1.py`, `w/mytorch/activation.py`, "
            "`w/mytorch/batchnorm.py` and `w/mytorch/linear.py`."
        ),
    ),
    "an earlier homework": (
        {"hw0.py": b""},
        (
            "The archive lacks `mytorch/activation.py`, `mytorch/loss.py`, `mytorch/linear.py`, "
            "`mytorch/batchnorm.py` and `hw1/hw1.py`. It holds `hw0.py`."
        ),
    ),
    "an archive in an archive": (
        {"homework/handin.tar": b""},
        "The archive holds another archive, `homework/handin.tar`. Hand in that one by itself.",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_layout_is_refused_in_these_words(case: str) -> None:
    files, sentence = WRONG[case]
    with pytest.raises(Refused) as refusal:
        arrange(files, EXPECTED, command=COMMAND)
    assert str(refusal.value).removesuffix(" Make the archive with `sh create_tarball.sh`.") == sentence


def test_the_command_that_packs_it_right_is_told() -> None:
    with pytest.raises(Refused, match=r"Make the archive with `sh create_tarball\.sh`\.$"):
        arrange({"hw1.py": b""}, EXPECTED, command=COMMAND)


def test_without_a_command_the_advice_is_plain() -> None:
    with pytest.raises(Refused, match=r"Put each in its place and make the archive again\.$"):
        arrange({}, EXPECTED)


def test_a_layout_of_many_files_is_told_in_a_few_words() -> None:
    expected = [f"{n}/module{n}.py" for n in range(50)]
    with pytest.raises(Refused) as refusal:
        arrange({f"module{n}.py": b"" for n in range(30)}, expected)
    assert "25 more are in the wrong place." in str(refusal.value)
    assert "and 15 more" in str(refusal.value)
    assert len(str(refusal.value)) < 900


NOT_ARCHIVES = {
    "an empty file": b"",
    "plain text": b"import numpy as np\n",
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "a RAR archive": b"Rar!\x1a\x07\x01\x00",
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "a file packed with xz": b"\xfd7zXZ\x00\x00\x04",
    "a file packed with bzip2": b"BZh91AY&SY",
    "a picture": b"\x89PNG\r\n\x1a\n",
    "a notebook": b'{\n "cells": [',
    "a program": b"\x7fELF\x02\x01\x01",
    "a file of a kind that we do not know": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("what", NOT_ARCHIVES)
def test_a_file_that_is_no_archive_is_told_what_it_looks_like(what: str, tmp_path: Path) -> None:
    file = tmp_path / "handin.tar"
    file.write_bytes(NOT_ARCHIVES[what])
    with pytest.raises(Refused) as refusal:
        read_archive(file, command=COMMAND)
    assert f"but {what}" in str(refusal.value)
    assert f"Make it with `{COMMAND}`" in str(refusal.value)


def test_text_cut_in_the_middle_of_a_character_is_still_text() -> None:
    with pytest.raises(Refused, match="plain text"):
        read_archive("é".encode() * 300 + b"x")
    with pytest.raises(Refused, match="plain text"):
        read_archive(b"x" + "é".encode() * 300)


def test_a_file_that_is_not_there_is_not_the_students_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_archive(tmp_path / "gone.tar")
