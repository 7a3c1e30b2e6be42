"""`handin course` and `handin assignment`: courses, and the assignment folders that they publish."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from cli.outcome import Sorry
from cli.records import assignment_folder, course_of, database
from grader.assignment import AssignmentError, load
from submissions import audit, courses
from submissions.blobs import DirectoryBlobs
from submissions.models import Assignment, Course
from submissions.settings import settings

_ACTOR = "command line"


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
            courses.create_course(session, slug, title, term=term, timezone=timezone)
        except courses.BadSlug as error:
            raise Sorry(str(error)) from None
        audit.record(session, actor=_ACTOR, action="course.add", record=f"course {slug}")
    click.echo(f"added {slug}")


@course.command("list")
def show() -> None:
    """List courses and their assignments."""
    table = Table("course", "title", "term", "assignments", box=None)
    with database() as db, db.read() as session:
        for each in session.scalars(select(Course).order_by(Course.slug)):
            table.add_row(each.slug, each.title, each.term, ", ".join(item.slug for item in each.assignments))
    Console().print(table)


@click.group()
def assignment() -> None:
    """Assignments: publish an assignment folder in a course."""


@assignment.command("sync")
@click.argument("course")
@click.argument("folder")
@click.option("--due", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="In the course's time zone.")
@click.option("--opens", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="In the course's time zone.")
@click.option(
    "--show-output/--hide-output",
    default=None,
    help="Whether students see what their program printed in each test (at first: they do). With output shown, "
    "a student can print the inputs of hidden tests.",
)
def sync(course: str, folder: str, due: datetime | None, opens: datetime | None, show_output: bool | None) -> None:
    """Publish FOLDER, or the bundled assignment of that name, in COURSE: its tests grade new hand-ins from now on.

    The same content again changes nothing.
    """
    path = assignment_folder(folder)
    try:
        described = load(path)
        with database() as db:
            blobs = DirectoryBlobs(settings().data / "blobs")
            with db.read() as session:
                course_of(session, course)
            suite = courses.sync_suite(db, blobs, path)
            with db.write() as session:
                where = course_of(session, course)
                zone = ZoneInfo(where.timezone)
                found = session.scalar(
                    select(Assignment).where(Assignment.course_id == where.id, Assignment.slug == described.id)
                )
                if found is None:
                    found = courses.create_assignment(session, where.id, described.id, described.title)
                found.title = described.title
                found.due_at = _utc(due, zone) or found.due_at
                found.opens_at = _utc(opens, zone) or found.opens_at
                if show_output is not None:
                    found.show_output = show_output
                courses.publish(session, found.id, suite)
                audit.record(
                    session,
                    actor=_ACTOR,
                    action="assignment.sync",
                    record=f"course {course}, assignment {described.id}",
                    detail={"suite": suite.hash},
                )
    except AssignmentError as error:
        raise Sorry(str(error)) from None
    click.echo(f"{course}/{described.id}: suite {suite.hash[:12]} is published")


def _utc(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    return local.replace(tzinfo=zone).astimezone(UTC) if local else None
