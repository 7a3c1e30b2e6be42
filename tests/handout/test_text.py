"""What the local autograder prints last."""

import json

from grader import report
from grader.handout.local import text


def _test(task: str, title: str, points: float) -> report.TestReport:
    return report.TestReport(f"test_{task}.py::{title}", task, title, points, 2.0, "passed")


def test_tests_of_one_title_in_two_tasks_each_have_their_score(capsys) -> None:
    tests = (_test("a", "Forward", 2.0), _test("b", "Forward", 1.0), _test("b", "Backward", 0.0))
    tasks = (report.TaskReport("a", "Linear", 2.0, 2.0), report.TaskReport("b", "Pooling", 1.0, 4.0))
    text.summary(report.Report("hw", "5" * 64, 3.0, 6.0, 0.1, {}, tasks, tests), (), "")
    last = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(last) == {"scores": {"Linear: Forward": 2, "Pooling: Forward": 1, "Backward": 0}}
