"""`handin course`: adding courses, and listing them."""

from __future__ import annotations

from zoneinfo import available_timezones

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from cli.outcome import Sorry
from cli.records import database, record
from submissions import courses
from submissions.models import Course


@click.group()
def course() -> None:
    """Courses: add, list."""


@course.command("add")
@click.argument("slug")
@click.argument("title")
@click.option("--term", default="", help="Such as 'Fall 2026'.")
@click.option("--timezone", default="UTC", show_default=True, help="IANA name; deadlines are given and shown in it.")
def add(slug: str, title: str, term: str, timezone: str) -> None:
    """Add a course. SLUG is its short name in addresses and commands."""
    if timezone not in available_timezones():
        raise Sorry(f"{timezone!r} is no IANA time zone; such as Europe/Berlin or America/New_York")
    with database() as db, db.write() as session:
        if session.scalar(select(Course.id).where(Course.slug == slug)) is not None:
            raise Sorry(f"there is a course {slug!r} already")
        try:
            added = courses.create_course(session, slug, title, term=term, timezone=timezone)
        except courses.BadSlug as error:
            raise Sorry(str(error)) from None
        record(session, "course.add", f"course {slug}", course=added)
    click.echo(f"added {slug}")


@course.command("list")
def show() -> None:
    """List courses and their assignments."""
    table = Table("course", "title", "term", "assignments", box=None)
    with database() as db, db.read() as session:
        for each in session.scalars(select(Course).order_by(Course.slug)):
            table.add_row(each.slug, each.title, each.term, ", ".join(item.slug for item in each.assignments))
    Console().print(table)
