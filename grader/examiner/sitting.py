"""One test being sat: the two sides, the seeds, and the comparison of a scenario's results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader import wire
from grader.assignment import Assignment, Tolerance
from grader.candidate.modules import Modules
from grader.candidate.objects import Objects
from grader.examiner.disagreement import Disagreement
from grader.examiner.failures import told
from grader.examiner.seeds import Seeds
from grader.examiner.sides import Failed, Remote, Side
from grader.examiner.trial import Scenario, Trial, seed_here
from grader.report import Figure, GraderFault

MAX_FIGURES = 6


class Sitting:
    """The test that runs now. All its random numbers come from `seeds`, so that they never move.

    `expected` holds what the reference returned to this test's scenarios, in order, and is filled where it is
    shorter: the same seeds give the same results, so the reference runs once for a suite and not once for a hand-in.
    """

    def __init__(
        self, assignment: Assignment, seeds: Seeds, student: Side, reference: Modules, expected: list[Any]
    ) -> None:
        self.assignment = assignment
        self._expected = expected
        self._asked = 0
        self.figures: list[Figure] = []
        self.seeds = seeds
        self._sides = {"student": student, "reference": reference_side(reference)}
        seed_here(seeds.generators)

    @property
    def student_answered(self) -> bool:
        """Whether the student's code has given any value to this test."""
        return self._sides["student"].answered

    def side(self, name: str) -> Side:
        """The side of that name."""
        return self._sides[name]

    def end(self) -> None:
        """The test is over."""
        for side in self._sides.values():
            side.end()

    def agree(self, scenario: Scenario, tolerance: Tolerance) -> None:
        """Runs the scenario on both sides and compares. Raises Disagreement; GraderFault when the reference fails."""
        got, expected = self.both(scenario)
        seen = Disagreement(self._trial(scenario), got, expected, tolerance, self._sides["student"].sizes)
        if seen.found:
            raise seen

    def both(self, scenario: Scenario) -> tuple[Any, Any]:
        """What the scenario returns with the student's code, and with the reference."""
        expected = self._reference_result(scenario)
        return self._trial(scenario).run(self._sides["student"]), expected

    def show(self, figure: Figure) -> None:
        """Keeps a figure for the page. Raises ValueError when the test draws too many."""
        if len(self.figures) == MAX_FIGURES:
            raise ValueError(f"a test draws at most {MAX_FIGURES} figures")
        self.figures.append(figure)

    def _trial(self, scenario: Scenario) -> Trial:
        return Trial(scenario, self.seeds.generators)

    def _reference_result(self, scenario: Scenario) -> Any:
        if self._asked == len(self._expected):
            result = self._trial(scenario).run(self._sides["reference"])
            if _holds_remote(result):
                raise GraderFault("a scenario must return plain values; it returned an object of the reference's")
            self._expected.append(result)
        self._asked += 1
        return self._expected[self._asked - 1]


_current: Sitting | None = None


def current() -> Sitting:
    """The sitting of the test that runs now. Raises RuntimeError outside of a test."""
    if _current is None:
        raise RuntimeError("`student`, `reference` and `agree` work only inside a test that Handin runs")
    return _current


def sit(sitting: Sitting | None) -> None:
    """Makes a sitting the current one. A process sits one test at a time."""
    global _current  # noqa: PLW0603 - the authors' `student` and `agree` are importable names, so one place must know
    _current = sitting


def reference_fault(answer: wire.Answer, called: str) -> BaseException:
    """What the reference raises is a fault of ours."""
    match answer:
        case wire.Raised():
            said = told(answer)
        case wire.Missing():
            said = f"`{answer.name}` was not found in {answer.owner.replace('the hand-in', 'the reference')}"
        case wire.Unsendable():
            said = f"its result cannot leave it: {answer.reason}"
        case _:
            said = str(answer)
    return GraderFault(f"the reference failed in `{called}`: {said}")


def _deaf(_message: wire.Message, _body: wire.Body) -> None:
    pass


def reference_side(
    modules: Modules, failed: Failed = reference_fault, listener: Callable[[wire.Message, wire.Body], None] = _deaf
) -> Side:
    """The reference behind the very operations that the student's code stands behind, without a process in between.

    `listener` hears each operation and its answer.
    """

    def ask(operation: wire.Operation, body: wire.Body) -> tuple[wire.Message, wire.Body]:
        listener(operation, body)
        answer, reply = objects.perform(operation, body.direct())
        listener(answer, reply)
        return answer, reply.direct()

    def call_back(call: wire.Call, body: wire.Body) -> tuple[wire.Message, wire.Body]:
        answer, reply = side.call_back(call, body.direct())
        return answer, reply.direct()

    objects = Objects(modules, call_back)
    side = Side(ask, failed)
    return side


def _holds_remote(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_remote, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_remote, value))
    return isinstance(value, Remote)
