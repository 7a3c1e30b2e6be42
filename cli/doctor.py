"""`handin doctor`: whether this machine can run the service, what is weak on it, and what to do about that."""

from __future__ import annotations

import sys

import click

from cli.checks import broker, clock, data, database, exposure
from grader.sandbox.doctor import Finding, Level
from grader.sandbox.doctor import examine as examine_sandbox
from submissions.settings import Settings, settings

_SIGNS = {Level.PASS: "✓", Level.CAUTION: "!", Level.FAIL: "✗"}


@click.command()
def doctor() -> None:
    """Check isolation, broker, database, data, clock and who can reach what. Exit status 1 when something FAILs."""
    table = settings()
    findings = [
        *_sandbox(table),
        *broker.examine(table),
        *database.examine(table),
        *data.examine(table),
        *exposure.examine(table),
        *clock.examine(),
    ]
    for finding in findings:
        click.echo(f"{_SIGNS[finding.level]} {finding.level.value:8} {finding.layer}: {finding.seen}")
        if finding.remedy:
            click.echo(f"{'':11}→ {finding.remedy}")
    if any(finding.level is Level.FAIL for finding in findings):
        sys.exit(1)


def _sandbox(table: Settings) -> list[Finding]:
    if table.unsafe:
        remedy = "Unset HANDIN_SANDBOX, unless every student is trusted."
        return [Finding("sandbox", Level.CAUTION, "HANDIN_SANDBOX=none: student code has the worker's rights", remedy)]
    return examine_sandbox(table.sandbox, table.sandbox_uid, table.data / "cache")
