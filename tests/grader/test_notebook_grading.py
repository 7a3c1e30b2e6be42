"""A hand-in that is a notebook, in the sandbox: the module `extra` of the tiny assignment as `extra.ipynb`."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.sandbox

TRIPLES = "Triples, in the second module"


@pytest.fixture
def triple(grade, right_solution):
    """How the test of `triple` went when the second module is a notebook of these cells, or holds this text."""

    def triple(*sources, text=None):
        cells = [{"cell_type": "code", "source": source} for source in sources]
        notebook = text if text is not None else json.dumps({"nbformat": 4, "cells": cells})
        report = grade({"solution.py": right_solution["solution.py"], "extra.ipynb": notebook})
        assert report.score == report.max_score
        return next(test for test in report.tests if test.title == TRIPLES)

    return triple


def test_a_notebook_stands_for_a_module_and_its_plots_for_nothing(triple):
    test = triple(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport torch",
        "import numpy as np",
        "plt.plot(np.arange(3)); plt.show()\nraise RuntimeError('no data here')",
        "def triple(x):\n    plt.figure()\n    return np.float64(3.0) * x",
    )
    assert test.verdict == "passed", test.message


def test_an_exception_is_told_with_cell_and_line(triple):
    test = triple("def third(x):\n    return x / 0", "%time 1\ndef triple(x):\n    return third(x)")
    assert test.verdict == "raised"
    assert "extra.ipynb, cell 2, line 3, in triple\n    return third(x)" in test.message
    assert "extra.ipynb, cell 1, line 2, in third\n    return x / 0" in test.message


def test_a_failed_cell_is_the_reason_of_what_it_should_have_defined(triple):
    test = triple("k = 3", "print(unknown)\ndef triple(x): return k * x")
    assert test.verdict == "import_failed"
    assert test.message.startswith("`extra.ipynb, cell 2`, line 1, does not run: NameError: name 'unknown'")


def test_a_cell_that_never_ends_costs_the_notebook_and_nothing_else(triple):
    test = triple("while True: pass", "def triple(x): return 3.0 * x")
    assert test.verdict == "import_failed"
    assert "still importing after 2 seconds" in test.message


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 200_000, '{"cells": 3}', '{"cells": [' + '{"cell_type": "code", "source": "1/0"},' * 9999]
)
def test_what_is_no_notebook_is_told_so(triple, text):
    test = triple(text=text)
    assert test.verdict == "import_failed"
    assert "`extra.ipynb` is no notebook: it is " in test.message


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import builtins\nfor name in [*vars(builtins)]: delattr(builtins, name)",
        "x = 'a" + ".b" * 50_000,
        "x = " + "-" * 1_000_000 + "1",
        "x = 1\0",
        "import sys; sys.path[:] = [3, None]; sys.modules.clear(); raise SystemExit",
        "import linecache; linecache.cache.clear(); linecache.getline = None; 1 / 0",
    ],
    ids=["exits", "takes the builtins away", "open text", "deep", "null", "clears the modules", "breaks linecache"],
)
def test_a_hostile_cell_costs_the_notebook_at_most(triple, source):
    assert triple("k = 3.0", source, "def triple(x): return k * x").verdict in ("passed", "import_failed")
