"""`handin grade`, in processes of its own and in the real sandbox: reports, JSON and exit statuses."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from rich.console import Console

from cli import report_text
from cli.demo_handins import ENDLESS_LOOP, RIGHT, TWO_MISTAKES, Change, pack
from grader import report as reports
from grader.assignment import load
from grader.by_person import graded_by_a_person

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def warm_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder, so that what the sandbox is made of is built once for this file."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def grade(warm_home: Path):
    def run(*arguments: str | Path, home: str = str(warm_home)) -> subprocess.CompletedProcess[str]:
        environment = {"HOME": home, "PATH": os.environ["PATH"]}
        command = [sys.executable, "-m", "cli", "grade", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=110, env=environment)

    return run


@pytest.fixture
def archive(reference: Path, tmp_path: Path):
    def make(changes: tuple[Change, ...]) -> Path:
        path = tmp_path / "handin.tar"
        path.write_bytes(pack(reference, changes))
        return path

    return make


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_right_hand_in_is_graded_with_full_marks_as_json(grade, archive) -> None:
    done = grade("hw1p1", archive(RIGHT), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert list(report) == [
        "assignment", "suite", "score", "max_score", "seconds", "phases", "tasks", "tests"
    ]  # fmt: skip
    assert (report["assignment"], report["score"], report["max_score"]) == ("hw1p1", 100, 100)
    assert len(report["suite"]) == 64
    assert [set(task) for task in report["tasks"]] == [{"id", "title", "score", "max_score"}] * 7
    assert sum(task["score"] for task in report["tasks"]) == 100
    wanted = {"id", "task", "title", "points", "max_points", "verdict", "message", "hints", "seconds", "output"}
    assert all(set(test) == wanted for test in report["tests"])
    assert sum(test["max_points"] for test in report["tests"]) == 100


@pytest.mark.slow
@pytest.mark.sandbox
def test_mistakes_cost_points_and_are_explained_and_the_status_is_0(grade, archive) -> None:
    done = grade("hw1p1", archive(TWO_MISTAKES))
    assert done.returncode == 0, done.stderr
    assert "hw1p1: 41 of 100 points" in done.stdout
    assert "Linear Layer (backward): wrong result (2 points lost)" in done.stdout
    assert "summed over the batch, not averaged" in done.stdout
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_refused_hand_in_ends_with_2_and_names_what_is_missing(grade, archive, tmp_path) -> None:
    wrong = tmp_path / "wrong.tar"
    with tarfile.open(wrong, "w") as tar:
        content = b"print('hello')\n"
        member = tarfile.TarInfo("hw1.py")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    done = grade("hw1p1", wrong, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"handin: {wrong} is refused: ")
    assert "mytorch/linear.py" in done.stderr


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_sandbox_that_cannot_be_made_is_the_graders_fault_and_ends_with_3(grade, archive) -> None:
    done = grade("hw1p1", archive(RIGHT), home="/proc/nowhere")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "a fault of the grader, not of the hand-in" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_broken_assignment_ends_with_3_and_names_the_file(grade, archive, reference, tmp_path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(reference, broken / "reference")
    shutil.copy(reference.parent / "assignment.toml", broken)
    (broken / "test_nothing.py").write_text("import no_such_module\n")
    done = grade(broken, archive(RIGHT))
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith(f"handin: the assignment has a mistake: {broken}/test_nothing.py: does not load")
    assert "no_such_module" in done.stderr


@pytest.mark.slow
def test_without_a_sandbox_only_when_told_so(grade, archive) -> None:
    # The same home in which a sandbox cannot be made.
    done = grade("hw1p1", archive(RIGHT), "--unsafe-no-sandbox", "--json", home="/proc/nowhere")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["score"] == 100


def test_one_message_of_many_tests_is_printed_once() -> None:
    def test(n: int, message: str) -> reports.TestReport:
        return reports.TestReport(str(n), "a", f"Test {n}", 0, 2, "import_failed", message=message)

    tests = (test(1, "line 3: invalid syntax"), test(2, "line 3: invalid syntax"), test(3, "line 9: invalid syntax"))
    report = reports.Report("hw", "0" * 64, 0, 6, 1.0, {}, (reports.TaskReport("a", "A", 0, 6),), tests)
    screen = io.StringIO()
    report_text.show(report, "", Console(file=screen, width=80))
    shown = screen.getvalue()
    assert shown.count("line 3: invalid syntax") == 1
    assert shown.count("as above: A, Test 1") == 1
    assert shown.count("line 9: invalid syntax") == 1
    assert all(f"Test {n}: " in shown for n in (1, 2, 3))


def test_tests_stand_under_their_tasks_and_a_persons_tasks_are_named() -> None:
    tests = tuple(
        reports.TestReport(f"{task}::{title}", task, title, 0, 2, "wrong", message=f"{task} {title} differs")
        for title in ("Forward", "Backward")
        for task in ("linear", "pooling")
    )
    tasks = (reports.TaskReport("linear", "Linear", 0, 4), reports.TaskReport("pooling", "Pooling", 0, 4))
    screen = io.StringIO()
    assignment = load(ROOT / "tests_hidden" / "ydata-hw2")
    report_text.show(
        reports.Report("hw", "0" * 64, 0, 8, 1.0, {}, tasks, tests),
        graded_by_a_person(assignment),
        Console(file=screen, width=80),
    )
    shown = screen.getvalue()
    named = ["\nLinear\n", "linear Forward", "linear Backward", "\nPooling\n", "pooling Forward", "pooling Backward"]
    places = [shown.index(each) for each in named]
    assert places == sorted(places)
    written = [task for task in assignment.tasks if task.graded_by == "person"]
    assert "Graded by a person, besides: " in shown
    for task in written:
        assert f"{task.title} ({task.points:g} point" in shown
    assert f"{sum(task.points for task in written):g} points together." in shown


def test_control_characters_of_a_student_do_not_reach_the_terminal() -> None:
    test = reports.TestReport(
        "t",
        "a",
        "Title",
        0,
        2,
        "raised",
        message="\x1b]0;owned\x07\x1b[2J[red]evil",
        hints=(reports.Hint("k", "\x9b31m"),),
    )
    report = reports.Report("hw", "0" * 64, 0, 2, 1.0, {}, (reports.TaskReport("a", "A [b]task[/b]", 0, 2),), (test,))
    screen = io.StringIO()
    report_text.show(report, "", Console(file=screen, force_terminal=True, width=80))
    shown = screen.getvalue()
    assert "[red]evil" in shown
    assert "A [b]task[/b]" in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown
    assert "\x1b]" not in shown
    assert "\x1b[2J" not in shown


@pytest.mark.parametrize("changes", [RIGHT, TWO_MISTAKES, ENDLESS_LOOP])
def test_the_demos_changes_fit_the_reference(reference, changes) -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(reference, changes))) as tar:
        names = tar.getnames()
        changed = {
            name for name in names if (tar.extractfile(name) or io.BytesIO()).read() != (reference / name).read_bytes()
        }
    assert "hw1/hw1.py" in names
    assert changed == {change.file for change in changes}


def test_a_change_that_no_longer_fits_is_an_error(reference) -> None:
    with pytest.raises(ValueError, match="does not hold, once"):
        pack(reference, (Change("mytorch/linear.py", "no such text", ""),))
