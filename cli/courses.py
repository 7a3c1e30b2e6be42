"""`handin course`: adding courses, copying one to the next term, and listing them."""

from __future__ import annotations

from zoneinfo import available_timezones

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from cli.outcome import Sorry
from cli.records import ACTOR, course_of, database, here, record
from submissions.models import Course
from submissions.suites import copying, courses


@click.group()
def course() -> None:
    """Courses: add, copy to the next term, list."""


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


@course.command("copy")
@click.argument("source")
@click.argument("slug")
@click.option("--term", required=True, help="Such as 'Spring 2027'.")
@click.option("--title", default="", help="Without it, the title of SOURCE.")
@click.option(
    "--weeks", type=click.IntRange(0, copying.MOST_LATER), required=True, help="By how many weeks later all dates are."
)
def copy(source: str, slug: str, term: str, title: str, weeks: int) -> None:
    """Add a course SLUG with the assignments, tests and rules of SOURCE, and without its people and their work."""
    with database() as db, db.write() as session:
        old = course_of(session, source)
        wanted = copying.Wanted(slug, title or old.title, term, 7 * weeks)
        try:
            copying.copy(session, old, wanted, ACTOR, here())
        except copying.CannotCopy as error:
            raise Sorry(f"{error} Nothing was added.") from None
        number = len(old.assignments)
    click.echo(f"added {slug} with {number} assignments; `handin roster` brings its people")


@course.command("list")
def show() -> None:
    """List courses and their assignments."""
    table = Table("course", "title", "term", "assignments", box=None)
    with database() as db, db.read() as session:
        for each in session.scalars(select(Course).order_by(Course.slug)):
            table.add_row(each.slug, each.title, each.term, ", ".join(item.slug for item in each.assignments))
    Console().print(table)
