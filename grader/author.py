"""What a test author imports: `student`, `reference`, `agree`, `both`, `answer`, what draws, and the marker `task`.
Everything else is ordinary pytest.

A test in full: draw inputs from the fixture `rng`, write a scenario that takes a module-like `m` and returns values by
name, and say `agree(scenario)`. The scenario runs once with the reference and once with the student's code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grader.assignment import Tolerance
from grader.examiner import figures, sitting
from grader.examiner.answers import Rule, judge_answer
from grader.examiner.sides import answer_of
from grader.report import GraderFault

__all__ = ["agree", "answer", "both", "reference", "show_curves", "show_picture", "student", "task"]

Scenario = Callable[[Any], Any]


class _Side:
    """Stands for one side of the test that runs now, so that it can be imported before any test does."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(sitting.current().side(self._name).root, name)


student = _Side("student")
reference = _Side("reference")


def agree(scenario: Scenario, *, rtol: float | None = None, atol: float | None = None) -> None:
    """Runs the scenario with the reference and with the student, from the same seeds, and compares what it returns.

    A scenario returns a dict of name to value, or one value; arrays must agree in dtype, shape and value
    (|got - expected| <= atol + rtol * |expected|; the assignment's tolerance unless given here). Raises Disagreement.
    """
    now = sitting.current()
    now.agree(scenario, _tolerance(now, rtol, atol))


def _tolerance(now: sitting.Sitting, rtol: float | None, atol: float | None) -> Tolerance:
    usual = now.assignment.compare
    return Tolerance(usual.rtol if rtol is None else rtol, usual.atol if atol is None else atol)


def answer(
    key: str,
    *,
    decimals: int | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    holds: Callable[[Any], str | None] | None = None,
    feedback: Mapping[str, tuple[Any, str]] | None = None,
) -> None:
    """Looks up one answer in the student's answer file and in the reference's, and holds it to the reference's.

    It must have the form of the reference's answer: a number, text, true or false, a list of as many, a table of the
    same keys. Whole numbers must be equal, others close; with `decimals`, all to half a unit of that decimal place
    (-2: of the hundreds; from -15 to 15). Case and spacing of text do not matter.

    `holds` replaces the comparison where several answers are right: it takes the answer, in the form of the reference's
    and with whole numbers as ints, and returns None or the sentence that tells which condition fails. `feedback` maps a
    kind of hint to a known wrong answer and the sentence for it.
    """
    now = sitting.current()
    if not now.assignment.student.answers:
        raise GraderFault(f"answer({key!r}) needs an answer file: name it in assignment.toml, student.answers")
    rule = Rule(_tolerance(now, rtol, atol), decimals, holds, feedback or {})
    given, expected = now.both(lambda side: answer_of(side, key))
    judge_answer(key, given, expected, rule)


def both(scenario: Scenario) -> tuple[Any, Any]:
    """What the scenario returns with the student's code and with the reference, run as `agree` does, and not compared.

    The first may be anything that student code can return.
    """
    return sitting.current().both(scenario)


def show_curves(title: str, step: str, curves: Mapping[str, tuple[Any, Any]]) -> None:
    """Draws a chart on the result's page: for each name the student's curve beside the reference's, `(got, expected)`,
    one number for each `step` ("epoch"); at most 8 curves of 500 steps.

    Raises AssertionError, in words for the student, when theirs cannot be drawn; nothing of the chart is drawn then.
    """
    sitting.current().show(figures.curves(title, step, curves))


def show_picture(title: str, image: Any) -> None:
    """Draws an image on the result's page, also when the test fails afterwards: (height, width) in grey or
    (height, width, 3) in colour, at most 96 pixels on a side, from 0 (dark) to 1 (bright), or bytes.

    Raises AssertionError, in words for the student, when it cannot be drawn.
    """
    sitting.current().show(figures.picture(title, image))


def task(
    id: str,  # noqa: A002 - the word of the assignment file
    title: str,
    *,
    points: float = 0,
    visibility: str = "always",
    seconds: float | None = None,
) -> pytest.MarkDecorator:
    """Marks a test: its task, its title on the page, its points (0: advisory, shown and worth nothing).

    `visibility` is when students see its result: "always", "after_due" or "never". `seconds` of processor time replaces
    the assignment's `limits.test_seconds`.
    """
    return pytest.mark.task(id, title=title, points=points, visibility=visibility, seconds=seconds)
