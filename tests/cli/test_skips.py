"""Nothing is skipped silently: a run lists what could not run, and in CI that fails it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(folder: Path, ci: bool) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_one.py").write_text(
        "import pytest\n"
        "def test_that_runs(): pass\n"
        "def test_that_cannot(): pytest.skip('no such server here')\n"
        "@pytest.mark.skipif(True, reason='no such browser here')\n"
        "def test_that_is_told_beforehand(): pass\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        env={**environment, "CI": "true"} if ci else environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("ci", "status"), [(False, 0), (True, 1)])
def test_a_skip_is_listed_with_its_reason_and_fails_ci(tmp_path, ci, status) -> None:
    done = _run(tmp_path, ci)
    assert done.returncode == status, done.stdout
    assert "could not run" in done.stdout
    assert "test_one.py::test_that_cannot: no such server here" in done.stdout
    assert "test_one.py::test_that_is_told_beforehand: no such browser here" in done.stdout
    assert ("which is a failure in CI" in done.stdout) is ci
