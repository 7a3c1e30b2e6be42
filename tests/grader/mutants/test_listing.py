"""Mutants of a text: what each operator makes of it, and what is none."""

from __future__ import annotations

import ast
import json
import textwrap
import tomllib
from pathlib import Path

import pytest

from grader.checking.mutants.files import mutants
from grader.checking.mutants.listing import edits
from grader.checking.mutants.operators import OPERATORS
from tests.bundled import BUNDLED

TABLE = tomllib.loads(Path(__file__).with_name("operators.toml").read_text())["row"]
HEAD = "class A:\n    def f(self, x, w, axis0):\n"


def method(code: str) -> str:
    return HEAD + textwrap.indent(code.strip(), " " * 8) + "\n"


def body(text: str) -> str:
    (owner,) = ast.parse(text).body
    return "\n".join(map(ast.unparse, owner.body[0].body))


def in_reference(folder: Path, name: str) -> Path:
    (folder / "reference").mkdir()
    return folder / "reference" / name


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['operator']}: {row['code'].strip()}")
def test_an_operator_makes_these_of_it(row):
    made = [body(each.text) for each in edits(method(row["code"])) if each.operator == row["operator"]]
    assert sorted(made) == sorted(row["becomes"])


def test_every_operator_has_a_row():
    assert {row["operator"] for row in TABLE} == OPERATORS.keys()


def test_a_change_is_told_with_its_line_its_column_and_the_code_around_it():
    text = "import numpy as np\n\n\ndef f(x):\n    y = np.mean(x, axis=0)\n    return y[0]\n"
    told = {(each.line, each.column, each.before, each.after) for each in edits(text)}
    assert (5, 9, "np.mean(x, axis=0)", "np.sum(x, axis=0)") in told
    # A number alone would say little.
    assert (6, 14, "return y[0]", "return y[1]") in told


def test_only_the_place_of_a_change_differs_from_the_file():
    text = '"""Words."""\n\n\ndef f(x):  # as the paper has it\n    é = "naïve";  return -x + 2*(é == "naïve")\n'
    for each in edits(text):
        changed = each.text.splitlines()
        assert [line for line in text.splitlines() if line not in changed] == [text.splitlines()[each.line - 1]]


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring of 1 + 1."""\n',
        "import numpy as np\n",
        'def f(x):\n    """Of x + 1."""\n    raise ValueError(x + 1)\n',
        'def f(name):\n    return f"{name + name} of {1 + 1}"\n',
    ],
    ids=["docstring", "import", "raise", "f-string"],
)
def test_what_computes_nothing_has_no_mutant(text):
    assert edits(text) == []


def test_a_change_that_leaves_the_code_as_it_is_is_none():
    # Python folds 2 * 2, 2 + 2 and 2 ** 2 to the same 4.
    assert "2 * 2" not in {each.after for each in edits("FOUR = 2 ** 2\n") if each.operator == "power"}


def test_no_two_mutants_are_the_same_program():
    text = method("return x + (w - w) * 0")
    programs = [ast.dump(ast.parse(each.text)) for each in edits(text)]
    assert len(set(programs)) == len(programs) > 10


def test_an_attribute_of_a_constructor_is_not_made_once():
    text = "class A:\n    def __init__(self, x):\n        self.x = 2 * x\n"
    assert "made once" not in {each.operator for each in edits(text)}


def test_the_wrong_operand_is_one_that_has_a_value_there():
    text = method("first = x\nsecond = first\nreturn second")
    of_first = {each.after for each in edits(text) if each.operator == "other value" and each.line == 4}
    assert of_first <= {"second = x", "second = w", "second = axis0"}


def test_attributes_are_taken_for_those_of_the_same_object():
    text = method("layer.dW = x\nlayer.db = w\nreturn layer.dW")
    of_return = {each.after for each in edits(text) if each.operator == "other value" and each.line == 5}
    assert "return layer.db" in of_return


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_the_mutants_of_a_reference_are_the_same_each_time_and_all_compile(name):
    listed = mutants(BUNDLED[name], lambda _file, _cell: True)
    assert listed == mutants(BUNDLED[name], lambda _file, _cell: True)
    assert len(listed) > 100
    assert [each.place for each in listed] == sorted(each.place for each in listed)


def test_a_notebook_keeps_all_but_the_changed_cell(tmp_path):
    sources = (("markdown", "x + 1"), ("code", "%matplotlib inline"), ("code", "# MARK\ny = x + 2"))
    cells = [{"cell_type": kind, "source": source} for kind, source in sources]
    in_reference(tmp_path, "hw.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    found = mutants(tmp_path, lambda _file, _cell: True)
    assert {(each.place.cell, each.place.line) for each in found} == {(2, 2)}
    assert '# MARK\\ny = (x - 2)"' in {each.operator: each.content for each in found}["sign"]


@pytest.mark.parametrize("file", ["answers.toml", "answers.json"])
def test_an_answer_has_mutants_next_to_it(tmp_path, file):
    text = '{"q1": {"slope": 0.5, "side": 24, "word": "same", "list": [1, 2]}}'
    toml = '[q1]\nslope = 0.5\nside = 24\nword = "same"\nlist = [1, 2]\n'
    in_reference(tmp_path, file).write_text(text if file.endswith("json") else toml)
    found = mutants(tmp_path, lambda _file, _cell: True)
    assert {each.place.line for each in found} == ({1} if file.endswith("json") else {2, 3, 4, 5})
    told = [each.after for each in found]
    assert "q1.side = 25" in told
    assert "q1.slope = -0.5" in told
    assert 'q1.word = "not same"' in told
    assert "q1.list = [2, 1]" in told


def test_files_that_no_test_runs_have_none(tmp_path):
    in_reference(tmp_path, "unused.py").write_text("x = 1 + 1\n")
    assert mutants(tmp_path, lambda file, _cell: file != "unused.py") == []


def test_what_the_handout_gives_has_none(tmp_path):
    kept = "class A:\n    def __init__(self, x=1):\n        self.x = x + 1\n"
    in_reference(tmp_path, "hw.py").write_text(f"{kept}\n    def f(self, w):\n        return self.x * w\n")
    (tmp_path / "handout").mkdir()
    (tmp_path / "handout" / "hw.py").write_text(f"{kept}\n    def f(self, w):\n        raise NotImplementedError\n")
    found = mutants(tmp_path, lambda _file, _cell: True)
    assert {each.place.line for each in found} == {6}


def test_the_same_line_in_another_function_is_a_student_s(tmp_path):
    in_reference(tmp_path, "hw.py").write_text("def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x + 1\n")
    (tmp_path / "handout").mkdir()
    (tmp_path / "handout" / "hw.py").write_text("def f(x):\n    return x + 1\n")
    assert {each.place.line for each in mutants(tmp_path, lambda _file, _cell: True)} == {6}
