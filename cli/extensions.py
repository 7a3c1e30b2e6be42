"""`handin extension`: later deadlines for a student or a section, as on their page; it asks before a score moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.moved import after_review
from cli.outcome import Sorry
from cli.records import ACTOR, course_of, database, here
from submissions.changes import extensions
from submissions.changes.rule_changes import Moved
from submissions.clock import absolute
from submissions.models import Assignment, Course
from submissions.storage.database import Database


@click.group()
def extension() -> None:
    """Extensions: give a student or a section a later deadline, list them, withdraw one."""


@extension.command("give")
@click.argument("course")
@click.argument("assignment")
@click.option("--student", default="", help="Login of a student; or else --section.")
@click.option("--section", default="", help="Everybody who is in this section.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    required=True,
    help="The new deadline, in the course's time zone.",
)
@click.option("--reason", required=True, help="Kept with it, for the course's staff.")
@click.option("--yes", is_flag=True, help="Do not ask before scores move.")
def give(course: str, assignment: str, student: str, section: str, until: datetime, reason: str, yes: bool) -> None:
    """Give an extension in ASSIGNMENT of COURSE. Where it would move scores, they are listed, and it asks first."""

    def act(session: Session, where: Course, found: Assignment, seen: str) -> list[Moved]:
        due_at = until.replace(tzinfo=ZoneInfo(where.timezone)).astimezone(UTC)
        return extensions.give(session, found.id, student, section, due_at, reason, ACTOR, here(), seen=seen)

    _done("given", course, assignment, act, yes)


@extension.command("withdraw")
@click.argument("course")
@click.argument("assignment")
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask before scores move.")
def withdraw(course: str, assignment: str, number: int, yes: bool) -> None:
    """Withdraw the extension of that NUMBER, which `list` shows."""

    def act(session: Session, _: Course, found: Assignment, seen: str) -> list[Moved]:
        return extensions.withdraw(session, found.id, number, ACTOR, here(), seen=seen)

    _done("withdrawn", course, assignment, act, yes)


@extension.command("list")
@click.argument("course")
@click.argument("assignment")
def show(course: str, assignment: str) -> None:
    """List the extensions of ASSIGNMENT in COURSE that hold."""
    table = Table("number", "whose", "until", "reason", "given by", box=None)
    with database() as db, db.read() as session:
        where = course_of(session, course)
        for each in extensions.listed(session, _assignment(session, where, assignment).id):
            if each.withdrawn_at is None:
                whose = each.user.login if each.user is not None else f"section {each.section}"
                table.add_row(str(each.id), whose, absolute(each.due_at, where.timezone), each.reason, each.by)
    Console().print(table)


_Act = Callable[[Session, Course, Assignment, str], list[Moved]]


def _done(what: str, course: str, assignment: str, act: _Act, yes: bool) -> None:
    with database() as db:
        moved = after_review(lambda seen: _acted(db, course, assignment, act, seen), yes)
    click.echo(f"{what}; {len(moved) or 'no'} {'score' if len(moved) == 1 else 'scores'} moved")


def _acted(db: Database, course: str, assignment: str, act: _Act, seen: str) -> list[Moved]:
    try:
        with db.write() as session:
            where = course_of(session, course)
            return act(session, where, _assignment(session, where, assignment), seen)
    except extensions.BadExtension as error:
        raise Sorry(str(error)) from None


def _assignment(session: Session, where: Course, slug: str) -> Assignment:
    found = session.scalar(select(Assignment).where(Assignment.course_id == where.id, Assignment.slug == slug))
    if found is None:
        known = ", ".join(each.slug for each in where.assignments) or "none yet"
        raise Sorry(f"there is no assignment {slug!r} in {where.slug} (there is: {known})")
    return found
