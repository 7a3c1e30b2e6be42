"""Grades one hand-in with a loaded suite: the order of the phases, the tests one by one, and the sum."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.archive import arrange, read_archive
from grader.assignment import Assignment
from grader.examiner.candidate_process import CandidateProcess
from grader.examiner.disagreement import Disagreement
from grader.examiner.failures import StudentFailure
from grader.examiner.judge import judge
from grader.examiner.second_look import SecondLook
from grader.examiner.suite import Ran, Suite, Test, card_fields
from grader.report import OnEvent, PhaseDone, Report, TaskReport, TestDone, TestReport, TestStarted

# A program that waits uses no processor time, and one on a busy machine gets little of it: its wall clock may run
# this much longer. The processor time is what ends a loop, so that verdicts do not depend on the load.
WALL_FACTOR = 3.0


class Clock:
    """Wall seconds of each phase, told as they end."""

    def __init__(self, on_event: OnEvent) -> None:
        self.phases: dict[str, float] = {}
        self._on_event = on_event
        self.begun = time.monotonic()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times one phase."""
        begun = time.monotonic()
        yield
        self.phases[name] = time.monotonic() - begun
        self._on_event(PhaseDone(name, self.phases[name]))


def grade(suite: Suite, suite_hash: str, handin: Path, candidate: CandidateProcess, on_event: OnEvent) -> Report:
    """The whole grading, in a candidate that was started. Raises Refused for a hand-in that is none, GraderFault."""
    clock = Clock(on_event)
    assignment = suite.assignment
    with clock.phase("unpack"):
        command = assignment.handin.command
        files = arrange(read_archive(handin, command=command), assignment.handin.files, command=command)
    with clock.phase("sandbox"):
        candidate.load(files)
    with clock.phase("import"):
        candidate.import_modules()
    with clock.phase("tests"):
        reports = list(_tests(suite, candidate, on_event))
    return _report(assignment, suite_hash, clock, reports)


def _tests(suite: Suite, candidate: CandidateProcess, on_event: OnEvent) -> Iterator[TestReport]:
    candidate.until = time.monotonic() + suite.assignment.limits.total_seconds
    second_look = SecondLook(suite, candidate)
    for position, test in enumerate(suite.tests):
        on_event(TestStarted(test.card.id, test.card.title, position, len(suite.tests)))
        begun = time.monotonic()
        ran = _sit(suite, test, candidate)
        seconds, output = time.monotonic() - begun, candidate.take_output()
        outcome = judge(ran.error, student_answered=ran.answered)
        if isinstance(ran.error, Disagreement):
            outcome = second_look.narrowed(outcome, test, ran.error)
        passed = outcome.verdict == "passed"
        report = TestReport(
            **card_fields(test),
            points=test.card.points if passed else 0,
            verdict=outcome.verdict,
            message=outcome.message,
            hints=outcome.hints,
            seconds=seconds,
            output=output,
            staff=outcome.staff,
            figures=ran.figures,
        )
        on_event(TestDone(report))
        yield report


def _sit(suite: Suite, test: Test, candidate: CandidateProcess) -> Ran:
    if time.monotonic() > candidate.until:
        seconds = suite.assignment.limits.total_seconds
        text = f"Not run: the tests before it used up the {seconds:g} seconds that all have together."
        return Ran(StudentFailure("timed_out", text))
    ran = Ran()
    try:
        with candidate.test(suite.seed_of(test), test.seconds, test.seconds * WALL_FACTOR) as side:
            ran = suite.run(test, side)
    except StudentFailure as failure:
        # What was drawn before it broke is still its own.
        ran = Ran(failure, figures=ran.figures)
    return ran


def _report(assignment: Assignment, suite_hash: str, clock: Clock, tests: list[TestReport]) -> Report:
    tasks = tuple(
        TaskReport(task.id, task.title, sum(test.points for test in tests if test.task == task.id), task.points)
        for task in assignment.tested
    )
    return Report(
        assignment=assignment.id,
        suite=suite_hash,
        score=sum(task.score for task in tasks),
        max_score=assignment.points,
        seconds=time.monotonic() - clock.begun,
        phases=clock.phases,
        tasks=tasks,
        tests=tuple(tests),
    )
