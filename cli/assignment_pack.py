"""`handin assignment pack`: what the students of an assignment receive, as a folder or a zip file."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from cli.outcome import FAULT, Sorry
from cli.records import assignment_folder
from grader.assignment import AssignmentError
from grader.handout.build import build
from grader.handout.zipped import handout_name, zip_handout
from grader.report import GraderFault


@click.command("pack")
@click.argument("folder")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="What to write; at first: ID-handout here.")
@click.option("--zip", "zipped", is_flag=True, help="Write a zip file instead of a folder.")
def pack(folder: str, output: Path | None, zipped: bool) -> None:
    """Write what students receive of FOLDER, or of the bundled assignment of that name.

    That is its handout/ folder and, if assignment.toml lets tests out ([handout] tests), a local autograder of these
    tests, with inputs of its own and the reference's results on them. Nothing that exists is written over.
    """
    path = assignment_folder(folder)
    try:
        name = handout_name(path)
        target = output or Path(f"{name}.zip" if zipped else name)
        if target.exists():
            raise Sorry(f"{target} is there already, and nothing is written over; name another place with -o")
        with Console(stderr=True).status("running the reference"):
            if zipped:
                zip_handout(path, target)
            else:
                build(path, target)
    except AssignmentError as mistake:
        raise Sorry(f"the assignment has a mistake: {mistake}", FAULT) from None
    except GraderFault as fault:
        raise Sorry(f"a fault of the grader, not of the assignment: {fault}", FAULT) from None
    except OSError as error:
        raise Sorry(f"{error.filename or target} cannot be written: {error.strerror}") from None
    click.echo(f"wrote {target}")
    for runner in target.glob("autograder/*/runner.py"):
        click.echo(f"in it, students grade themselves with: python3 {runner.relative_to(target).as_posix()}")
