"""A mistake in an assignment's folder is told with the file, the key or test, and what was expected."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import AssignmentError, load, suite_hash
from grader.grading import manifest

TINY = Path(__file__).parent / "assignments" / "tiny"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "tiny", ignore=shutil.ignore_patterns("__pycache__"))


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    def mistake(folder: Path) -> None:
        text = (folder / name).read_text()
        assert text.count(old) >= 1
        (folder / name).write_text(text.replace(old, new, 1))

    return mistake


TOML = "assignment.toml"

MISTAKES = {
    "no file": (lambda folder: (folder / TOML).unlink(), TOML, "there is no such file"),
    "no TOML": (change(TOML, "[handin]", "[handin"), TOML, "is not valid TOML"),
    "no text": (lambda folder: (folder / TOML).write_bytes(b"id = '\xff'"), TOML, "is not valid TOML"),
    "a key missing": (change(TOML, 'title = "A tiny assignment"\n', ""), TOML, "missing required field `title`"),
    "a key too many": (change(TOML, "[handin]", "[handin]\nfile = 1"), "handin", "unknown field `file`"),
    "a wrong type": (change(TOML, "points = 4", 'points = "four"'), "task[0].points", "Expected `float`, got `str`"),
    "a limit of nothing": (change(TOML, "test_seconds = 1", "test_seconds = 0"), "limits.test_seconds", "> 0"),
    "a task twice": (change(TOML, 'id = "objects"', 'id = "double"'), "task.id", "`double` stands twice"),
    "a path outside": (change(TOML, '"solution.py"', '"../solution.py"'), "handin.files", "inside the hand-in"),
    "an alternative outside": (
        change(TOML, '"solution.py"', '"solution.py | /etc/passwd"'),
        "handin.files",
        "inside the hand-in",
    ),
    "an answer file that is not handed in": (
        change(TOML, "[student]", '[student]\nanswers = "answers.toml"'),
        "student.answers",
        "in handin.files",
    ),
    "an answer file of another kind": (
        change(TOML, '["solution.py"]\n\n[student]', '["solution.py"]\n\n[student]\nanswers = "solution.py"'),
        "student.answers",
        ".toml, .json",
    ),
    "no reference": (lambda folder: shutil.rmtree(folder / "reference"), "reference", "is missing"),
    "no tests": (lambda folder: (folder / "test_tiny.py").unlink(), "tiny", "at least one"),
}

# These are only seen when the suite is collected.
SUITE_MISTAKES = {
    "points that do not add up": (change(TOML, "points = 2", "points = 3"), "task.points", "add up to 2"),
    "a test without a task": (change("test_tiny.py", '@task("double"', '#("double"'), "test_double", "has no task"),
    "an unknown task": (change("test_tiny.py", 'task("double"', 'task("doubel"'), "test_double", "one of double"),
    "an unknown visibility": (
        change("test_tiny.py", "points=4", 'points=4, visibility="soon"'), "test_double", "one of always"),
    "a test that does not parse": (change("test_tiny.py", "def test_double(", "def test_double"), "", "SyntaxError"),
    "a reference that does not import": (change("reference/solution.py", "import numpy", "import nympy"), "solution",
                                         "the reference must import"),
    "a reference that fails its test": (change("reference/solution.py", "np.zeros((1, 3))", "np.ones((1, 3))"),
                                        "test_start", "must pass this test, and did not: test_tiny.py, line"),
}  # fmt: skip


@pytest.mark.parametrize(("mistake", "where", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_when_the_folder_loads(folder, mistake, where, expected):
    mistake(folder)
    with pytest.raises(AssignmentError) as told:
        load(folder)
    assert where in str(told.value)
    assert expected in str(told.value)


@pytest.mark.parametrize(("mistake", "where", "expected"), SUITE_MISTAKES.values(), ids=SUITE_MISTAKES)
def test_a_mistake_is_named_when_the_suite_is_collected(folder, mistake, where, expected):
    mistake(folder)
    with pytest.raises(AssignmentError) as told:
        manifest(folder)
    assert where in str(told.value)
    assert expected in str(told.value)


def test_the_manifest_tells_titles_and_points_and_no_code(folder):
    told = manifest(folder)
    assert told["id"] == "tiny"
    assert told["files"] == ["solution.py"]
    assert [task["points"] for task in told["tasks"]] == [4, 4, 2]
    assert told["tests"][0] == {
        "id": "test_tiny.py::test_double",
        "task": "double",
        "title": "Doubles an array",
        "points": 4,
        "visibility": "always",
    }
    assert "standard_normal" not in str(told)


def test_a_suite_is_named_by_its_content_and_not_by_its_handout_or_caches(folder):
    name = suite_hash(folder)
    (folder / "handout" / "notes.md").parent.mkdir(exist_ok=True)
    (folder / "handout" / "notes.md").write_text("for students")
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "test_tiny.pyc").write_bytes(b"cache")
    assert suite_hash(folder) == name
    change("reference/solution.py", "2.0", "2.00")(folder)
    assert suite_hash(folder) != name
