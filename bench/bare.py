"""A pytest plugin that runs a hidden suite the way a plain pytest run would: tests, reference and hand-in in one
process.

It is the baseline that the isolated grading is measured against, so it does as little as possible: real objects, no
wire, no copies, no sandbox. `HANDIN_BENCH` names the hand-in's folder.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.assignment import Assignment, Tolerance, load
from grader.compare import differences
from grader.examiner import sitting
from grader.examiner.seeds import seeds_of
from grader.report import Figure


class BareSitting:
    """What `grader.examiner.sitting.Sitting` is to a test, over modules of this very process."""

    def __init__(self, assignment: Assignment, test_id: str, sides: dict[str, SimpleNamespace]) -> None:
        self.assignment = assignment
        self._seed = seeds_of(assignment, test_id).generators
        self._sides = {name: SimpleNamespace(root=side) for name, side in sides.items()}

    def side(self, name: str) -> SimpleNamespace:
        return self._sides[name]

    def agree(self, scenario: Callable[[Any], Any], tolerance: Tolerance) -> None:
        got, expected = self.both(scenario)
        assert not list(differences(got, expected, tolerance))

    def both(self, scenario: Callable[[Any], Any]) -> tuple[Any, Any]:
        return self._run(scenario, "student"), self._run(scenario, "reference")

    def show(self, _figure: Figure) -> None:
        """Here are no pages."""

    def _run(self, scenario: Callable[[Any], Any], name: str) -> Any:
        random.seed(self._seed)
        np.random.seed(self._seed)  # noqa: NPY002 - as the grader does
        return scenario(self._sides[name].root)


def modules(assignment: Assignment, folder: Path) -> SimpleNamespace:
    """The names of a solution, imported here and then forgotten, so that the other side can be imported too."""
    path = [str(folder / each) for each in assignment.student.path]
    sys.path[:0] = path
    names: dict[str, Any] = {}
    for module in reversed(assignment.student.modules):
        names |= vars(importlib.import_module(module))
    for module in assignment.student.modules:
        del sys.modules[module]
    del sys.path[: len(path)]
    return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})


SUITE = Path(os.environ["HANDIN_BENCH_SUITE"])
ASSIGNMENT = load(SUITE)
SIDES = {
    "reference": modules(ASSIGNMENT, SUITE / "reference"),
    "student": modules(ASSIGNMENT, Path(os.environ["HANDIN_BENCH"])),
}
sys.path.insert(0, str(SUITE))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "task(id, title, points, visibility, seconds): see grader.author.task")


@pytest.fixture(autouse=True)
def _sit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    now = BareSitting(ASSIGNMENT, request.node.nodeid, SIDES)
    monkeypatch.setattr(sitting, "current", lambda: now)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(seeds_of(ASSIGNMENT, request.node.nodeid).inputs)
