"""The suite in the form that Otter runs: one file of test cases, each with its points, on the notebook's names."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import checks
from otter.test_files import test_case

OK_FORMAT = False
name = "hw1p1"
points = None


def _case(title: str, points: float, run: Callable[[SimpleNamespace], None]) -> test_case:
    @test_case(name=title, points=points)
    def test(env: dict[str, Any]) -> None:
        run(SimpleNamespace(**env))

    return test


for _number, _check in enumerate(checks.checks()):
    globals()[f"test_{_number:03}"] = _case(*_check)
