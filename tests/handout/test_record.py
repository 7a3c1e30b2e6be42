"""What must not be recorded for students: tests that they may not see, and words about what only the server tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.assignment import AssignmentError
from grader.handout.build import build
from tests.handout.test_pack import FILES, OPEN

MISTAKE = """\
hint = "{kind}"
text = "This is {kind}."
tests = ["{tests}"]

[[change]]
file = "work.py"
old = "x + x"
new = "{new}"
"""

pytestmark = pytest.mark.slow


def written(folder: Path, **changed: str) -> Path:
    for name, content in (FILES | changed).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_words_about_a_mistake_that_no_shipped_test_shows_stay_on_the_server(tmp_path: Path) -> None:
    mistakes = {
        "mistakes/halved.toml": MISTAKE.format(kind="halved", tests="test_1_open.py::*", new="x / 2"),
        "mistakes/hidden.toml": MISTAKE.format(kind="hidden", tests="test_2_closed.py::*", new="x"),
    }
    build(written(tmp_path / "suite", **mistakes), tmp_path / "handout")
    stored = (tmp_path / "handout" / "autograder" / "doubling" / "stored" / "results.json").read_text()
    assert [kind for kind, _text, _made in json.loads(stored)["mistakes"]] == ["halved"]
    assert "hidden" not in stored


@pytest.mark.parametrize("visibility", ["after_due", "never"])
def test_a_test_that_students_may_not_see_is_not_packed(tmp_path: Path, visibility: str) -> None:
    closed = OPEN.replace("points=2", f'points=2, visibility="{visibility}"')
    suite = written(tmp_path / "suite", **{"test_1_open.py": closed})
    with pytest.raises(AssignmentError, match=f"is shown to students `{visibility}`"):
        build(suite, tmp_path / "handout")
    assert not (tmp_path / "handout").exists()
