"""`handin assignment hints`: the hint budget of an assignment in a course."""

from __future__ import annotations

import click
from sqlalchemy import select

from cli.outcome import Sorry
from cli.records import course_of, database, record
from submissions.models import Assignment


@click.command()
@click.argument("course")
@click.argument("assignment")
@click.option("--most", type=click.IntRange(1, 1000), help="How many hints a student may open.")
@click.option("--hours", type=click.IntRange(1, 8760), help="After how many hours each comes back (at first: 24).")
@click.option("--off", is_flag=True, help="All hints show again.")
def hints(course: str, assignment: str, most: int | None, hours: int | None, off: bool) -> None:
    """Give each student of COURSE a few hints of ASSIGNMENT that come back with time; without options, say how it is.

    The verdict and the message of each test, and every score, show whatever the budget. Staff see all hints.
    """
    if off and (most or hours):
        raise click.UsageError("--off goes without --most and --hours")
    with database() as db, db.write() as session:
        where = course_of(session, course)
        found = session.scalar(
            select(Assignment).where(Assignment.course_id == where.id, Assignment.slug == assignment)
        )
        if found is None:
            known = ", ".join(each.slug for each in where.assignments) or "none yet"
            raise Sorry(f"{course} has no assignment {assignment!r} (there is: {known})")
        if hours and not most and found.hint_budget is None:
            raise Sorry("--hours needs --most: there is no budget yet")
        before = _said(found)
        found.hint_budget = None if off else most or found.hint_budget
        found.hint_hours = hours or found.hint_hours
        if _said(found) != before:
            detail = {"before": before, "after": _said(found)}
            record(session, "assignment.hints", f"course {course}, assignment {assignment}", detail, where)
        click.echo(f"{course}/{assignment}: {_said(found)}")


def _said(assignment: Assignment) -> str:
    if assignment.hint_budget is None:
        return "all hints show"
    noun = "hint" if assignment.hint_budget == 1 else "hints"
    return f"{assignment.hint_budget} {noun} for each student, each comes back after {assignment.hint_hours} h"
