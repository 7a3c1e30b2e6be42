"""The hidden suite as a pytest session: collected once, then run again and again, each time in a fork.

pytest is used for what authors know (collection, fixtures, parametrisation); verdicts and points are decided here, from
exceptions, never from a report's text. A test's exception is taken where it is raised: nothing of it is printed.
"""

from __future__ import annotations

import math
import os
import re
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from grader.assignment import Assignment, AssignmentError
from grader.examiner import sitting
from grader.examiner.draws import Drawn, Draws
from grader.examiner.failures import StudentFailure, failure
from grader.examiner.mistakes import load_mistakes
from grader.examiner.protocol import TestCard
from grader.examiner.seeds import Seeds, seeds_of
from grader.examiner.sides import Side
from grader.examiner.sitting import Sitting, reference_side
from grader.examiner.solution import load_solution
from grader.report import Figure, GraderFault, TestId

VISIBILITIES = ("always", "after_due", "never")
# A program that waits uses no processor time, and one on a busy machine gets little of it: its wall clock may run
# this much longer. The processor time is what ends a loop, so that verdicts do not depend on the load.
WALL_FACTOR = 3.0


class Test(msgspec.Struct, frozen=True):
    """One collected test, with its limit in seconds of processor time."""

    card: TestCard
    seconds: float
    item: pytest.Function

    @property
    def wall_seconds(self) -> float:
        """How long it may take by the clock on the wall."""
        return WALL_FACTOR * self.seconds


class Ran(msgspec.Struct, frozen=True):
    """How a test ended (None: it passed), whether the student's code gave any value, and what the test drew."""

    error: BaseException | None = None
    answered: bool = False
    figures: tuple[Figure, ...] = ()


class Suite:
    """A loaded suite: its tests in order, the reference's modules, and the mistakes that it knows."""

    def __init__(self, assignment: Assignment, folder: Path, items: list[pytest.Item]) -> None:
        self.assignment = assignment
        self._folder = folder
        self.tests = [_test(item, assignment, folder) for item in items]
        _check_points(assignment, folder, self.tests)
        self.reference = load_solution(assignment, folder / "reference")
        self.mistakes = load_mistakes(assignment, folder, [test.card for test in self.tests])
        self.expected: defaultdict[tuple[str, bool], list[Any]] = defaultdict(list)

    def seed_of(self, test: Test, *, again: bool = False) -> int:
        """What the candidate's global generators are seeded with in a test, or with its second input (`again`)."""
        return self._seeds_of(test, again=again).generators

    def _seeds_of(self, test: Test, *, again: bool) -> Seeds:
        return seeds_of(self.assignment, test.card.id, again=again)

    def run(self, test: Test, side: Side, *, again: bool = False) -> Ran:
        """Runs one test against the student's side, with its second input if `again`."""
        expected = self.expected[test.card.id, again]
        now = Sitting(self.assignment, self._seeds_of(test, again=again), side, self.reference, expected)
        sitting.sit(now)
        try:
            _run(test.item)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a test raises is its outcome, for the judge
            return Ran(error, now.student_answered, tuple(now.figures))
        finally:
            now.end()
            sitting.sit(None)
        return Ran(None, now.student_answered, tuple(now.figures))

    def sit_reference(self) -> None:
        """The reference sits the suite as a student would: it must pass, and its results are kept for all gradings.

        Raises AssignmentError.
        """
        for test in self.tests:
            error = self.run(test, reference_side(self.reference, failure)).error
            if error is not None:
                raise AssignmentError(self._folder / test.card.file, test.card.id, self.reference_failed(error))

    def reference_failed(self, error: BaseException) -> str:
        """What to tell the author of a test that the reference fails, in terms of his own files."""
        return f"the reference itself must pass this test, and did not: {_own_words(error, self._folder)}"


def _run(item: pytest.Function) -> None:
    """Set-up, call and teardown of one item, with its fixtures. Raises what the test raises.

    What pytest itself does around this (reports, captured output, rewritten tracebacks) is for a terminal, and takes
    as long as a short test does. Everything is torn down, since the next test meets another process.
    """
    state = item.session._setupstate  # noqa: SLF001 - pytest has no public way to run one item
    item._initrequest()  # noqa: SLF001 - fixtures anew, as pytest does when an item runs again
    try:
        state.setup(item)
        item.runtest()
    finally:
        state.teardown_exact(None)


class Plugin:
    """Hands the collected session to `use`, instead of running it."""

    def __init__(self, folder: Path, assignment: Assignment, use: Callable[[Suite], None]) -> None:
        self._folder = folder
        self._assignment = assignment
        self._use = use
        self.broken: BaseException | None = None
        self._drawn = Drawn()

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "task(id, title, points, visibility, seconds): see grader.author.task")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.broken:
            # pytest marks the error itself with an E; the rest is frames of its own.
            said = [line[1:].strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
            text = "; ".join(said) or report.longreprtext
            # Of a mistake in the syntax, Python itself says where.
            frames = re.findall(rf"^{re.escape(str(self._folder))}/(.+):(\d+): in ", report.longreprtext, re.MULTILINE)
            where = f" ({frames[-1][0]}, line {frames[-1][1]})" if frames else ""
            self.broken = AssignmentError(self._folder / report.nodeid, "", f"does not load: {text}{where}")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not self.broken:
            try:
                self._use(Suite(self._assignment, self._folder, session.items))
            except BaseException as error:  # noqa: BLE001 - pytest would print it, and go on; open_suite raises it
                self.broken = error
        return True

    @pytest.fixture
    def rng(self) -> np.random.Generator:
        """A generator seeded by the suite and the test: the same numbers in every grading."""
        return Draws(sitting.current().seeds.inputs, self._drawn)


def open_suite(folder: Path, assignment: Assignment, use: Callable[[Suite], None]) -> None:
    """Collects the suite and hands it to `use` while the session lives. Raises AssignmentError, and what `use`
    raises."""
    plugin = Plugin(folder, assignment, use)
    with _importable(folder):
        # The handout may hold public tests, which are the students' own.
        files = map(str, sorted(folder.glob("test_*.py")))
        # With nothing to set up for the folders above it, which would be done anew for each test.
        pytest.main([*files, *_OPTIONS, f"--rootdir={folder}", f"--confcutdir={folder}"], plugins=[plugin])
    if plugin.broken:
        raise plugin.broken


_OFF = "cacheprovider terminal logging junitxml pastebin doctest unittest stepwise debugging faulthandler warnings"
_OPTIONS = [
    f"-c{os.devnull}",
    "--noconftest",
    "--import-mode=importlib",
    # Rewritten asserts would put values of the test into messages.
    "--assert=plain",
    "--capture=no",
    *(f"-pno:{name}" for name in _OFF.split()),
]


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    # Authors keep what tests share in a file beside them.
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _own_words(error: BaseException, folder: Path) -> str:
    """The error in terms of the author's own files."""
    ours = isinstance(error, StudentFailure | GraderFault)
    said = str(error) if ours else f"{type(error).__name__}: {error}".removesuffix(": ")
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(f"{folder}/")]
    return f"{Path(lines[-1].filename).name}, line {lines[-1].lineno}: {said}" if lines else said


def _test(item: pytest.Item, assignment: Assignment, folder: Path) -> Test:
    test = TestId(item.nodeid)
    where, name = folder / test.file, test.name
    marks = list(item.iter_markers("task"))
    if not marks:
        raise AssignmentError(where, name, "has no task: mark it with @task(id, title, points=…)")
    (task,), settings = marks[0].args, marks[0].kwargs
    if task not in {each.id for each in assignment.tested}:
        known = ", ".join(each.id for each in assignment.tested)
        text = f"its task `{task}` is none that tests grade in assignment.toml; expected one of {known}"
        raise AssignmentError(where, name, text)
    if wrong := _wrong_setting(**settings):
        raise AssignmentError(where, name, wrong)
    seconds = settings["seconds"] or assignment.limits.test_seconds
    card = TestCard(item.nodeid, task, settings["title"], settings["points"], settings["visibility"])
    if not isinstance(item, pytest.Function):
        raise AssignmentError(where, name, "is not a test function")
    return Test(card, seconds, item)


def _wrong_setting(title: Any, points: Any, visibility: Any, seconds: Any) -> str:
    """What `@task` was told and cannot be; "" when all can."""
    if not (isinstance(title, str) and title.strip()):
        return "title must be text that students can read"
    if not (isinstance(points, int | float) and 0 <= points < math.inf):
        return "points must be a number, 0 or more"
    if visibility not in VISIBILITIES:
        return f"visibility must be one of {', '.join(VISIBILITIES)}"
    if seconds is not None and not (isinstance(seconds, int | float) and 0 < seconds < math.inf):
        return "seconds must be a number above 0"
    return ""


def _check_points(assignment: Assignment, folder: Path, tests: list[Test]) -> None:
    earned: Counter[str] = Counter()
    for test in tests:
        earned[test.card.task] += test.card.points  # type: ignore[assignment] # points may be halves
    for task in assignment.tested:
        if abs(earned[task.id] - task.points) > 1e-9:
            text = f"task `{task.id}` has {task.points:g} points, but its tests add up to {earned[task.id]:g}"
            raise AssignmentError(folder / "assignment.toml", "task.points", text)


def card_fields(test: Test) -> dict[str, Any]:
    """A test's card as keyword arguments of a TestReport."""
    card = test.card
    return {
        "id": card.id,
        "task": card.task,
        "title": card.title,
        "max_points": card.points,
        "visibility": card.visibility,
    }
