"""`handin assignment check`: whether an assignment's folder may be published, and what to mend."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.text import Text

from cli.examiners import cache_folder, examiners, no_sandbox_option
from cli.outcome import FAULT, Sorry
from cli.records import assignment_folder
from grader.checking import Check, Finding, Level, Step
from grader.report import GraderFault
from web.checking import written_answers

_SIGNS = {Level.ERROR: "✗", Level.WARNING: "!"}


@click.command("check")
@click.argument("folder")
@click.option("--runs", type=click.IntRange(2, 100), default=3, show_default=True, help="How often everything runs.")
@click.option("--quick", is_flag=True, help="Leave the mutants out, which take longest.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
@no_sandbox_option("reference and starter")
def check(folder: str, runs: int, quick: bool, as_json: bool, unsafe_no_sandbox: bool) -> None:
    """Check FOLDER, or the bundled assignment of that name, before it is published.

    The folder loads; its tests repeat; the reference gets full marks, and the starter what assignment.toml says; the
    tests tell the reference from mutants of it, each with one mistake.
    Exit status: 0 ready, warnings aside; 1 something must be mended; 3 a fault of the grader; 64 wrong options.
    """
    path = assignment_folder(folder)
    console = Console(stderr=as_json, highlight=False)
    try:
        with examiners(unsafe_no_sandbox=unsafe_no_sandbox) as graders, console.status("") as status:
            kept = None if quick else cache_folder() / "mutants"
            check_here = Check(path, graders, runs, lambda doing: status.update(Text(doing)), kept)
            findings = _look(chain(check_here.steps(), written_answers(path)), console)
    except GraderFault as fault:
        raise Sorry(f"a fault of the grader, not of the assignment: {fault}", FAULT) from None
    errors = sum(each.level is Level.ERROR for each in findings)
    survey = check_here.survey
    if survey and not as_json:
        console.print(Text(f"{survey.summary}."), soft_wrap=True)
    if as_json:
        told = {"assignment": path.name, "ready": not errors, "findings": findings, "mutants": survey}
        click.echo(msgspec.json.format(msgspec.json.encode(told, enc_hook=str)))
    elif errors:
        console.print(Text(f"{path.name} is not ready: {errors} to mend.", style="bold"))
    else:
        console.print(Text(f"{path.name} is ready to publish.", style="bold"))
    sys.exit(1 if errors else 0)


def _look(steps: Iterable[Step], console: Console) -> list[Finding]:
    """Takes the steps in order up to the first that finds an error, and shows each."""
    found: list[Finding] = []
    for step in steps:
        new = step.look()
        wrong = any(each.level is Level.ERROR for each in new)
        sign = _SIGNS[Level.ERROR] if wrong else _SIGNS[Level.WARNING] if new else "✓"
        console.print(Text(f"{sign} {step.title}"), soft_wrap=True)
        for each in new:
            _show(each, console)
        found += new
        if wrong:
            break
    return found


def _show(finding: Finding, console: Console) -> None:
    file = os.path.relpath(finding.file) if finding.file.is_relative_to(Path.cwd()) else finding.file
    first, *more = finding.text.splitlines()
    console.print(
        Text(f"    {file}: {finding.key}: {first}" if finding.key else f"    {file}: {first}"), soft_wrap=True
    )
    for line in more:
        console.print(Text(f"      {line}"), soft_wrap=True)
