"""`handin user` and `handin roster`: accounts, passwords, API tokens, and who has which role in a course."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.moved import after_review
from cli.outcome import Sorry
from cli.records import ACTOR, course_of, database, here, record
from submissions.changes import roster_changes, rule_changes, section_moves
from submissions.models import Course, Enrolment, Role, User
from submissions.people import people, roster_file
from submissions.people import roster as rosters


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
            table.add_row(
                each.login, Text(each.name), ", ".join(f"{place.course.slug} ({place.role})" for place in places)
            )
    Console().print(table)


@click.group()
def roster() -> None:
    """Who is in a course, and in which role."""


@roster.command("add")
@click.argument("course")
@click.argument("logins", nargs=-1, required=True)
@click.option("--role", type=click.Choice([str(role) for role in Role]), default=str(Role.STUDENT), show_default=True)
@click.option("--section", default="", help="The section or recitation group.")
@click.option(
    "--limit-to",
    multiple=True,
    help="Staff see the students of this section alone; give it once for each. Without it they see the whole course.",
)
@click.option("--yes", is_flag=True, help="Do not ask before scores move, as extensions of sections stay with these.")
def enrol(course: str, logins: tuple[str, ...], role: str, section: str, limit_to: tuple[str, ...], yes: bool) -> None:
    """Give people a place in COURSE, or change their role: all of them, or none."""
    if limit_to and role != Role.STAFF:
        raise Sorry(f"--limit-to is for --role staff: {role}s are not limited to sections")

    def act(seen: str) -> None:
        with db.write() as session, _led(session, course) as where:
            whos = [person(session, login) for login in logins]

            def place() -> None:
                for who in whos:
                    before = _place(people.enrolment(session, where.id, who.id))
                    after = _place(people.enrol(session, where.id, who.id, Role(role), section, limit_to))
                    detail = {"before": before, "after": after}
                    record(session, "roster.add", f"course {course}, user {who.login}", detail, where)

            moving = section_moves.deadlines(session, where.id, {who.id: section for who in whos})
            if moved := section_moves.reviewed(session, where.id, moving, place, seen, logins):
                detail = {"scores moved": rule_changes.summary(moved)}
                record(session, "roster.move", f"course {course}", detail, where)

    with database() as db:
        after_review(act, yes)
    click.echo(f"{course}: {', '.join(logins)} as {role}")


@roster.command("import")
@click.argument("course")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--end-missing", is_flag=True, help="End the places of students whom FILE does not name; their work stays."
)
@click.option(
    "--passwords",
    type=click.Path(path_type=Path),
    help="Make passwords for new accounts, and write them into this new file, for your eyes alone.",
)
@click.option("--yes", is_flag=True, help="Do not ask before the changes are made.")
def bring(course: str, file: BinaryIO, end_missing: bool, passwords: Path | None, yes: bool) -> None:
    """Change COURSE as a CSV file says: the first line names the columns login (or email), name, section, role."""
    try:
        read = roster_file.read(roster_file.decoded(file.read(roster_file.MOST_BYTES + 1)))
    except roster_file.BadFile as error:
        raise Sorry(str(error)) from None
    with database() as db:
        with db.read() as session:
            planned = roster_changes.plan(session, course_of(session, course).id, read, end_missing)
        _say(planned)
        if not planned.changes:
            return
        if not yes:
            click.confirm(f"Make these {len(planned.changes)} changes?", abort=True)
        secret = {login: secrets.token_urlsafe(12) for login in planned.accounts} if passwords else {}
        # Before the transaction: each takes a while, on purpose, and the database waits for nobody.
        hashes = {login: people.hash_password(password) for login, password in secret.items()}
        with _for_own_eyes(passwords) as out:

            def act(moves: str) -> None:
                with db.write() as session:
                    where = course_of(session, course).id
                    seen = planned.digest
                    roster_changes.apply(
                        session, where, read, end_missing, seen, ACTOR, here(), passwords=hashes, moves=moves
                    )
                    if out is not None:
                        csv.writer(out).writerows([("login", "password"), *secret.items()])

            try:
                after_review(act, yes)
            except roster_changes.Outdated:
                raise Sorry("the roster changed meanwhile, and nothing was taken of the file: try again") from None
            except rosters.BadRoster as error:
                raise Sorry(f"{error} Nothing was changed.") from None
    click.echo(f"{course}: {len(planned.changes)} changed")
    if planned.accounts:
        told = f"their passwords are in {passwords}" if passwords else "`handin user passwd` gives each a password"
        click.echo(f"{len(planned.accounts)} have a new account; {told}")


def _say(planned: roster_changes.Plan) -> None:
    table = Table("line", "login", "name", "what", "before", "after", box=None)
    for each in planned.changes:
        places = [f"{at.role} {at.section}".strip() if at is not None else "-" for at in (each.before, each.after)]
        # Text: a name may look like markup.
        table.add_row(*map(Text, (str(each.line or "-"), each.login, each.name, each.kind, *places)))
    if planned.changes:
        Console().print(table)
    click.echo(f"{planned.unchanged} unchanged")
    if planned.unused:
        click.echo(f"columns that are not used: {', '.join(planned.unused)}")
    for note in planned.notes:
        click.echo(f"line {note.number}: {note.what}")
    for trouble in planned.troubles:
        click.echo(f"line {trouble.number} cannot be taken: {trouble.what}", err=True)
    if planned.withheld:
        click.echo("nobody's place is ended: a line that cannot be taken may be the one that names them", err=True)


@contextmanager
def _for_own_eyes(path: Path | None) -> Iterator[TextIO | None]:
    """A new file that nobody else can read, gone again if what is done meanwhile fails. Raises Sorry."""
    if path is None:
        yield None
        return
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise Sorry(f"{path} cannot be made ({error.strerror}): name a file that is not there yet") from None
    try:
        with file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@roster.command("remove")
@click.argument("course")
@click.argument("login")
def remove(course: str, login: str) -> None:
    """End a person's place in COURSE; their work stays."""
    with database() as db, db.write() as session, _led(session, course) as where:
        who = person(session, login)
        before = _place(people.enrolment(session, where.id, who.id))
        people.end_enrolment(session, where.id, who.id)
        detail = {"before": before, "after": None}
        record(session, "roster.remove", f"course {course}, user {login}", detail, where)
    click.echo(f"{course}: {login} is out")


@roster.command("list")
@click.argument("course")
def members(course: str) -> None:
    """List who is in COURSE."""
    table = Table("login", "name", "role", "section", "limited to", box=None)
    with database() as db, db.read() as session:
        where = course_of(session, course)
        for place in session.scalars(
            select(Enrolment)
            .join(User)
            .where(Enrolment.course_id == where.id, Enrolment.ended_at.is_(None))
            .order_by(User.login)
        ):
            limits = Text(", ".join(place.limited_to))
            table.add_row(place.user.login, Text(place.user.name), place.role, Text(place.section), limits)
    Console().print(table)


@contextmanager
def _led(session: Session, slug: str) -> Iterator[Course]:
    """The course, for this transaction alone. Raises Sorry when what is done meanwhile takes its last instructor."""
    section_moves.hold(session, course_of(session, slug).id)
    course = rosters.held(session, course_of(session, slug).id, None)
    led = rosters.instructors(session, course.id)
    yield course
    session.flush()
    if led and not rosters.instructors(session, course.id):
        raise Sorry(
            f"{slug} would be left without an instructor, and nothing was changed: make somebody else one first, "
            f"`handin roster add {slug} LOGIN --role instructor`"
        )


def _place(enrolment: Enrolment | None) -> dict[str, Any] | None:
    if enrolment is None or enrolment.ended_at is not None:
        return None
    limited = {"limited_to": enrolment.limited_to} if enrolment.limited_to else {}
    return {"role": enrolment.role, "section": enrolment.section, **limited}
