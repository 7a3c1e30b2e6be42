"""The exam: one candidate sits each test of a suite, in order, and what it earned is summed up.

Tests go on in one process of the hand-in's for as long as they pass, since a fork costs more than most of them. A
failure counts only in a process that no other test has used: it is found there, or not at all. After the first, each
test gets a process of its own: no hand-in may have more than one attempt that is not of its own time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from grader.assignment import Assignment
from grader.examiner.candidate import Candidate
from grader.examiner.disagreement import Disagreement
from grader.examiner.failures import StudentFailure
from grader.examiner.judge import judge
from grader.examiner.second_look import SecondLook
from grader.examiner.suite import Ran, Suite, Test, card_fields
from grader.report import OnEvent, Report, TaskReport, TestDone, TestReport, TestStarted, summed


def sit_all(suite: Suite, candidate: Candidate, on_event: OnEvent) -> Iterator[TestReport]:
    """Has the hand-in sit each test, in order, and reports on it."""
    candidate.until = time.monotonic() + suite.assignment.limits.total_seconds
    second_look = SecondLook(suite, candidate)
    before: Test | None = None
    may_go_on = True
    for position, test in enumerate(suite.tests):
        on_event(TestStarted(test.card.id, test.card.title, position, len(suite.tests)))
        begun = time.monotonic()
        # Of the same processor time, so that none has more of it than alone.
        goes_on = may_go_on and candidate.goes_on and before is not None and before.seconds == test.seconds
        ran = _sit(suite, test, candidate, fresh=not goes_on)
        if goes_on and ran.error is not None:
            may_go_on = False
            candidate.take_output()
            candidate.until += time.monotonic() - begun  # it was our attempt to save time
            begun = time.monotonic()
            ran = _sit(suite, test, candidate, fresh=True)
        before = None if ran.error else test
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


def _sit(suite: Suite, test: Test, candidate: Candidate, *, fresh: bool) -> Ran:
    if time.monotonic() > candidate.until:
        seconds = suite.assignment.limits.total_seconds
        text = f"Not run: the tests before it used up the {seconds:g} seconds that all have together."
        return Ran(StudentFailure("timed_out", text))
    ran = Ran()
    try:
        with candidate.test(suite.seed_of(test), test.seconds, test.wall_seconds, fresh=fresh) as side:
            ran = suite.run(test, side)
    except StudentFailure as failure:
        # What was drawn before it broke is still its own.
        ran = Ran(failure, figures=ran.figures)
    return ran


def summed_up(
    assignment: Assignment, tests: Sequence[TestReport], seconds: float, *, suite: str, phases: dict[str, float]
) -> Report:
    """The report on a hand-in that sat these tests, with the score of each task that tests grade."""
    tasks = tuple(
        TaskReport(task.id, task.title, summed(test.points for test in tests if test.task == task.id), task.points)
        for task in assignment.tested
    )
    score = summed(task.score for task in tasks)
    return Report(assignment.id, suite, score, assignment.points, seconds, phases, tasks, tuple(tests))
