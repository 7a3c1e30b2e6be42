"""What a check finds."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from grader.assignment import AssignmentError
from grader.report import TestId


class Level(StrEnum):
    """Whether an assignment may be published with it."""

    ERROR = "error"
    WARNING = "warning"


class Finding(msgspec.Struct, frozen=True):
    """One thing to mend: the file, the key or test in it ("" for all of it), and what is wrong and what to do."""

    level: Level
    file: Path
    key: str
    text: str


def error(file: Path, key: str, text: str) -> Finding:
    """What must be mended."""
    return Finding(Level.ERROR, file, key, text)


def warning(file: Path, key: str, text: str) -> Finding:
    """What should be looked at."""
    return Finding(Level.WARNING, file, key, text)


def of_mistake(mistake: AssignmentError) -> Finding:
    """The finding that a folder cannot be used."""
    return error(mistake.file, mistake.key, mistake.expected)


def test_file(folder: Path, test: str) -> Path:
    """The file that a test stands in, from its id."""
    return folder / TestId(test).file


def test_name(test: str) -> str:
    """The test's name in its file."""
    return TestId(test).name
