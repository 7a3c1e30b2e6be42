"""Points are added by their digits: who passes every test has exactly full marks."""

from __future__ import annotations

import pytest

from grader import report
from grader.assignment import Assignment, HandinRules, StudentModules, Task
from grader.examiner.exam import summed_up


@pytest.mark.parametrize(
    ("points", "total"),
    [
        ([0.1] * 10, 1.0),
        ([0.1, 0.2], 0.3),
        ([10 / 3] * 3, 10.0),
        ([3.33, 3.33, 3.34], 10.0),
        ([2, 0.5], 2.5),
        ([], 0.0),
    ],
)
def test_points_add_up_to_what_their_digits_do(points, total):
    assert report.summed(points) == total


def test_who_passes_every_test_has_full_marks_and_not_a_hair_less_or_more():
    tasks = (Task("many", "Many", 1.0), Task("two", "Two", 0.3))
    assignment = Assignment("tenths", "Tenths", HandinRules(files=("tenths.py",)), StudentModules(("tenths",)), tasks)
    worth = [("many", 0.1)] * 10 + [("two", 0.1), ("two", 0.2)]
    tests = [report.TestReport(f"t::{n}", task, "t", each, each, "passed") for n, (task, each) in enumerate(worth)]
    told = summed_up(assignment, tests, 0.0, suite="", phases={})
    assert [(task.score, task.max_score) for task in told.tasks] == [(1.0, 1.0), (0.3, 0.3)]
    assert told.score == told.max_score == 1.3
