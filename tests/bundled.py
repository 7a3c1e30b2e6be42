"""The bundled assignments as their tests need them: where they are, hand-ins made as students make them, and a table of
solutions with known faults.

A row of the table is a file of `known_wrong/ASSIGNMENT`: what is wrong, the changes to the reference that make it so,
and what it must get. Tasks that `score` leaves out get full marks.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec
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


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """One change to a file, whose `old` text stands exactly once in it."""

    file: str
    old: str
    new: str

    def make(self, folder: Path) -> None:
        """Changes the file in this folder."""
        file = folder / self.file
        source = file.read_text()
        assert source.count(self.old) == 1, f"{self.file} must hold exactly once: {self.old}"
        file.write_text(source.replace(self.old, self.new))


class KnownWrong(msgspec.Struct, forbid_unknown_fields=True):
    """`verdict` is that of the first scored test that fails; `hint` is the kind of its first hint, or of the first
    advisory one's when no scored test fails ("": there is none); `advice` names advisory tests that fail."""

    suite: Path
    what: str
    change: list[Change]
    score: dict[str, float] = {}
    verdict: str = "wrong"
    hint: str | None = None
    advice: list[str] = []

    def write(self, folder: Path) -> None:
        """Writes the solution's files into the folder."""
        copy_of(self.suite / "reference", folder)
        for change in self.change:
            change.make(folder)

    def packed(self, folder: Path) -> Path:
        """The hand-in, made in an empty folder."""
        self.write(folder)
        return packed(self.suite, folder)


KNOWN_WRONG = {
    f"{suite}/{file.stem}": msgspec.convert({"suite": folder, **tomllib.loads(file.read_text())}, KnownWrong)
    for suite, folder in sorted(BUNDLED.items())
    for file in sorted((Path(__file__).parent / "known_wrong" / suite).glob("*.toml"))
}


# Each the only one of those that `make test` takes that fails some test.
_NEEDED = {
    "hw1p1/loss_derivative_averaged",
    "ift6135-h1/adjoints_not_summed",
    "ift6135-h1/numbers_without_the_step",
    "ydata-hw2/softmax_diagonal_alone",
}


def _alike(name: str) -> tuple[object, ...]:
    row = KNOWN_WRONG[name]
    return (name,) if row.hint is None or name in _NEEDED else (row.suite, row.verdict, row.hint)


# Of rows with the same verdict and hint one is taken, and none of those that make a mistake in another way than a file
# of `mistakes/` does (`own_`): `python -m bench.hints` measures with them. `make test-known-wrong` takes all.
EVERY_ROW = "HANDIN_EVERY_ROW" in os.environ
_ONE_OF_EACH = {_alike(name): name for name in reversed(KNOWN_WRONG) if "/own_" not in name}
ROWS = [name for name in KNOWN_WRONG if EVERY_ROW or name in _ONE_OF_EACH.values()]


def _handed_in(name: str, folder: Path) -> tuple[Path, Path]:
    """The suite, and the hand-in made in the empty folder."""
    if name in KNOWN_WRONG:
        return KNOWN_WRONG[name].suite, KNOWN_WRONG[name].packed(folder)
    suite, source = name.split("/")
    return BUNDLED[suite], packed(BUNDLED[suite], copy_of(BUNDLED[suite] / source, folder))


@pytest.fixture(scope="session")
def grading_of(examiners: Examiners, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Report]:
    """The server's report of a row of the table, or of `hw1p1/reference` or `hw1p1/handout`. Each is graded once,
    whichever process of a test run asks first."""
    root = tmp_path_factory.getbasetemp()
    kept = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "gradings"

    @cache
    def grading_of(name: str) -> Report:
        file = kept / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        # Two processes go through the same table, and would otherwise grade the same row at the same time.
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                folder = tmp_path_factory.mktemp("handin")
                report = examiners.grade(*_handed_in(name, folder))
                whole = folder / "report.json"
                whole.write_bytes(msgspec.json.encode(report))
                whole.rename(file)
        return msgspec.json.decode(file.read_bytes(), type=Report)

    return grading_of


def by_task(report: Report) -> dict[str, float]:
    return {task.id: task.score for task in report.tasks}


def failed(report: Report, *, scored: bool) -> list[TestReport]:
    return [test for test in report.tests if test.verdict != "passed" and (test.max_points > 0) == scored]


def first_failure(report: Report) -> TestReport | None:
    """The first scored test that fails, or the first advisory one when all scored tests pass."""
    return next(iter([*failed(report, scored=True), *failed(report, scored=False)]), None)


def titles(tests: list[TestReport]) -> set[str]:
    return {test.title for test in tests}
