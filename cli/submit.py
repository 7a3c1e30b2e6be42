"""`handin submit`: hands in from the shell, at a portal anywhere, with an API token from its account page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from cli import report_text
from cli.outcome import FAULT, REFUSED, Sorry
from cli.portal import Portal
from grader.report import TaskReport

_ASK_EVERY = 2.0


@click.command()
@click.argument("course")
@click.argument("assignment")
@click.argument("handin", type=click.Path(path_type=Path))
@click.option("--portal", envvar="HANDIN_PORTAL", required=True, help="The portal's address, or HANDIN_PORTAL.")
@click.option("--token", envvar="HANDIN_TOKEN", help="Better in HANDIN_TOKEN; asked for when in neither.")
@click.option("--grace", type=click.IntRange(0, 999), help="Grace days to spend if it is late, at most; 0: none.")
@click.option("--no-wait", is_flag=True, help="Return once the hand-in is taken, before it is graded.")
def submit(
    course: str, assignment: str, handin: Path, portal: str, token: str | None, grace: int | None, no_wait: bool
) -> None:
    """Hand in the archive HANDIN, and show the score when it is there.

    Exit status: 0 taken, and graded unless --no-wait; 2 refused, with the reason; 3 a fault of the grader.
    """
    try:
        content = handin.read_bytes()
    except OSError as error:
        raise Sorry(f"{handin} cannot be read ({error.strerror})") from None
    api = Portal(portal, token or click.prompt("API token", hide_input=True))
    taken = api.hand_in(course, assignment, handin.name, content, grace)
    click.echo(f"Taken at {taken['received_at']}{_late(taken)}. Its page: {taken['page']}")
    if no_wait:
        return
    told = ""
    while not (outcome := api.submission(taken["submission"])).get("final"):
        if outcome["next_step"] != told:
            told = outcome["next_step"]
            click.echo(told, err=True)
        time.sleep(_ASK_EVERY)
    _show(outcome)


def _show(outcome: dict[str, Any]) -> None:
    match outcome["state"]:
        case "graded":
            console = Console()
            if "score" in outcome:
                score, full = (report_text.number(outcome[key]) for key in ("score", "max_score"))
                console.print(f"{score} of {full} points{_still_to_come(outcome['ungraded'])}")
            else:
                click.echo(outcome["next_step"])
            # One that nobody has read yet, or that is not shown yet, has no score to draw.
            graded = [task for task in (*outcome["tasks"], *outcome["written"]) if task["score"] is not None]
            if graded:
                console.print(report_text.tasks(msgspec.convert(graded, tuple[TaskReport, ...])))
            click.echo(f"Why, and what to mend first: {outcome['page']}")
        case "refused":
            raise Sorry(str(outcome["message"]), REFUSED)
        case "grader_fault":
            raise Sorry(outcome["next_step"], FAULT)
        case _:
            click.echo(outcome["next_step"])


def _late(taken: dict[str, Any]) -> str:
    if not taken["late"]:
        return ""
    takes = taken["late_penalty_percent"]
    return f", late: {report_text.number(takes)} % of its score goes" if takes else ", late"


def _still_to_come(ungraded: float) -> str:
    if not ungraded:
        return ""
    points = "point by a person is" if ungraded == 1 else "points by a person are"
    return f" so far; {report_text.number(ungraded)} {points} still to come"
