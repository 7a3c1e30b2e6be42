"""A name that the hand-in lacks where tests look for it is told with the place where it stands."""

from __future__ import annotations

import json

import pytest

from grader import wire
from grader.assignment import Assignment, HandinRules, StudentModules, Task
from grader.examiner.asking import Asking
from grader.examiner.endings import of_test
from grader.examiner.failures import StudentFailure
from grader.examiner.imports import Imports

MISSING = wire.Missing("softmax", "the hand-in")


def notebook(*cells: str | list[str]) -> bytes:
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode()


def imports(files: dict[str, bytes]) -> Imports:
    rules = HandinRules(files=("hw3.ipynb",))
    assignment = Assignment("hw3", "Homework", rules, StudentModules(("hw3",)), (Task("a", "A", 1),))
    return Imports(assignment, files)


def told(files: dict[str, bytes]) -> str:
    """The hint on a missing `softmax`; "" when the answer stands as it was."""
    try:
        assert imports(files).looked_up(wire.Get(0, "softmax"), MISSING) is MISSING
    except StudentFailure as failure:
        return failure.hints[0].text
    return ""


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("tools.py", b"import numpy as np\n\ndef softmax(x):\n    return x\n", "`tools.py`, line 3,"),
        ("draft.ipynb", notebook("x = 1", "y = 2\ndef softmax(x):\n    return x"), "`draft.ipynb`, cell 2, line 2,"),
        ("draft.ipynb", notebook(["class softmax:\n", "    pass"]), "`draft.ipynb`, cell 1, line 1,"),
    ],
)
def test_a_name_in_another_file_is_told_with_its_place(file, content, place):
    assert f"`softmax` stands in {place} and the tests find names in `hw3`" in told({file: content})


@pytest.mark.parametrize(
    "files",
    [
        {"hw3.ipynb": notebook("def softmax(x):\n    return x")},  # asked for: the candidate knows why not
        {"draft.ipynb": notebook("text = '''\n  def softmax'''", "if True:\n    def softmax(x): return x")},
        {"draft.ipynb": b'{"cells": [' * 100_000, "picture.png": b"\x89PNG\xff\xfe"},
        {"notes.md": b"def softmax(x):\n    return x", "data.csv": b"class softmax"},  # no code to import from
        {"large.py": b"def softmax(x): pass\n" + b"#" * (1 << 20)},
        {"draft.ipynb": b" " * (1 << 20), "late.py": b"def softmax(x): pass"},  # nothing is left to search
        {},
    ],
)
def test_what_stands_nowhere_else_stays_missing(files):
    assert told(files) == ""


class Lacking:
    """A hand-in that has no name at all."""

    def ask(self, message: wire.Message, body: wire.Body | None = None) -> tuple[wire.Message, wire.Body]:
        return MISSING, wire.Body()


def test_a_search_that_takes_all_the_time_is_not_held_against_the_suite():
    asking = Asking(
        Lacking(), imports({"tools.py": b"def softmax(x): pass"}), lambda error: StudentFailure("crashed", "")
    )
    with pytest.raises(StudentFailure, match="not found"):
        _ = asking.side.root.softmax
    assert isinstance(of_test(1, asking.side), StudentFailure)
