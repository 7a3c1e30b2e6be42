"""A Python as students have it: NumPy, pytest and what pytest needs, and nothing else that this project uses."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

THEIRS = ("numpy", "numpy.libs", "pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments")


@pytest.fixture(scope="session")
def plain_python(tmp_path_factory) -> list[str]:
    """The command that runs it."""
    site = tmp_path_factory.mktemp("site")
    installed = Path(importlib.util.find_spec("numpy").origin).parents[1]
    for name in THEIRS:
        if (installed / name).exists():
            (site / name).symlink_to(installed / name)
    environment = {"PATH": os.defpath, "HOME": str(site), "LANG": "C.UTF-8", "PYTHONPATH": str(site)}
    assigned = [f"{name}={value}" for name, value in environment.items()]
    # Without the site module no environment's packages are found.
    return ["/usr/bin/env", "-i", *assigned, sys.executable, "-S", "-B"]
