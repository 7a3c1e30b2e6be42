"""No hint is told that holds of one input alone: a test that failed runs once more, with other random numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.assignment import load
from grader.examiner.seeds import seeds_of

pytestmark = pytest.mark.sandbox

HINTED = Path(__file__).parent / "assignments" / "hinted"
TEST = "test_hinted.py::test_scale"
FIRST = float(np.random.default_rng(seeds_of(load(HINTED), TEST).inputs).standard_normal((4, 3))[0, 0])
RIGHT = {file.name: file.read_text() for file in (HINTED / "reference").glob("*.py")}

# What a hand-in does with another input than the test's first.
ANOTHER_TIME = {
    "is right": "return 2.0 * x / x.std()",
    "is wrong in another way": "return x.T @ x",
    "gives nothing": "return None",
    "raises": "raise ValueError('no')",
    "spins": "while True: pass",
    "prints for ever": "while True: print('again')",
    "exits": "import os; os._exit(0)",
}


def scaling(body: str) -> dict[str, str]:
    source = RIGHT["solution.py"].replace("    return FACTOR * x / x.std()\n", body)
    assert source != RIGHT["solution.py"]
    return {**RIGHT, "solution.py": source}


def test_the_second_input_is_another_than_the_first():
    assert seeds_of(load(HINTED), TEST) != seeds_of(load(HINTED), TEST, again=True)
    assert seeds_of(load(HINTED), TEST, again=True) != seeds_of(load(HINTED), f"{TEST}_of_one_column", again=True)


def test_a_relation_that_both_inputs_show_is_told(grade):
    first = grade(scaling("    print('once')\n    return -2.0 * x / x.std()\n"), HINTED).tests[0]
    assert (first.verdict, first.output) == ("wrong", "once\n")
    assert [hint.kind for hint in first.hints] == ["sign"]
    assert first.message == "`scaled` differs from the reference."


@pytest.mark.parametrize("then", ANOTHER_TIME.values(), ids=ANOTHER_TIME)
def test_a_relation_of_the_first_input_alone_is_not_told_and_the_verdict_stays(grade, then):
    body = f"    if x[0, 0] == {FIRST!r}:\n        print('once')\n        return -2.0 * x / x.std()\n    {then}\n"
    report = grade(scaling(body), HINTED)
    first, smooth = report.tests[0], report.tests[-1]
    assert (first.verdict, first.hints, first.output) == ("wrong", (), "once\n")
    assert first.message.endswith("`scaled` is wrong in all of its 12 entries; its shape is right.")
    assert smooth.verdict == "passed"


def test_a_count_may_be_another_in_the_second_input(grade):
    body = "    y = 2.0 * x / x.std()\n    y[x > 0.5 * x.max()] = float('nan')\n    return y\n"
    assert [hint.kind for hint in grade(scaling(body), HINTED).tests[0].hints] == ["not_finite"]


def test_a_test_that_passes_runs_once(grade):
    report = grade(scaling("    print('once')\n    return 2.0 * x / x.std()\n"), HINTED)
    assert [test.output for test in report.tests[:2]] == ["once\n", "once\n"]
    assert report.score == report.max_score
