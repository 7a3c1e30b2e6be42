"""The examiners of a command that grades by itself, with neither database nor broker."""

from __future__ import annotations

import os
from pathlib import Path

from grader.grading import Examiners
from submissions.settings import settings


def examiners(*, unsafe_no_sandbox: bool) -> Examiners:
    """Examiners whose sandbox is kept in the user's cache folder; use as a context manager."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "handin")
    sandbox = "none" if unsafe_no_sandbox else "bubblewrap"
    return Examiners(sandbox=sandbox, sandbox_uid=settings().sandbox_uid, cache=cache)
