"""`handin demo`: a course to look at. What is there already is used again: a second start uploads nothing twice.

The hand-ins go through the portal's own API, each with a token of its student's.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from cli.assignment_check import check_of
from cli.demo_handins import ENDLESS_LOOP, RIGHT, TWO_MISTAKES, Change, pack
from cli.launcher import Service
from cli.portal import Portal
from cli.records import assignment_folder
from cli.report_text import number as number_of
from submissions.models import Assignment, Course, Role, Submission, User, now
from submissions.people import people
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import checked, courses

COURSE = "dl-demo"
ASSIGNMENT = "hw1p1"
_ASK_EVERY = 0.3
_GRACE_DAYS, _LATE_PERCENT = 3, 10.0  # of each day, so that the page of the rules has something to show


class Person(msgspec.Struct, frozen=True):
    """One of the demo's cast; `changes` is what a student's hand-in has wrong, None for who hands in nothing."""

    login: str
    name: str
    role: Role
    changes: tuple[Change, ...] | None = None
    remark: str = ""


CAST = (
    Person("ines", "Ines Ibarra", Role.INSTRUCTOR),
    Person("ada", "Ada Adeyemi", Role.STUDENT, RIGHT, "the right solution"),
    Person("bo", "Bo Berglund", Role.STUDENT, TWO_MISTAKES, "two classic mistakes"),
    Person("chidi", "Chidi Castro", Role.STUDENT, ENDLESS_LOOP, "a loop that never ends"),
)
STUDENTS = tuple(person for person in CAST if person.changes is not None)


class Demo:
    """The demo's records in the service's database."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._data = settings.data.resolve()
        self._db = db
        self._folder = assignment_folder(ASSIGNMENT)

    def exists(self) -> bool:
        """Whether an earlier start has made the course."""
        with self._db.read() as session:
            return session.scalar(select(Course.id).where(Course.slug == COURSE)) is not None

    def make(self) -> dict[str, str]:
        """Makes what is missing: accounts, course, assignment. Returns each login's password."""
        kept = _passwords(self._data / "demo-passwords.json")
        suite = courses.sync_suite(self._db, DirectoryBlobs(self._data / "blobs"), self._folder)
        found = check_of(self._db, suite, self._folder)
        with self._db.write() as session:
            course = session.scalar(select(Course).where(Course.slug == COURSE))
            if course is None:
                title = "Introduction to Deep Learning (demo)"
                course = courses.create_course(session, COURSE, title, term="Demo term")
                course.grace_days = _GRACE_DAYS
            for person in CAST:
                user = session.scalar(select(User).where(User.login == person.login))
                if user is None:
                    user = people.create_user(session, person.login, person.name, kept[person.login])
                people.enrol(session, course.id, user.id, person.role)
            assignment = session.scalar(
                select(Assignment).where(Assignment.course_id == course.id, Assignment.slug == ASSIGNMENT)
            )
            if assignment is None:
                due_at = now().replace(minute=59, second=0, microsecond=0) + timedelta(days=14)
                title = str(suite.manifest["title"])
                assignment = courses.create_assignment(session, course.id, ASSIGNMENT, title, due_at=due_at)
                assignment.late_percent, assignment.takes_grace = _LATE_PERCENT, True
            if assignment.suite_id != suite.id:
                assignment.handout = ""
            checked.keep(session, suite, found, "demo")
            courses.publish(session, assignment.id, suite)
        return kept

    @contextmanager
    def handout(self) -> Iterator[subprocess.Popen[bytes] | None]:
        """Meanwhile what students receive is packed, as an instructor has it done; None where an earlier start has.

        In a session of its own: the reference is at work for a while, and Ctrl-C ends it with the block.
        """
        with self._db.read() as session:
            kept = session.scalar(
                select(Assignment.handout)
                .join(Assignment.course)
                .where(Course.slug == COURSE, Assignment.slug == ASSIGNMENT)
            )
        if kept:
            yield None
            return
        packing = subprocess.Popen(
            [sys.executable, "-m", "cli", "assignment", "sync", COURSE, ASSIGNMENT],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield packing
        finally:
            if packing.poll() is None:
                os.killpg(packing.pid, signal.SIGKILL)
                packing.wait()

    @contextmanager
    def portal(self, url: str, login: str) -> Iterator[Portal]:
        """The portal's API for that student, by a token that ends with the block."""
        with self._db.write() as session:
            user_id = session.scalars(select(User.id).where(User.login == login)).one()
            token = people.create_api_token(session, user_id, "demo")
        try:
            yield Portal(url, token)
        finally:
            found = people.find_api_token(self._db, token)
            if found is not None:
                with self._db.write() as session:
                    people.revoke_api_token(session, user_id, found.id)

    def last_submission(self, login: str) -> int | None:
        """The number of that student's newest submission, or None."""
        with self._db.read() as session:
            return session.scalar(
                select(Submission.id)
                .join(User, Submission.user_id == User.id)
                .where(User.login == login)
                .order_by(Submission.id.desc())
                .limit(1)
            )

    def archive(self, person: Person) -> bytes:
        """That student's handin.tar."""
        return pack(self._folder / "reference", person.changes or ())


def populate(settings: Settings, service: Service) -> None:
    """Makes the demo in the running service, waits until its hand-ins are graded, and prints what there is to see.

    Raises launcher.Stopped when asked to stop meanwhile.
    """
    db = Database(settings.database_url)
    try:
        demo = Demo(settings, db)
        click.echo("Using the demo course that is there …" if demo.exists() else "Making the demo course …")
        kept = demo.make()
        outcomes = {person.login: _graded(demo, service, person) for person in STUDENTS}
        with demo.handout() as packing:
            if packing is not None:
                _packed(packing, service)
    finally:
        db.close()
    console = Console()
    console.print(_scores(outcomes))
    console.print(_logins(kept))
    click.echo(f"\nHandin serves at {service.url}. Its data and logs are in {service.data}. Ctrl-C stops it.")


def _packed(packing: subprocess.Popen[bytes], service: Service) -> None:
    click.echo("Packing the handout …")
    while packing.poll() is None:
        service.pause(_ASK_EVERY)
    if packing.returncode:
        # All else stands without it.
        click.echo(f"No handout: `handin assignment sync {COURSE} {ASSIGNMENT}` says why.", err=True)


def _graded(demo: Demo, service: Service, person: Person) -> dict[str, Any]:
    with demo.portal(service.url, person.login) as portal:
        number = demo.last_submission(person.login)
        if number is None:
            taken = portal.hand_in(COURSE, ASSIGNMENT, "handin.tar", demo.archive(person))
            number = int(taken["submission"])
            click.echo(f"{person.name} handed in: {person.remark}.")
        else:
            click.echo(f"{person.name} had handed in already: {person.remark}.")
        told = ""
        while not (outcome := portal.submission(number)).get("final"):
            if outcome["state"] != told:
                told = outcome["state"]
                click.echo(f"  {told} …")
            service.pause(_ASK_EVERY)
        score = f", {number_of(outcome['score'])} of {number_of(outcome['max_score'])}" if "score" in outcome else ""
        click.echo(f"  {outcome['state']}{score}: {outcome['page']}")
        return outcome


def _scores(outcomes: dict[str, dict[str, Any]]) -> Table:
    table = Table("task", box=None, pad_edge=False, title="\nScores by task", title_justify="left")
    titles: dict[str, str] = {}
    for person in STUDENTS:
        table.add_column(person.name, justify="right")
        titles |= {task["id"]: f"{task['title']} ({number_of(task['max_score'])})" for task in _tasks(outcomes, person)}
    for task_id, title in titles.items():
        table.add_row(title, *(_cell(task_id, _tasks(outcomes, person)) for person in STUDENTS))
    totals = [outcomes[person.login] for person in STUDENTS]
    table.add_row("total", *(number_of(each["score"]) if "score" in each else each["state"] for each in totals))
    return table


def _tasks(outcomes: dict[str, dict[str, Any]], person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = outcomes[person.login].get("tasks", [])
    return found


def _cell(task_id: str, tasks: list[dict[str, Any]]) -> str:
    return next((number_of(task["score"]) for task in tasks if task["id"] == task_id), "-")


def _logins(kept: dict[str, str]) -> Table:
    table = Table("login", "password", "who", box=None, pad_edge=False, title="\nLog in as", title_justify="left")
    for person in CAST:
        table.add_row(
            person.login,
            kept[person.login],
            f"{person.name}, {person.role}" + (f": {person.remark}" if person.remark else ""),
        )
    return table


def _passwords(file: Path) -> dict[str, str]:
    """The cast's passwords, made at the first start and kept for the owner of the data folder alone."""
    try:
        kept: dict[str, str] = json.loads(file.read_text())
    except FileNotFoundError:
        kept = {person.login: secrets.token_urlsafe(9) for person in CAST}
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            json.dump(kept, opened)
    return kept
