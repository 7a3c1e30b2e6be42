"""Runs the reference for a handout: `python -I -m grader.handout.record SUITE FOLDER` writes its results into FOLDER.

A process of its own, as it runs the suite's code. Every input is drawn from the handout's seed, so that nothing hidden
is stored. A mistake in the assignment is told on standard output, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from grader import wire
from grader.assignment import Assignment, AssignmentError, load
from grader.by_person import graded_by_a_person
from grader.examiner.disagreement import Disagreement
from grader.examiner.failures import failure
from grader.examiner.mistakes import Mistake
from grader.examiner.sitting import reference_side
from grader.examiner.suite import Suite, Test, open_suite
from grader.handout.local import drawing, plan
from grader.handout.local.mistakes import StoredMistake, sketch
from grader.handout.local.plan import Elsewhere, Plan
from grader.report import Figure, summed

STORED, GRAPHS = "stored", "expected_graphs"


def main(folder: Path, target: Path) -> None:
    """Writes the plan into `target`/stored and what the reference draws into `target`/expected_graphs."""
    assignment = msgspec.structs.replace(load(folder), seed=plan.SEED)

    def use(suite: Suite) -> None:
        recorded, figures = _record(suite, folder)
        plan.write(recorded, target / STORED)
        if figures:
            for _file in drawing.write(figures, target / GRAPHS, drawing.as_svg):
                pass

    open_suite(folder, assignment, use)


def _record(suite: Suite, folder: Path) -> tuple[Plan, list[Figure]]:
    shipped = [test for test in suite.tests if ships(suite.assignment, test.card.file)]
    _check_visible(shipped, folder)
    drawn = {test.card.id: _sat(suite, test, folder) for test in shipped}
    stored = [_stored(suite, mistake, shipped) for mistake in suite.mistakes]
    recorded = Plan(
        assignment=_shipped_points(suite.assignment, shipped),
        results={key: suite.expected[key] for test in shipped for key in ((test.card.id, False), (test.card.id, True))},
        # The words about a mistake that only the server's own tests show must not leave it.
        mistakes=tuple(mistake for mistake in stored if mistake.made),
        elsewhere=tuple(_elsewhere(suite, shipped)),
        drawing=tuple(test for test, figures in drawn.items() if figures),
        by_person=graded_by_a_person(suite.assignment),
    )
    return recorded, [figure for figures in drawn.values() for figure in figures]


def ships(assignment: Assignment, file: str) -> bool:
    """Whether the test file of that name may leave the server."""
    return any(fnmatchcase(file, pattern) for pattern in assignment.handout.tests)


def _check_visible(shipped: Sequence[Test], folder: Path) -> None:
    """A test that students may not see, or not before the deadline, cannot be given to them. Raises AssignmentError."""
    for test in shipped:
        if test.card.visibility != "always":
            text = (
                f"is shown to students `{test.card.visibility}`, and handout.tests gives them its file now: leave the "
                'file out, or let the test show "always"'
            )
            raise AssignmentError(folder / test.card.file, test.card.id, text)


def _sat(suite: Suite, test: Test, folder: Path) -> Sequence[Figure]:
    """Has the reference sit the test with both inputs, which fills `suite.expected`. Returns what it draws."""

    def hear(message: wire.Message, _body: wire.Body) -> None:
        if isinstance(message, wire.Look):
            raise AssignmentError(
                folder / test.card.file,
                test.card.id,
                f"asks for the answer `{message.key}`, and a handout would hold the right one: leave this file out of "
                "handout.tests",
            )

    figures: Sequence[Figure] = ()
    for again in (True, False):
        ran = suite.run(test, reference_side(suite.reference, failure, hear), again=again)
        if isinstance(ran.error, AssignmentError):
            raise ran.error
        if ran.error is not None:
            raise AssignmentError(folder / test.card.file, test.card.id, suite.reference_failed(ran.error))
        figures = ran.figures
    return figures


def _stored(suite: Suite, mistake: Mistake, shipped: Sequence[Test]) -> StoredMistake:
    """The mistake by what it returns in each test, where a student who made it would be told so."""
    made: dict[int, Any] = {}
    for test in shipped:
        for again in (False, True) if mistake.may_show_in(test.card) else ():
            error = suite.run(test, reference_side(mistake.modules, failure), again=again).error
            if isinstance(error, Disagreement):
                made[error.trial.seed] = sketch(error.got)
    return StoredMistake(mistake.hint, made)


def _shipped_points(assignment: Assignment, shipped: Sequence[Test]) -> Assignment:
    """The assignment with the tasks that have tests among these, worth what these are worth."""
    points = {
        task.id: summed(test.card.points for test in shipped if test.card.task == task.id) for task in assignment.tested
    }
    there = {test.card.task for test in shipped}
    tasks = tuple(
        msgspec.structs.replace(task, points=points[task.id]) for task in assignment.tested if task.id in there
    )
    return msgspec.structs.replace(assignment, tasks=tasks)


def _elsewhere(suite: Suite, shipped: Sequence[Test]) -> list[Elsewhere]:
    others = [test.card for test in suite.tests if test not in shipped]
    found = []
    for task in suite.assignment.tested:
        of_task = [card.points for card in others if card.task == task.id]
        if of_task:
            found.append(Elsewhere(task.title, len(of_task), summed(of_task)))
    return found


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except AssignmentError as mistake:
        sys.stdout.write(json.dumps([str(mistake.file), mistake.key, mistake.expected]))
        sys.exit(1)
