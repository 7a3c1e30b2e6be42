"""The mistakes that an assignment knows, each as changes that make it in the reference, and the words about it.

A hand-in that returns exactly what the reference with a mistake returns has made that mistake. This is tried for
tests that failed, never decides a verdict, and never fails a grading: a variant that breaks explains nothing.
"""

from __future__ import annotations

import compileall
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest
from msgspec import Meta

from grader.assignment import Assignment, AssignmentError, Identifier, Tolerance, read_toml
from grader.candidate.modules import Modules
from grader.candidate.notebook.document import NotebookError, code_cells
from grader.compare import Difference, differences
from grader.examiner.disagreement import Disagreement
from grader.examiner.failures import StudentFailure
from grader.examiner.protocol import TestCard
from grader.examiner.sitting import reference_side
from grader.examiner.solution import hidden, load_variant
from grader.report import Hint

FOLDER = "mistakes"
EXACT = Tolerance(rtol=0.0, atol=0.0)
# How much of the way from the right value to the student's a mistake may leave unexplained: rounding, and no more.
UNEXPLAINED = 1e-3
# Shorter lines of a reference are no secret, as `return x` is.
QUOTED = 12
# How a variant breaks, or the scenario that runs it. The last three are no Exceptions.
_BROKEN = (Exception, StudentFailure, pytest.fail.Exception, pytest.skip.Exception)
Text = Annotated[str, Meta(min_length=1)]


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`old`, which stands exactly once in the reference's `file`, becomes `new`."""

    file: Text
    old: Text
    new: str


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the folder. `tasks` (ids) and `tests` (patterns of test ids) are where it may show; none: anywhere."""

    hint: Identifier
    text: Text
    change: Annotated[tuple[Change, ...], Meta(min_length=1)]
    tasks: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


class Mistake:
    """One mistake: its hint, and the reference with the mistake in it."""

    def __init__(self, told: _Told, modules: Modules) -> None:
        self.hint = Hint(told.hint, told.text)
        self._told = told
        self.modules = modules

    def may_show_in(self, test: TestCard) -> bool:
        """Whether the test is one of those that the mistake was written for."""
        tasks, tests = self._told.tasks, self._told.tests
        in_task = not tasks or test.task in tasks
        return in_task and (not tests or any(fnmatchcase(test.id, pattern) for pattern in tests))

    def explains(self, seen: Disagreement, seconds: float) -> bool:
        """Whether the reference with this mistake returns all that the student's code returned, and so differs from
        the reference. It is given so many seconds of processor time."""
        try:
            # A mistake may overflow: that is nothing to warn of.
            with at_most(seconds), np.errstate(all="ignore"):
                # To compare may fail too: no float is as large as a whole number that a student may return.
                return accounts_for(seen.trial.run(reference_side(self.modules)), seen)
        except _BROKEN:
            return False


def load_mistakes(assignment: Assignment, folder: Path, tests: Sequence[TestCard]) -> tuple[Mistake, ...]:
    """The mistakes of the assignment in `folder`, whose reference is imported. Raises AssignmentError."""
    files = sorted((folder / FOLDER).glob("*.toml"))
    if not files:
        return ()
    reference = folder / "reference"
    with tempfile.TemporaryDirectory(prefix="handin-mistakes-") as place, hidden(reference):
        copy = shutil.copytree(reference, Path(place, "reference"), ignore=shutil.ignore_patterns("__pycache__"))
        # A mistake changes a file or two: the others need not be compiled again. They are known by their content, since
        # the file before may have the age and the length of the one that replaces it.
        compileall.compile_dir(copy, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        lines = _lines(reference)
        return tuple(_load(assignment, copy, file, tests, lines) for file in files)


def _load(assignment: Assignment, copy: Path, file: Path, tests: Sequence[TestCard], lines: frozenset[str]) -> Mistake:
    told = read_toml(file, _Told)
    _check_text(told.text, lines, file)
    for task in told.tasks:
        if task not in {test.task for test in tests}:
            raise AssignmentError(file, "tasks", f"`{task}` is no task that tests grade")
    for pattern in told.tests:
        if not any(fnmatchcase(test.id, pattern) for test in tests):
            raise AssignmentError(file, "tests", f"`{pattern}` matches no test; ids look like `{tests[0].id}`")
    with _made(told, copy, file):
        try:
            return Mistake(told, load_variant(assignment, copy))
        except AssignmentError as error:
            raise AssignmentError(file, "change", f"so changed, {error.expected} (in `{error.key}`)") from None


@contextmanager
def _made(told: _Told, copy: Path, file: Path) -> Iterator[None]:
    """Meanwhile the copy of the reference has the mistake."""
    sources: dict[Path, str] = {}
    try:
        for change in told.change:
            target = copy / change.file
            if not target.resolve().is_relative_to(copy.resolve()) or not target.is_file():
                raise AssignmentError(file, "change.file", f"`{change.file}` is no file of the reference")
            source = target.read_text(encoding="utf-8")
            sources.setdefault(target, source)
            if (times := source.count(change.old)) != 1:
                text = f"must stand exactly once in `{change.file}`, and stands {times} times: {change.old!r}"
                raise AssignmentError(file, "change.old", text)
            target.write_text(source.replace(change.old, change.new), encoding="utf-8")
        yield
    finally:
        for target, source in sources.items():
            target.write_text(source, encoding="utf-8")


def _lines(reference: Path) -> frozenset[str]:
    """The lines of all the reference's files that are text, and of its notebooks' code; short ones are left out."""
    lines: set[str] = set()
    for file in reference.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            with suppress(UnicodeDecodeError, NotebookError):
                # In a notebook's JSON each line stands as a string of its own.
                texts = code_cells(file.read_bytes()) if file.suffix == ".ipynb" else [file.read_text(encoding="utf-8")]
                lines.update(line.strip() for text in texts for line in text.splitlines())
    return frozenset(line for line in lines if len(line) >= QUOTED)


def _check_text(text: str, lines: frozenset[str], file: Path) -> None:
    """A hint is no place for a line of the reference."""
    for line in sorted(lines):
        if line in text:
            raise AssignmentError(file, "text", f"must not quote the reference: {line!r}")


class TooLong(Exception):
    """A variant used up its time."""


@contextmanager
def at_most(seconds: float, error: Callable[[], BaseException] = TooLong) -> Iterator[None]:
    """Raises `error` in this thread after so many seconds of processor time."""

    def end(_number: int, _frame: object) -> None:
        raise error()

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def accounts_for(result: Any, seen: Disagreement) -> bool:
    """Whether `result` is what the student returned, far closer than the right values are.

    Within the tolerance alone many a mistake is like another: one small step moves a weight by little more than it.
    """
    with np.errstate(all="ignore"):
        if any(differences(seen.got, result, seen.tolerance)):
            return False
        left = {each.name: _distance(each) for each in differences(seen.got, result, EXACT)}
        made = {each.name: _distance(each) for each in differences(result, seen.expected, EXACT)}
    return all(left.get(name, 0.0) <= UNEXPLAINED * made.get(name, 0.0) for name in (each.name for each in seen.found))


def _distance(difference: Difference) -> float:
    """The largest distance between two entries; infinite where there is none, as between a number and None."""
    got, expected = difference.got, difference.expected
    if not (_is_numeric(got) and _is_numeric(expected)) or np.shape(got) != np.shape(expected):
        return np.inf
    gaps = np.abs(np.subtract(got, expected, dtype=np.complex128))
    return float(np.max(gaps[np.isfinite(gaps)], initial=0.0)) if np.isfinite(gaps).any() else np.inf


def _is_numeric(value: Any) -> bool:
    return isinstance(value, int | float | complex | np.number) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "biufc"
    )
