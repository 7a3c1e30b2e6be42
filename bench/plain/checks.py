"""A suite's tests as a plain harness has them: the same files, with the reference and the hand-in in the same process.

Used by the other harnesses of `bench.against`, in their own environment: NumPy is all that this needs. It stands in for
`grader.author`, so that the tests themselves are the very same.
"""

from __future__ import annotations

import importlib
import inspect
import os
import random
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

SUITE = Path(os.environ["HANDIN_BENCH_SUITE"])
MODULES = ("activation", "loss", "linear", "batchnorm", "hw1")
_FOLDERS = ("mytorch", "hw1")
_SEED = 2026

Check = tuple[str, float, Callable[[SimpleNamespace], None]]
"""A title, its points, and what runs it on a hand-in."""


def solution(folder: Path) -> SimpleNamespace:
    """The names of a solution, imported here and then forgotten, so that the other side can be imported too."""
    path = [str(folder / each) for each in _FOLDERS]
    sys.path[:0] = path
    names: dict[str, Any] = {}
    for module in MODULES:
        names |= vars(importlib.import_module(module))
    for module in MODULES:
        del sys.modules[module]
    del sys.path[: len(path)]
    return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})


def checks() -> list[Check]:
    """Every test of the suite, in order."""
    author = ModuleType("grader.author")
    author.__dict__.update(task=_task, agree=_agree, both=_both, show_curves=_show, show_picture=_show)
    sys.modules["grader.author"] = author
    sys.path.insert(0, str(SUITE))
    found = []
    for file in sorted(SUITE.glob("test_*.py")):
        for name, test in vars(importlib.import_module(file.stem)).items():
            if name.startswith("test_"):
                title, points = test.marked
                found.append((title, points, _run(name, test)))
    return found


_sides: dict[str, Any] = {"reference": None, "student": None}
_now = _SEED


def _run(name: str, test: Callable[..., None]) -> Callable[[SimpleNamespace], None]:
    def run(student: SimpleNamespace) -> None:
        global _now  # noqa: PLW0603 - as plain harnesses have it: one process, one test at a time
        _sides["reference"] = _sides["reference"] or solution(SUITE / "reference")
        _sides["student"] = student
        _now = zlib.crc32(name.encode()) ^ _SEED
        wanted = inspect.signature(test).parameters
        test(**{"rng": np.random.default_rng(_now)} if "rng" in wanted else {})

    return run


def _task(_id: str, title: str, *, points: float = 0, **_other: Any) -> Callable[[Any], Any]:
    def mark(test: Any) -> Any:
        test.marked = (title, points)
        return test

    return mark


def _both(scenario: Callable[[Any], Any]) -> tuple[Any, Any]:
    found = []
    for side in ("student", "reference"):
        random.seed(_now)
        np.random.seed(_now)  # noqa: NPY002 - solutions draw from it
        found.append(scenario(_sides[side]))
    return found[0], found[1]


def _agree(scenario: Callable[[Any], Any], *, rtol: float | None = None, atol: float | None = None) -> None:
    _compare(*_both(scenario), rtol or 1e-7, atol or 1e-9)


def _compare(got: Any, expected: Any, rtol: float, atol: float) -> None:
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            _compare(got[name], value, rtol, atol)
    elif isinstance(expected, list | tuple):
        for ours, theirs in zip(got, expected, strict=True):
            _compare(ours, theirs, rtol, atol)
    else:
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol)


def _show(*_drawn: Any) -> None:
    """Here are no pages."""
