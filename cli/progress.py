"""Progress of what takes minutes, for a person at a terminal; programs and log files get none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from submissions.steps import OnStep


@contextmanager
def shown() -> Iterator[OnStep]:
    """A line on standard error for each kind of work, gone at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        lines = {}

        def step(what: str, done: int, total: int) -> None:
            if what not in lines:
                lines[what] = progress.add_task(what, total=None)
            progress.update(lines[what], completed=done, total=total or None)

        yield step
