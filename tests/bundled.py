"""The bundled assignments as their tests need them: where they are, hand-ins made as students make them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.grading import Examiners
from grader.report import Report, TestReport

BUNDLED = {
    file.parent.name: file.parent for file in (Path(__file__).parents[1] / "tests_hidden").glob("*/assignment.toml")
}


@pytest.fixture(scope="session")
def examiners(sandbox_cache: Path) -> Iterator[Examiners]:
    """The real examiners, in the real sandbox."""
    with Examiners(cache=sandbox_cache) as examiners:
        yield examiners


def copy_of(source: Path, folder: Path) -> Path:
    """`folder`, with the files of `source` in it."""
    return shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def packed(suite: Path, folder: Path) -> Path:
    """What a student does with the finished folder: the handout's own `create_tarball.sh`."""
    shutil.copy(suite / "handout" / "create_tarball.sh", folder)
    # Not in its folder: the script finds that by itself.
    subprocess.run(["sh", str(folder / "create_tarball.sh")], cwd="/", check=True)
    return folder / "handin.tar"


def by_task(report: Report) -> dict[str, float]:
    return {task.id: task.score for task in report.tasks}


def failed(report: Report, *, scored: bool) -> list[TestReport]:
    return [test for test in report.tests if test.verdict != "passed" and (test.max_points > 0) == scored]


def titles(tests: list[TestReport]) -> set[str]:
    return {test.title for test in tests}
