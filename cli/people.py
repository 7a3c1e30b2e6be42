"""`handin user` and `handin roster`: accounts, passwords, API tokens, and who has which role in a course."""

from __future__ import annotations

import secrets

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.outcome import Sorry
from cli.records import course_of, database, record
from submissions import people
from submissions.models import Enrolment, Role, User


def person(session: Session, login: str) -> User:
    """The account with that login. Raises Sorry."""
    found = session.scalar(select(User).where(User.login == login))
    if found is None:
        raise Sorry(f"there is no user {login!r}; `handin user list` shows who is there, `handin user add` adds one")
    return found


@click.group()
def user() -> None:
    """Accounts: add, list, change a password, make an API token."""


@user.command("add")
@click.argument("login")
@click.argument("name")
@click.option("--ask-password", is_flag=True, help="Ask for the password instead of making a random one.")
def add(login: str, name: str, ask_password: bool) -> None:
    """Add an account and print its password once. NAME is how pages call the person."""
    # Never an option with the password itself: the command line of a process is for everybody on the machine to read.
    asked = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else ""
    chosen = asked or secrets.token_urlsafe(12)
    with database() as db, db.write() as session:
        try:
            people.create_user(session, login, name, chosen)
        except people.BadPerson as error:
            raise Sorry(str(error)) from None
        record(session, "user.add", f"user {login}")
    click.echo(f"added {login}" + ("" if asked else f", password: {chosen}"))


@user.command("passwd")
@click.argument("login")
def passwd(login: str) -> None:
    """Ask for a new password; every login and API token of that person ends."""
    password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    with database() as db, db.write() as session:
        who = person(session, login)
        try:
            people.set_password(session, who.id, password)
        except people.BadPerson as error:
            raise Sorry(str(error)) from None
        record(session, "user.passwd", f"user {login}")
    click.echo(f"changed; {login} has to log in again everywhere, and to make new API tokens")


@user.command("token")
@click.argument("login")
@click.option("--label", default="command line", help="What the token is for, shown on the account page.")
def token(login: str, label: str) -> None:
    """Make an API token for `handin submit` and curl; it is printed once and kept nowhere."""
    with database() as db, db.write() as session:
        made = people.create_api_token(session, person(session, login).id, label)
        record(session, "token.add", f"user {login}")
    click.echo(made)


@user.command("list")
def show() -> None:
    """List accounts with their courses and roles."""
    table = Table("login", "name", "courses", box=None)
    with database() as db, db.read() as session:
        for each in session.scalars(select(User).order_by(User.login)):
            places = people.enrolments_of(session, each.id)
            table.add_row(each.login, each.name, ", ".join(f"{place.course.slug} ({place.role})" for place in places))
    Console().print(table)


@click.group()
def roster() -> None:
    """Who is in a course, and in which role."""


@roster.command("add")
@click.argument("course")
@click.argument("logins", nargs=-1, required=True)
@click.option("--role", type=click.Choice([str(role) for role in Role]), default=str(Role.STUDENT), show_default=True)
@click.option("--section", default="", help="The section or recitation group.")
def enrol(course: str, logins: tuple[str, ...], role: str, section: str) -> None:
    """Give people a place in COURSE, or change their role: all of them, or none."""
    with database() as db, db.write() as session:
        where = course_of(session, course)
        for login in logins:
            who = person(session, login)
            before = _place(people.enrolment(session, where.id, who.id))
            after = _place(people.enrol(session, where.id, who.id, Role(role), section))
            detail = {"before": before, "after": after}
            record(session, "roster.add", f"course {course}, user {login}", detail, where)
    click.echo(f"{course}: {', '.join(logins)} as {role}")


@roster.command("remove")
@click.argument("course")
@click.argument("login")
def remove(course: str, login: str) -> None:
    """End a person's place in COURSE; their work stays."""
    with database() as db, db.write() as session:
        where, who = course_of(session, course), person(session, login)
        before = _place(people.enrolment(session, where.id, who.id))
        people.end_enrolment(session, where.id, who.id)
        detail = {"before": before, "after": None}
        record(session, "roster.remove", f"course {course}, user {login}", detail, where)
    click.echo(f"{course}: {login} is out")


@roster.command("list")
@click.argument("course")
def members(course: str) -> None:
    """List who is in COURSE."""
    table = Table("login", "name", "role", "section", box=None)
    with database() as db, db.read() as session:
        where = course_of(session, course)
        for place in session.scalars(
            select(Enrolment)
            .join(User)
            .where(Enrolment.course_id == where.id, Enrolment.ended_at.is_(None))
            .order_by(User.login)
        ):
            table.add_row(place.user.login, place.user.name, place.role, place.section)
    Console().print(table)


def _place(enrolment: Enrolment | None) -> dict[str, str] | None:
    if enrolment is None or enrolment.ended_at is not None:
        return None
    return {"role": enrolment.role, "section": enrolment.section}
