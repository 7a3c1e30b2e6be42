"""An assignment's own mistakes: told where the hand-in returns just what the reference with the mistake returns."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.assignment import AssignmentError, Tolerance, load
from grader.candidate.modules import Modules
from grader.examiner import protocol
from grader.examiner.disagreement import Disagreement
from grader.examiner.mistakes import Mistake, _Told, accounts_for, load_mistakes
from grader.examiner.solution import load_solution
from grader.examiner.trial import Trial
from grader.grading import manifest

HINTED = Path(__file__).parent / "assignments" / "hinted"
RIGHT = {file.name: file.read_text() for file in (HINTED / "reference").glob("*.py")}

# The same mistakes as a student would make them.
SWAPPED = """
class MovingAverage:
    def __init__(self, alpha):
        self.alpha, self.value, self.seen = alpha, 0.0, 0

    def see(self, x):
        keep = self.alpha
        self.value += keep * (x - self.value)
        self.seen += 1
"""
REPLACED = SWAPPED.replace("self.value += keep * (x - self.value)", "self.value = x")
BY_VARIANCE = '''
from smoothing import MovingAverage

def scale(x):
    """Divides by the mean of the squared distances from the mean."""
    centered = x - x.sum() / x.size
    return x / (centered * centered).mean() * 2
'''


def kinds(test):
    return [hint.kind for hint in test.hints]


@pytest.mark.sandbox
def test_a_mistake_that_explains_all_that_was_returned_is_told_first(grade):
    smooth = grade({**RIGHT, "smoothing.py": SWAPPED}, HINTED).tests[-1]
    assert (smooth.verdict, smooth.hints[0].kind) == ("wrong", "average_swapped")
    assert smooth.hints[0].text == "The new batch has the weight of the old average, and the other way round."
    assert smooth.hints[0].params == {}


@pytest.mark.sandbox
def test_a_mistake_is_found_in_every_test_that_shows_it_and_told_alone(grade):
    report = grade({**RIGHT, "solution.py": BY_VARIANCE}, HINTED)
    for test in report.tests[:2]:
        assert kinds(test) == ["variance_for_deviation"]


@pytest.mark.sandbox
def test_two_mistakes_with_one_outcome_are_not_told_apart_and_so_not_told(grade):
    assert not {"last_alone", "past_dropped"} & {*kinds(grade({**RIGHT, "smoothing.py": REPLACED}, HINTED).tests[-1])}


@pytest.mark.sandbox
def test_a_mistake_beside_which_another_value_is_wrong_is_not_told(grade):
    source = SWAPPED.replace("self.seen += 1", "self.seen += 2")
    assert "average_swapped" not in kinds(grade({**RIGHT, "smoothing.py": source}, HINTED).tests[-1])


@pytest.mark.parametrize(
    ("rest", "accounted"), [(0.0, True), (1e-12, True), (2e-6, False)], ids=["equal", "rounded", "within the tolerance"]
)
def test_a_mistake_must_leave_far_less_than_it_explains(rest, accounted):
    expected = {"W": np.linspace(1, 2, 5), "b": np.zeros(2)}
    made = {"W": expected["W"] + 5e-4, "b": np.zeros(2)}
    got = {"W": made["W"] + rest, "b": np.full(2, 1e-9)}
    seen = Disagreement(Trial(lambda m: None, 0), got, expected, Tolerance(), [])
    assert [each.name for each in seen.found] == ["W"]
    assert accounts_for(made, seen) == accounted


@pytest.mark.sandbox
def test_the_right_solution_passes_beside_the_mistakes(grade):
    report = grade(RIGHT, HINTED)
    assert {test.verdict for test in report.tests} == {"passed"}


@pytest.mark.parametrize("give_up", [pytest.fail, pytest.skip])
def test_a_variant_at_which_the_scenario_gives_up_explains_nothing(give_up):
    def scenario(_m):
        give_up("`f` returns nothing")

    seen = Disagreement(Trial(scenario, 0), {"y": 3.0}, {"y": 2.0}, Tolerance(), [])
    told = msgspec.toml.decode(GOOD, type=_Told)
    assert not Mistake(told, Modules("")).explains(seen, 1.0)


def test_a_variant_that_cannot_be_compared_explains_nothing():
    # No float is as large as this whole number, which numpy says by an exception.
    seen = Disagreement(Trial(lambda _m: 3.0, 0), 10**1000, np.ones(3), Tolerance(), [])
    told = msgspec.toml.decode(GOOD, type=_Told)
    assert not Mistake(told, Modules("")).explains(seen, 1.0)


def test_the_reference_is_what_it_was_when_its_mistakes_are_loaded(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    assignment = load(HINTED)
    reference = load_solution(assignment, HINTED / "reference")
    modules = {name: sys.modules[name] for name in ("solution", "smoothing")}
    path = [*sys.path]
    tests = [protocol.TestCard(f"test_hinted.py::test_{task}", task, "", 1) for task in ("scale", "smooth")]
    try:
        mistakes = load_mistakes(assignment, HINTED, tests)
        assert {name: sys.modules[name] for name in modules} == modules == reference.loaded
        assert sys.path == path
        variants = [mistake.modules.loaded for mistake in mistakes]
        for name, module in modules.items():
            assert len({id(module), *(id(loaded[name]) for loaded in variants)}) == len(mistakes) + 1
        # The modules of a variant know one another, and none of the reference's.
        for loaded in variants:
            assert loaded["solution"].MovingAverage is loaded["smoothing"].MovingAverage
        assert modules["solution"].MovingAverage is modules["smoothing"].MovingAverage
    finally:
        for name in modules:
            del sys.modules[name]


GOOD = """
hint = "wrong_factor"
text = "The factor is another."
tasks = ["scale"]
tests = ["test_hinted.py::test_scale*"]

[[change]]
file = "solution.py"
old = "FACTOR = 2.0"
new = "FACTOR = 3.0"
"""

# Each by what to replace in the good one, the key that is told, and what was expected.
BROKEN = {
    "no TOML": ("[[change]]", "[[change]", "", "is not valid TOML"),
    "no text": ('text = "The factor is another."', "", "top level", "missing required field `text`"),
    "a key too many": ("tasks =", "task =", "top level", "unknown field `task`"),
    "a kind that is none": ("wrong_factor", "Wrong factor", "hint", "Expected `str` matching regex"),
    "no change": (GOOD[GOOD.index("[[change]]") :], "", "top level", "missing required field `change`"),
    "an unknown task": ('["scale"]', '["sclae"]', "tasks", "`sclae` is no task that tests grade"),
    "a pattern of no test": ("test_scale*", "test_sclae*", "tests", "matches no test; ids look like `test_hinted.py::"),
    "no such file": ('"solution.py"', '"soluiton.py"', "change.file", "`soluiton.py` is no file of the reference"),
    "a file outside": ('"solution.py"', '"../test_hinted.py"', "change.file", "is no file of the reference"),
    "lines that are not there": ("= 2.0", "= 2.5", "change.old", "exactly once in `solution.py`, and stands 0 times"),
    "lines that stand twice": ('"FACTOR = 2.0"', '"FACTOR"', "change.old", "and stands 2 times: 'FACTOR'"),
    "what does not parse": ("= 3.0", "= (3.0", "change", "so changed, the reference must import; it raised Syn"),
    "what does not import": ("= 3.0", "= TREE", "change", "it raised NameError"),
    "a line of another file": ("The factor is", "self.seen = self.seen + 1 is", "text", "must not quote"),
    "a line of the reference": ("The factor is another.", "It says FACTOR = 2.0 there.", "text", "must not quote"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(HINTED, tmp_path / "hinted", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize(("old", "new", "key", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_that_cannot_be_made_is_told_with_file_key_and_what_was_expected(folder, old, new, key, expected):
    assert GOOD.count(old) == 1
    (folder / "mistakes" / "new.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(AssignmentError) as told:
        manifest(folder)
    assert told.value.file == folder / "mistakes" / "new.toml"
    assert told.value.key == key
    assert expected in told.value.expected


def test_a_mistake_in_another_encoding_is_told(folder):
    (folder / "mistakes" / "new.toml").write_bytes(GOOD.replace("another", "größer").encode("latin-1"))
    with pytest.raises(AssignmentError, match="is not valid TOML") as told:
        manifest(folder)
    assert told.value.file == folder / "mistakes" / "new.toml"


def test_a_line_of_a_notebook_s_code_is_a_line_of_the_reference(folder):
    cell = {"cell_type": "code", "source": ["def factor():\n", "    return 2.0 * WEIGHT_OF_ALL\n"]}
    (folder / "reference" / "draft.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}))
    quoting = GOOD.replace("The factor is another.", "Why return 2.0 * WEIGHT_OF_ALL here?")
    (folder / "mistakes" / "new.toml").write_text(quoting)
    with pytest.raises(AssignmentError, match="must not quote the reference: 'return 2") as told:
        manifest(folder)
    assert told.value.key == "text"


def test_a_file_of_the_reference_that_is_no_text_can_be_quoted_by_none(folder):
    (folder / "reference" / "weights.bin").write_bytes(bytes(range(256)))
    (folder / "mistakes" / "new.toml").write_text(GOOD)
    manifest(folder)


def test_a_mistake_is_part_of_the_suite_s_name_and_of_no_manifest(folder):
    (folder / "mistakes" / "new.toml").write_text(GOOD)
    assert "wrong_factor" not in str(manifest(folder))
