"""The machine and the versions that a report was made with."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version

import psutil


def machine(*packages: str) -> str:
    """Two lines of every report: today, the machine, and the versions of these packages."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"""{datetime.now(UTC):%Y-%m-%d}; {platform.machine()}, {psutil.cpu_count()} cores, \
{psutil.virtual_memory().total >> 30} GiB; Linux {platform.release().split("-")[0]};
Python {platform.python_version()}, {versions}."""
