"""The author's API as an ordinary suite would have it: tests, reference and hand-in are modules of one process.

Runs only in the throw-away sandbox of `tests.attacks.one_process`.
"""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest

MODULES = ("blending", "doubling")
task = pytest.mark.task


def _names(folder: str) -> SimpleNamespace:
    """The names of a solution's modules, which are then forgotten, so that the other side can be imported too."""
    sys.path.insert(0, folder)
    names: dict[str, object] = {}
    for module in MODULES:
        try:
            names = vars(importlib.import_module(module)) | names
        except ImportError:
            continue
    for module in MODULES:
        sys.modules.pop(module, None)
    sys.path.remove(folder)
    return SimpleNamespace(**names)


reference = _names("/autograder/tests/reference")
student = _names("/autograder/submission")


def agree(scenario):
    """Compares what a scenario gives for both, as NumPy's own testing does."""
    expected, got = scenario(reference), scenario(student)
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value)
