"""Whether the database answers, and what the service may do there that it need not."""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cli.checks.exposure import is_local
from grader.sandbox.doctor import Finding, Level
from submissions.service import alerts
from submissions.settings import Settings
from submissions.storage.database import Database

_MOST_SECONDS_APART = 2


def examine(table: Settings) -> list[Finding]:
    """The database of the settings."""
    if not table.database and not (table.data / "handin.sqlite3").exists():
        return [Finding("database", Level.PASS, "SQLite, made at the first start")]
    db = Database(table.database_url)
    try:
        with db.read() as session:
            faults = alerts.count_open(session)
            findings = [Finding("database", Level.PASS, f"{db.engine.dialect.name} answers")]
            if db.engine.dialect.name == "postgresql":
                findings += _postgresql(session, db.engine.url)
    except SQLAlchemyError as error:
        remedy = "Mend HANDIN_DATABASE, or run handin migrate."
        return [Finding("database", Level.FAIL, str(error).splitlines()[0], remedy)]
    finally:
        db.close()
    if faults:
        remedy = "Each course's staff see theirs on the course page, with what went wrong."
        findings.append(Finding("grader faults", Level.CAUTION, f"{faults} not resolved", remedy))
    return findings


def _postgresql(session: Session, url: URL) -> list[Finding]:
    findings = []
    if session.scalar(text("SHOW is_superuser")) == "on":
        user = session.scalar(text("SELECT current_user"))
        findings.append(
            Finding(
                "database's user",
                Level.CAUTION,
                f"{user} is a superuser: it may read the server's files and run programs there",
                "Give the service a role of its own that owns its database and nothing else: "
                "CREATE ROLE handin LOGIN; ALTER DATABASE handin OWNER TO handin.",
            )
        )
    encrypted = session.scalar(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
    host = str(url.host or url.query.get("host", ""))
    if host and not host.startswith("/") and not is_local(host) and not encrypted:
        seen = f"what is read from {host} crosses the network in the clear"
        remedy = "Add ?sslmode=require to HANDIN_DATABASE, unless that network has no way in."
        findings.append(Finding("database's line", Level.CAUTION, seen, remedy))
    apart = abs(float(session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0) - time.time())
    if apart > _MOST_SECONDS_APART:
        seen = f"{apart:.0f} s apart from this machine's: one of the two is wrong, and deadlines go by this one"
        findings.append(Finding("database's clock", Level.CAUTION, seen, "Run chrony on both machines."))
    return findings
