"""The examiners of a command that grades by itself, with neither database nor broker."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from grader.grading import Examiners
from submissions.settings import settings


def no_sandbox_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option of a command that runs `what`."""
    text = f"Run {what} with your own rights. Only for code that you trust."
    return click.option("--unsafe-no-sandbox", is_flag=True, help=text)


def examiners(*, unsafe_no_sandbox: bool) -> Examiners:
    """Examiners whose sandbox is kept in the user's cache folder; use as a context manager."""
    sandbox = "none" if unsafe_no_sandbox else "nursery"
    return Examiners(sandbox=sandbox, sandbox_uid=settings().sandbox_uid, cache=cache_folder())


def cache_folder() -> Path:
    """What can be made again, but takes a while, is kept in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "handin")
