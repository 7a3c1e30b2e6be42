"""What the reference and the starter get when they are handed in: graded in the sandbox, several times, as students
are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from grader.assignment import FILE, Assignment, AssignmentError, load
from grader.checking import handins
from grader.checking.findings import Finding, error, test_file, test_name, warning
from grader.grading import Cancelled
from grader.report import Event, GraderFault, OnEvent, Refused, Report, TestStarted

Work = Callable[[Path, Path], Path]


class Grader(Protocol):
    """What is needed of `grader.grading.Examiners`."""

    def grade(self, suite: Path, handin: Path, on_event: OnEvent) -> Report:
        """Grades one hand-in. Raises Refused or GraderFault."""


class Gradings:
    """Has work of the assignment's folder handed in and graded, `runs` times. `tell` hears which test runs, and after
    each grading `rest` is called, which may raise Paused."""

    def __init__(
        self, folder: Path, examiners: Grader, runs: int, tell: Callable[[str], None], rest: Callable[[], None]
    ) -> None:
        self._folder = folder
        self._examiners = examiners
        self._runs = runs
        self._tell = tell
        self._rest = rest

    def of(self, work: Work, reports: list[Report]) -> None:
        """Adds to the reports, up to as many gradings of a hand-in made of `work`, `handins.starter` or
        `handins.solution`.

        Raises AssignmentError when it cannot be graded, GraderFault when the assignment is not to blame, Paused.
        """
        name = work.__name__
        assignment = load(self._folder)
        with tempfile.TemporaryDirectory(prefix="handin-check-") as place:
            archive = handins.made(self._folder, assignment, work(self._folder, Path(place, "work")))
            try:
                for run in range(len(reports), self._runs):
                    reports.append(self._grade(archive, f"the {name}, run {run + 1} of {self._runs}"))
                    self._rest()
            except Refused as reason:
                raise AssignmentError(self._folder, "", f"the {name} is refused when handed in: {reason}") from None

    def _grade(self, archive: Path, what: str) -> Report:
        running: list[str] = []

        def on_event(event: Event) -> None:
            if isinstance(event, TestStarted):
                running.append(event.id)
                self._tell(f"{what}: {event.title}")

        self._tell(what)
        try:
            return _kept_of(self._examiners.grade(self._folder, archive, on_event))
        except GraderFault as fault:
            if isinstance(fault, Cancelled) or not running:
                raise
            test = running[-1]
            raise AssignmentError(test_file(self._folder, test), test_name(test), f"{what}: {fault}") from fault


def _kept_of(report: Report) -> Report:
    """The report without what a check does not look at: what was printed and drawn, and tracebacks."""
    tests = tuple(msgspec.structs.replace(test, output="", figures=(), staff="") for test in report.tests)
    return msgspec.structs.replace(report, tests=tests)


def of_solution(
    folder: Path, assignment: Assignment, limits: Sequence[float], reports: Sequence[Report]
) -> Iterator[Finding]:
    """Which tests the reference fails, or only just passes in time. `limits` are the tests', in order, in seconds."""
    for limit, sat in zip(limits, zip(*(report.tests for report in reports), strict=True), strict=True):
        worst = next((test for test in sat if test.verdict != "passed"), None)
        if worst:
            said = "\n".join([worst.message, *(hint.text for hint in worst.hints)])
            text = f"the reference fails it when it is handed in and graded ({worst.verdict}): {said}"
            yield error(test_file(folder, worst.id), test_name(worst.id), text)
        elif (seconds := min(test.seconds for test in sat)) > limit / 2:
            text = f"the reference takes {seconds:.1f} of {limit:g} seconds; make it smaller, or give it more `seconds`"
            yield warning(test_file(folder, sat[0].id), test_name(sat[0].id), text)
    yield from _slow_parts(folder, assignment, reports)


def of_starter(folder: Path, assignment: Assignment, reports: Sequence[Report]) -> Iterator[Finding]:
    """Whether the starter gets what assignment.toml says, and the same in every run."""
    for sat in zip(*(report.tests for report in reports), strict=True):
        verdicts = list(dict.fromkeys(test.verdict for test in sat))
        if len(verdicts) > 1:
            text = (
                f"the same starter gets {' and '.join(verdicts)} in turn: let the verdict depend on no chance or clock"
            )
            yield error(test_file(folder, sat[0].id), test_name(sat[0].id), text)
        elif verdicts[0] in ("missing_name", "import_failed"):
            text = f"the starter lacks what it asks for, and students would have to guess it: {sat[0].message}"
            yield warning(test_file(folder, sat[0].id), test_name(sat[0].id), text)
    score = reports[0].score
    if abs(score - assignment.starter.score) > 1e-9:
        passed = ", ".join(f"`{test.title}`" for test in reports[0].tests if test.points) or "no test"
        text = f"the starter gets {score:g} points, not {assignment.starter.score:g}: it passes {passed}"
        yield error(folder / FILE, "starter.score", text)


def _slow_parts(folder: Path, assignment: Assignment, reports: Sequence[Report]) -> Iterator[Finding]:
    """What takes the reference more than half of what it may: a student's right solution may be twice as slow."""
    limits = assignment.limits
    for phase, key, limit in (
        ("import", "limits.import_seconds", limits.import_seconds),
        ("tests", "limits.total_seconds", limits.total_seconds),
    ):
        seconds = min(report.phases[phase] for report in reports)
        if seconds > limit / 2:
            yield warning(
                folder / FILE, key, f"the reference takes {seconds:.1f} of {limit:g} seconds; allow twice that"
            )
