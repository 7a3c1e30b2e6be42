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
from grader.assignment import CHECK
from grader.checking import Finding, Level, Result
from grader.checking.result import content_of, keep, kept, result
from grader.checking.steps import RUNS, Check, Step
from grader.report import GraderFault
from submissions.models import Suite
from submissions.storage.database import Database
from submissions.suites import checked
from web.suites.checking import written_answers

_SIGNS = {Level.ERROR: "✗", Level.WARNING: "!"}


@click.command("check")
@click.argument("folder")
@click.option("--runs", type=click.IntRange(2, 100), default=RUNS, show_default=True, help="How often everything runs.")
@click.option("--quick", is_flag=True, help="Leave the mutants out, which take longest.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
@no_sandbox_option("reference and starter")
def check(folder: str, runs: int, quick: bool, as_json: bool, unsafe_no_sandbox: bool) -> None:
    """Check FOLDER, or the bundled assignment of that name, before it is published.

    The folder loads; its tests repeat; the reference gets full marks, and the starter what assignment.toml says; the
    tests tell the reference from mutants of it, each with one mistake.
    What a whole check found is kept in FOLDER/check.json: `handin assignment sync` takes it as long as nothing else in
    the folder changes.
    Exit status: 0 ready, warnings aside; 1 something must be mended; 3 a fault of the grader; 64 wrong options.
    """
    path = assignment_folder(folder)
    console = Console(stderr=as_json, highlight=False)
    findings, found = looked_at(path, console, runs=runs, quick=quick, unsafe_no_sandbox=unsafe_no_sandbox)
    if found.mutants and not as_json:
        console.print(Text(f"{found.mutants.summary}."), soft_wrap=True)
    if not quick:
        _keep(path, found)
    errors = len(found.errors)
    if as_json:
        told = {"assignment": path.name, "ready": not errors, "findings": findings, "mutants": found.mutants}
        click.echo(msgspec.json.format(msgspec.json.encode(told, enc_hook=str)))
    elif errors:
        console.print(Text(f"{path.name} is not ready: {errors} to mend.", style="bold"))
    else:
        console.print(Text(f"{path.name} is ready to publish.", style="bold"))
    sys.exit(1 if errors else 0)


def looked_at(
    folder: Path, console: Console, *, runs: int = RUNS, quick: bool = False, unsafe_no_sandbox: bool = False
) -> tuple[list[Finding], Result]:
    """Checks a folder, shows each step, and gives the findings and the result. Raises Sorry for a fault of ours."""
    of = content_of(folder)
    try:
        with examiners(unsafe_no_sandbox=unsafe_no_sandbox) as graders, console.status("") as status:
            kept = None if quick else cache_folder() / "mutants"
            check_here = Check(folder, graders, runs, lambda doing: status.update(Text(doing)), kept)
            findings = _look(chain(check_here.steps(), written_answers(folder)), console)
    except GraderFault as fault:
        raise Sorry(f"a fault of the grader, not of the assignment: {fault}", FAULT) from None
    return findings, result(folder, of, findings, check_here.so_far.survey)


def check_of(db: Database, suite: Suite, folder: Path) -> Result:
    """What a check of the folder, which the suite was made of, says: one that is kept, or one that is made now.

    One that found something to mend is made again. Raises Sorry for a fault of ours, and where the folder was changed.
    """
    found = _kept(db, suite, folder) or _made_now(folder)
    if not found.of.startswith(suite.hash):
        raise Sorry(f"{folder} was changed meanwhile: sync it again")
    return found


def check_of_now_or_later(db: Database, suite: Suite, folder: Path) -> Result | None:
    """As `check_of`, but None in place of a check that would be made now.

    Of tests that are ready already it is made now: they could be published at once, with a handout that nobody checked.
    """
    with db.read() as session:
        newest = checked.newest(session, [suite.id]).get(suite.id)
    return check_of(db, suite, folder) if newest and newest.ready else _kept(db, suite, folder)


def _kept(db: Database, suite: Suite, folder: Path) -> Result | None:
    """What a check that found nothing to mend says of the folder: the service's own, or the one that is in there."""
    with db.read() as session:
        newest = checked.newest(session, [suite.id]).get(suite.id)
    before = [checked.result_of(newest) if newest else None, kept(folder)]
    of = content_of(folder)
    return next((each for each in before if each and each.ready and each.of == of), None)


def _made_now(folder: Path) -> Result:
    click.echo("Checking the assignment: it is not published unchecked. This takes minutes the first time.", err=True)
    try:
        return looked_at(folder, Console(stderr=True, highlight=False))[1]
    except Sorry as sorry:
        raise Sorry(
            f"{sorry.message}\nNothing is published unchecked. Where a sandbox can be made, `handin assignment check` "
            f"keeps what it finds in {folder / CHECK}; with that file in the folder, sync takes it. Or sync it with "
            "--check-later, and have the service check it, by the button on its page.",
            sorry.exit_code,
        ) from None


def _keep(folder: Path, found: Result) -> None:
    try:
        keep(folder, found)
    except OSError as error:
        click.echo(f"handin: {folder / CHECK} cannot be written ({error.strerror}), so sync will check again", err=True)


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
