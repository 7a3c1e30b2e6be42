"""What the local autograder prints last."""

import json

from grader import report
from grader.assignment import Task
from grader.handout.local import text


def _test(task: str, title: str, points: float) -> report.TestReport:
    return report.TestReport(f"test_{task}.py::{title}", task, title, points, 2.0, "passed")


def test_tests_of_one_title_in_two_tasks_each_have_their_score(capsys) -> None:
    tests = (_test("a", "Forward", 2.0), _test("b", "Forward", 1.0), _test("b", "Backward", 0.0))
    tasks = (report.TaskReport("a", "Linear", 2.0, 2.0), report.TaskReport("b", "Pooling", 1.0, 4.0))
    text.summary(report.Report("hw", "5" * 64, 3.0, 6.0, 0.1, {}, tasks, tests), (), "", "")
    last = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(last) == {"scores": {"Linear: Forward": 2, "Pooling: Forward": 1, "Backward": 0}}


def test_tests_stand_under_their_tasks_and_a_cause_elsewhere_is_named_with_its_task(capsys) -> None:
    told = text.Told((Task("a", "Linear", 4.0), Task("b", "Pooling", 2.0)))
    for task, title in (("a", "Forward"), ("a", "Backward"), ("b", "Forward")):
        told.test(report.TestReport(f"{task}::{title}", task, title, 0.0, 2.0, "import_failed", message="line 3"))
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line and line[0].isalpha()] == ["Linear", "Pooling"]
    assert said.index("Linear") < said.index("Pooling")
    assert sum("as above: Forward" in line for line in said) == 1
    assert "as above: Linear: Forward" in " ".join(said)


def test_what_a_person_grades_is_said_below_the_table(capsys) -> None:
    tasks = (report.TaskReport("a", "Linear", 2.0, 2.0),)
    whole = report.Report("hw", "5" * 64, 2.0, 2.0, 0.1, {}, tasks, (_test("a", "Forward", 2.0),))
    text.summary(whole, (), "Graded by a person, besides: Proof (3 points).", "")
    assert "Graded by a person, besides: Proof (3 points)." in capsys.readouterr().out.splitlines()
