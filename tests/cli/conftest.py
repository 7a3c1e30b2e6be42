"""The command run in this process (`handin`), against a data folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from submissions.settings import Settings, settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HANDIN_{name.upper()}", raising=False)
    monkeypatch.setenv("HANDIN_DATA", str(tmp_path / "var"))
    settings.cache_clear()
    yield tmp_path / "var"
    settings.cache_clear()


@pytest.fixture
def handin(data: Path):
    """Calls the command: `handin("user", "list")` gives click's Result."""

    def call(*arguments: str, typed: str = "") -> Result:
        settings.cache_clear()
        return CliRunner().invoke(main, arguments, input=typed)

    return call


@pytest.fixture
def reference() -> Path:
    return ROOT / "tests_hidden" / "hw1p1" / "reference"
