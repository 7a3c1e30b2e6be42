"""A pytest plugin that adds points up and writes `results.json` at the end, where the service around it reads it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

RESULTS = "/autograder/results/results.json"
_tests = []


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "task(id, title, points): a test's task, title and points")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" or report.failed:
        points = item.get_closest_marker("task").kwargs["points"]
        _tests.append({"name": item.name, "score": points if report.passed else 0, "output": report.longreprtext})


def pytest_sessionfinish() -> None:
    with Path(RESULTS).open("w") as file:
        json.dump({"score": sum(test["score"] for test in _tests), "tests": _tests}, file)
