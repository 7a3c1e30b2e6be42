"""Grades small hand-ins for real."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.grading import Examiners
from grader.report import Report

TINY = Path(__file__).parent / "assignments" / "tiny"


@pytest.fixture
def grade(examiners: Examiners, tmp_path: Path) -> Callable[..., Report]:
    """Grades a hand-in given as file name to source, by the tiny assignment unless told otherwise."""

    def grade(files: Mapping[str, str], suite: Path = TINY) -> Report:
        handin = tmp_path / "handin.tar"
        with tarfile.open(handin, "w") as archive:
            for name, source in files.items():
                data = source.encode()
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return examiners.grade(suite, handin)

    return grade


@pytest.fixture(scope="session")
def right_solution() -> dict[str, str]:
    """The tiny assignment's reference, as a hand-in."""
    return {file.name: file.read_text() for file in sorted((TINY / "reference").glob("*.py"))}
