"""`handin grade`: one hand-in graded from the shell, with neither database nor broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli import report_text
from cli.examiners import examiners, no_sandbox_option
from cli.outcome import FAULT, REFUSED, Sorry
from cli.records import assignment_folder
from grader.assignment import AssignmentError, load
from grader.by_person import graded_by_a_person
from grader.report import Event, GraderFault, OnEvent, Refused, TestDone, TestStarted


@click.command()
@click.argument("assignment")
@click.argument("handin", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as one JSON object.")
@no_sandbox_option("the hand-in's code")
def grade(assignment: str, handin: Path, as_json: bool, unsafe_no_sandbox: bool) -> None:
    """Grade the archive HANDIN by ASSIGNMENT, a bundled assignment's id or a folder.

    Exit status: 0 graded, whatever the score; 2 the hand-in is refused, with the reason; 3 a fault of the grader
    or a mistake in the assignment; 64 wrong options; 1 anything else.
    """
    folder = assignment_folder(assignment)
    if not handin.is_file():
        raise Sorry(f"there is no file {handin}")
    try:
        with examiners(unsafe_no_sandbox=unsafe_no_sandbox) as graders, _progress() as on_event:
            report = graders.grade(folder, handin, on_event)
    except Refused as reason:
        raise Sorry(f"{handin} is refused: {reason}", REFUSED) from None
    except AssignmentError as mistake:
        raise Sorry(f"the assignment has a mistake: {mistake}", FAULT) from None
    except GraderFault as fault:
        raise Sorry(f"a fault of the grader, not of the hand-in: {fault}", FAULT) from None
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report.as_json())))
    else:
        report_text.show(report, graded_by_a_person(load(folder)), Console())


@contextmanager
def _progress() -> Iterator[OnEvent]:
    """Shows the tests ticking in, on standard error and on a terminal alone."""
    console = Console(stderr=True)
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[title]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None, title="starting the sandbox")

        def on_event(event: Event) -> None:
            match event:
                case TestStarted():
                    progress.update(bar, total=event.total, completed=event.position, title=event.title)
                case TestDone():
                    progress.advance(bar)

        yield on_event
