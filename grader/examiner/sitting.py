"""One test being sat: the two sides, the seeds, and the comparison of a scenario's results."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from grader import wire
from grader.assignment import Assignment, Tolerance
from grader.candidate.objects import Modules, Objects
from grader.compare import Difference, differences
from grader.examiner.failures import Disagreement, told
from grader.examiner.sides import Failed, Remote, Side
from grader.hints import explain
from grader.report import Figure, GraderFault, Hint

MAX_NAMES = 3
MAX_HINTS = 3
MAX_FIGURES = 6


class Sitting:
    """The test that runs now. `seed` is drawn from the assignment's seed and the test's id, so that it never moves.

    `expected` holds what the reference returned to this test's scenarios, in order, and is filled where it is
    shorter: the same seeds give the same results, so the reference runs once for a suite and not once for a hand-in.
    """

    def __init__(
        self, assignment: Assignment, test_id: str, student: Side, reference: Modules, expected: list[Any]
    ) -> None:
        self.assignment = assignment
        self._expected = expected
        self._asked = 0
        self.figures: list[Figure] = []
        self.seed = seed_of(assignment, test_id)
        self._sides = {"student": student, "reference": reference_side(reference)}
        self._seed_here()

    @property
    def student_answered(self) -> bool:
        """Whether the student's code has given any value to this test."""
        return self._sides["student"].answered

    def side(self, name: str) -> Side:
        """The side of that name."""
        return self._sides[name]

    def agree(self, scenario: Callable[[Any], Any], tolerance: Tolerance) -> None:
        """Runs the scenario on both sides and compares. Raises Disagreement; GraderFault when the reference fails."""
        got, expected = self.both(scenario)
        found = list(differences(got, expected, tolerance))
        if found:
            hints = self._hints(found, tolerance)
            raise Disagreement(_sentence(found) if hints else f"{_sentence(found)}{_extent(found, tolerance)}", hints)

    def both(self, scenario: Callable[[Any], Any]) -> tuple[Any, Any]:
        """What the scenario returns with the student's code, and with the reference."""
        expected = self._reference_result(scenario)
        return self._run(scenario, "student"), expected

    def show(self, figure: Figure) -> None:
        """Keeps a figure for the page. Raises ValueError when the test draws too many."""
        if len(self.figures) == MAX_FIGURES:
            raise ValueError(f"a test draws at most {MAX_FIGURES} figures")
        self.figures.append(figure)

    def _reference_result(self, scenario: Callable[[Any], Any]) -> Any:
        if self._asked == len(self._expected):
            result = self._run(scenario, "reference")
            if _holds_remote(result):
                raise GraderFault("a scenario must return plain values; it returned an object of the reference's")
            self._expected.append(result)
        self._asked += 1
        return self._expected[self._asked - 1]

    def _run(self, scenario: Callable[[Any], Any], name: str) -> Any:
        side = self._sides[name]
        side.seed(self.seed)
        self._seed_here()
        return scenario(side.root)

    def _seed_here(self) -> None:
        # The test's own generators too: its weight initialisers draw from them, on whichever side asks.
        random.seed(self.seed)
        np.random.seed(self.seed)  # noqa: NPY002 - hand-ins and their tests use the global generator

    def _hints(self, found: list[Difference], tolerance: Tolerance) -> tuple[Hint, ...]:
        sizes = list(dict.fromkeys(self._sides["student"].sizes))
        alike: dict[tuple[str, str], tuple[Hint, list[str]]] = {}
        for each in found:
            hints = explain(each.name, each.got, each.expected, sizes=sizes, rtol=tolerance.rtol, atol=tolerance.atol)
            for hint in hints:
                # Eight layers with one mistake are one thing to mend.
                alike.setdefault((hint.kind, repr(hint.params)), (hint, []))[1].append(each.name)
        return tuple(_for_all(hint, names) for hint, names in alike.values())[:MAX_HINTS]


def _for_all(hint: Hint, names: list[str]) -> Hint:
    if len(names) == 1:
        return hint
    return msgspec.structs.replace(hint, text=f"{hint.text} The same holds for {_listed(names[1:])}.")


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:MAX_NAMES])
    return shown + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")


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


def seed_of(assignment: Assignment, test_id: str) -> int:
    """32 bits drawn from the assignment's seed and the test's id."""
    return int.from_bytes(hashlib.sha256(f"{assignment.seed}\0{test_id}".encode()).digest()[:4])


def reference_fault(answer: wire.Answer, called: str) -> BaseException:
    """What the reference raises is a fault of ours."""
    said = told(answer) if isinstance(answer, wire.Raised) else str(answer)
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


def _sentence(found: list[Difference]) -> str:
    names = [each.name for each in found]
    return f"{_listed(names)} {'differs' if len(found) == 1 else 'differ'} from the reference."


def _extent(found: list[Difference], tolerance: Tolerance) -> str:
    """Where no hint holds: how much of the first value is wrong. Only counts, and nothing of the values."""
    name, got, expected = found[0].name, found[0].got, found[0].expected
    if not (type(got) is np.ndarray and type(expected) is np.ndarray and got.shape == expected.shape):
        return ""
    with np.errstate(all="ignore"):
        wrong = np.size(got) - np.count_nonzero(np.isclose(got, expected, rtol=tolerance.rtol, atol=tolerance.atol))
    return f" In `{name}`, {wrong} of {np.size(got)} entries are wrong; its shape is right."
