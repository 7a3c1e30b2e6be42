"""`handin assignment hints`: sets the budget, says it, and leaves a line in the audit log for each change."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from cli.outcome import USAGE
from submissions.models import Assignment, AuditEntry
from submissions.settings import settings
from submissions.storage.database import Database
from submissions.suites import courses


@pytest.fixture
def database(data: Path, handin):
    """A course `dl` with an assignment `hw`."""
    handin("course", "list")  # makes the database and its tables
    db = Database(settings().database_url)
    with db.write() as session:
        course = courses.create_course(session, "dl", "Deep Learning")
        courses.create_assignment(session, course.id, "hw", "Homework")
    yield db
    db.close()


def budget(db: Database) -> tuple[int | None, int]:
    with db.read() as session:
        found = session.scalars(select(Assignment)).one()
        return found.hint_budget, found.hint_hours


def logged(db: Database) -> list[str]:
    with db.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "assignment.hints"))
        return [each.detail["after"] for each in entries]


def test_a_budget_is_set_said_changed_and_taken_away(database, handin) -> None:
    assert handin("assignment", "hints", "dl", "hw").output == "dl/hw: all hints show\n"
    said = handin("assignment", "hints", "dl", "hw", "--most", "3", "--hours", "12").output
    assert said == "dl/hw: 3 hints for each student, each comes back after 12 h\n"
    assert budget(database) == (3, 12)
    handin("assignment", "hints", "dl", "hw", "--most", "1")
    assert budget(database) == (1, 12)
    handin("assignment", "hints", "dl", "hw", "--hours", "48")
    assert budget(database) == (1, 48)
    assert handin("assignment", "hints", "dl", "hw", "--off").output == "dl/hw: all hints show\n"
    assert budget(database)[0] is None
    assert logged(database) == [
        "3 hints for each student, each comes back after 12 h",
        "1 hint for each student, each comes back after 12 h",
        "1 hint for each student, each comes back after 48 h",
        "all hints show",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("dl", "hw", "--off", "--most", "3"), USAGE, "--off goes without --most"),
        (("dl", "hw", "--most", "0"), USAGE, "0 is not in the range"),
        (("dl", "hw", "--hours", "5"), 1, "--hours needs --most"),
        (("dl", "none"), 1, "has no assignment 'none' (there is: hw)"),
        (("none", "hw"), 1, "there is no course 'none'"),
    ],
)
def test_what_cannot_be_set_is_told_and_changes_nothing(database, handin, arguments, status, told) -> None:
    done = handin("assignment", "hints", *arguments)
    assert done.exit_code == status
    assert told in done.output
    assert budget(database) == (None, 24)
    assert logged(database) == []
