"""How a command ends: with a sentence and an exit status, never with a traceback for what a person can mend."""

from __future__ import annotations

from typing import IO, Any

import click

REFUSED = 2
FAULT = 3
USAGE = 64


class Sorry(click.ClickException):
    """Ends the command with one sentence that says what is wrong and what to do; the exit status is 1 unless given."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the sentence, on standard error."""
        click.echo(f"handin: {self.message}", file=file, err=True)
