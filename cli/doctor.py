"""`handin doctor`: whether this machine can run the service, and what to do about what it lacks."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click
import redis
from sqlalchemy.exc import SQLAlchemyError

from grader.sandbox.doctor import Finding, Level, examine
from submissions import alerts
from submissions.database import Database
from submissions.settings import Settings, settings
from workers.broker import NoBroker, broker_command, client_url

_SCARCE_GB = 2
_SIGNS = {Level.PASS: "✓", Level.CAUTION: "!", Level.FAIL: "✗"}


@click.command()
def doctor() -> None:
    """Check isolation, broker, database and disk. Exit status 1 when something FAILs."""
    table = settings()
    findings = [*_sandbox(table), _broker(table), *_database(table), _disk(table)]
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
    return examine(table.sandbox_uid, table.data / "cache")


def _broker(table: Settings) -> Finding:
    if not table.broker:
        try:
            program = broker_command(Path("broker"), table.data)[0]
        except NoBroker as error:
            return Finding("broker", Level.FAIL, "none", str(error))
        return Finding("broker", Level.PASS, f"`handin up` starts {program}")
    try:
        with redis.Redis.from_url(client_url(table.broker), socket_timeout=3, socket_connect_timeout=3) as client:
            policy = str(client.info("memory")["maxmemory_policy"])
    except (redis.RedisError, ValueError) as error:
        return Finding(
            "broker", Level.FAIL, str(error), "Start it, or mend HANDIN_BROKER. No hand-in is lost meanwhile."
        )
    if policy != "noeviction":
        return Finding("broker", Level.CAUTION, f"maxmemory-policy is {policy}", "Set it to noeviction.")
    return Finding("broker", Level.PASS, "answers")


def _database(table: Settings) -> list[Finding]:
    db = Database(table.database_url)
    kind = db.engine.dialect.name
    try:
        if kind == "sqlite" and not (table.data / "handin.sqlite3").exists():
            return [Finding("database", Level.PASS, "SQLite, made at the first start")]
        with db.read() as session:
            faults = alerts.count_open(session)
    except SQLAlchemyError as error:
        return [
            Finding("database", Level.FAIL, str(error).splitlines()[0], "Mend HANDIN_DATABASE, or run handin migrate.")
        ]
    finally:
        db.close()
    answers = Finding("database", Level.PASS, f"{kind} answers")
    if not faults:
        return [answers]
    remedy = "Each course's staff see theirs on the course page, with what went wrong."
    return [answers, Finding("grader faults", Level.CAUTION, f"{faults} not resolved", remedy)]


def _disk(table: Settings) -> Finding:
    folder = table.data.resolve()
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        return Finding(
            "disk", Level.FAIL, f"{folder} is a file, where a folder is needed", "Set HANDIN_DATA to a folder."
        )
    free = shutil.disk_usage(folder).free / 1e9
    if free < _SCARCE_GB:
        return Finding("disk", Level.CAUTION, f"{free:.1f} GB free at {folder}", "Free some, or move HANDIN_DATA.")
    return Finding("disk", Level.PASS, f"{free:.0f} GB free at {folder}")
