"""For every test: what could not run is listed at the end with its reason, and with CI set it fails the run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests import warm

# For `make fuzz`, which runs property tests again and again, each time with other examples.
settings.register_profile("fuzz", deadline=None, derandomize=False)

warm.begin()

pytest_plugins = ["tests.services", "tests.cast", "tests.bundled", "tests.lived"]
# What our tests grade, and no tests of ours.
collect_ignore_glob = [
    "grader/assignments/*",
    "known_wrong/*",
    "broken_assignments/*",
    "attacks/corpus/*",
    "faults/homework/*",
    "attacks/suites/*",
]


@pytest.fixture(scope="session")
def sandbox_cache(pytestconfig: pytest.Config) -> Path:
    """Where the sandbox's file system is built: kept between runs, as it takes seconds and is named by its content."""
    return pytestconfig.rootpath / "var" / "tests" / "sandbox"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A whole file goes to one process: one of minutes that began last would keep the others waiting. What may take long
    # says so by a time limit of its own, and the longer that is, the sooner it begins.
    limits: dict[Path, float] = {}
    for item in items:
        if marker := item.get_closest_marker("timeout"):
            limits[item.path] = max(limits.get(item.path, 0.0), marker.args[0])
    items.sort(key=lambda item: -limits.get(item.path, 0.0))


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [] if reporter is None else reporter.stats.get("skipped", [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = _skipped(config)
    if not skipped:
        return
    terminalreporter.section("could not run" + (", which is a failure in CI" if os.environ.get("CI") else ""))
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        terminalreporter.line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
