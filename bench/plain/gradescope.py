"""The suite in the form that Gradescope runs: a `unittest.TestCase` with weights, and results as JSON on stdout."""

from __future__ import annotations

import os
import unittest
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import checks
from gradescope_utils.autograder_utils.decorators import visibility, weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class TestHandin(unittest.TestCase):
    """One method for each check, added below."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.student = checks.solution(Path(os.environ["HANDIN_BENCH"]))


def _method(title: str, points: float, run: Callable[[SimpleNamespace], None]) -> Callable[..., None]:
    @weight(points)
    @visibility("visible")
    def test(self: TestHandin) -> None:
        run(self.student)

    test.__doc__ = title
    return test


for number, (title, points, run) in enumerate(checks.checks()):
    setattr(TestHandin, f"test_{number:03}", _method(title, points, run))

if __name__ == "__main__":
    JSONTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(TestHandin))
