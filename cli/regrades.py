"""`handin regrade`: grading hand-ins again from the shell. The rules are in `submissions.regrades.regrades`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.outcome import Sorry
from cli.people import person
from cli.records import course_of, database, here
from cli.report_text import number
from submissions.models import Assignment, Phase, Regrade, Role, State, Suite, User
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.regrades import regrades, standing
from submissions.regrades.moves import Effect, Move
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import CannotRegrade, Release
from submissions.regrades.review import review
from submissions.settings import settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.suites import courses

_MOST_ROWS = 50


def _by(command: Callable[..., Any]) -> Callable[..., Any]:
    text = "Login of the instructor who decides this; students and the audit log read the name."
    return click.option("--by", required=True, metavar="LOGIN", help=text)(command)


@click.group()
def regrade() -> None:
    """Regrades: run tests over hand-ins in the shadow, read what would change, publish it or discard it."""


@regrade.command("begin")
@click.argument("course")
@click.argument("assignment")
@click.option("--tests", default="", metavar="VERSION", help="The first digits of the version; without: the newest.")
@click.option("--reason", required=True, help="Students whose score changes read it.")
@click.option("--every", is_flag=True, help="Every submission, and not only those that count.")
@click.option("--failing", default="", metavar="TASK", help="Only those that count and miss points in the task.")
@click.option("--student", default="", metavar="LOGIN", help="Only the one that counts of this student.")
@_by
def begin(
    course: str, assignment: str, tests: str, reason: str, every: bool, failing: str, student: str, by: str
) -> None:
    """Grade hand-ins of ASSIGNMENT in COURSE again. No score moves before its review is published.

    Without an option for which, those that count are graded: one for each student.
    """
    if every + bool(failing) + bool(student) > 1:
        raise click.UsageError("give one of --every, --failing and --student, or none")
    chosen = Chosen.EVERY if every else Chosen.FAILING if failing else Chosen.STUDENT if student else Chosen.COUNTING
    with _deciding() as session:
        found = _assignment(session, course, assignment)
        suite = _suite(session, found, tests)
        _is_there(suite)
        begun = regrades.begin(
            session,
            found,
            suite,
            chosen,
            reason,
            _instructor(session, found, by),
            task=failing,
            login=student,
            address=here(),
        )
        waiting = standing.progress(session, begun.id).get(State.QUEUED, 0)
    click.echo(
        f"regrade {begun.id} of {course}/{assignment} with tests {suite.hash[:10]}: {waiting} to grade, in the shadow\n"
        f"What it would change:  handin regrade review {begun.id}"
    )


@regrade.command("list")
@click.argument("course")
def show(course: str) -> None:
    """List the regrades of COURSE, the newest first."""
    table = Table("regrade", "assignment", "tests", "state", "graded", "which", "why", "by", box=None)
    with database() as db, db.read() as session:
        asked = (
            select(Regrade)
            .join(Assignment, Assignment.id == Regrade.assignment_id)
            .where(Assignment.course_id == course_of(session, course).id)
            .order_by(Regrade.id.desc())
        )
        for each in session.scalars(asked):
            states = standing.progress(session, each.id)
            total = sum(states.values())
            done = total - states.get(State.QUEUED, 0) - states.get(State.RUNNING, 0)
            texts = (each.assignment.slug, each.suite.hash[:10], each.phase, f"{done} of {total}", each.chosen)
            table.add_row(str(each.id), *map(Text, (*texts, each.reason, each.by.login)))
    Console().print(table)


@regrade.command("review")
@click.argument("regrade_id", metavar="REGRADE", type=int)
def read(regrade_id: int) -> None:
    """Say what REGRADE, a number, would change: whose score falls first."""
    console = Console(highlight=False)
    with database() as db, db.read() as session:
        found = _regrade(session, regrade_id)
        if found.phase in (Phase.RUNNING, Phase.PAUSED):
            states = standing.progress(session, found.id)
            waiting = states.get(State.QUEUED, 0) + states.get(State.RUNNING, 0)
            raise Sorry(f"regrade {found.id} is {found.phase}: {waiting} of {sum(states.values())} are not graded yet")
        if found.phase == Phase.DISCARDED:
            raise Sorry(f"regrade {found.id} was discarded: nothing of it counts")
        reviewed = review(session, found, WHOLE)
        uploads = standing.uploads_since(session, found, WHOLE)
        name = f"{found.assignment.course.slug}/{found.assignment.slug}"
    counts = ", ".join(f"{reviewed.count(move)} {word}" for move, word in _WORDS.items() if reviewed.count(move))
    graded = f"{len(reviewed.rows) + len(reviewed.others)} graded again"
    if reviewed.others:
        graded += f", {len(reviewed.rows)} of which count"
    held = f"; {reviewed.held} kept what they had, where the score would fall" if reviewed.held else ""
    console.print(Text(f"Regrade {regrade_id} of {name}, {found.phase}: {graded}: {counts or 'no score moves'}{held}."))
    changed = [row for row in reviewed.rows if row.move is not Move.STAYS or row.unsteady]
    if changed:
        console.print(_table(changed[:_MOST_ROWS]))
    if len(changed) > _MOST_ROWS:
        console.print(f"… and {len(changed) - _MOST_ROWS} more: the portal shows all, down to the test.")
    if uploads and found.phase == Phase.REVIEW:
        console.print(f"{uploads} uploaded since it began; it does not grade those.")


@regrade.command("publish")
@click.argument("regrade_id", metavar="REGRADE", type=int)
@click.option("--no-falls", is_flag=True, help="Only where no score falls; who would lose points keeps them.")
@_by
def publish(regrade_id: int, no_falls: bool, by: str) -> None:
    """Let the scores of REGRADE count, and its tests grade new uploads. It can be taken back with `revert`."""
    with _deciding() as session:
        decides, found = _decides(session, regrade_id, by), _regrade(session, regrade_id)
        _may_count(session, found, found.suite)
        counted = regrades.publish(session, regrade_id, Release.NO_FALLS if no_falls else Release.ALL, decides, here())
    click.echo(f"published: {counted} of its gradings count now; to take it back:  handin regrade revert {regrade_id}")


@regrade.command("discard")
@click.argument("regrade_id", metavar="REGRADE", type=int)
@_by
def discard(regrade_id: int, by: str) -> None:
    """Give REGRADE up: every score stays as it was."""
    with _deciding() as session:
        regrades.discard(session, regrade_id, _decides(session, regrade_id, by), here())
    click.echo("discarded: every score stays as it was")


@regrade.command("revert")
@click.argument("regrade_id", metavar="REGRADE", type=int)
@_by
def revert(regrade_id: int, by: str) -> None:
    """Take the publication of REGRADE back: what counted before counts again."""
    with _deciding() as session:
        decides, found = _decides(session, regrade_id, by), _regrade(session, regrade_id)
        if found.former_suite is not None:
            _may_count(session, found, found.former_suite)
        regrades.revert(session, regrade_id, decides, here())
    click.echo("taken back: the scores and the tests of before count again")


_WORDS = {Move.FALLS: "fall", Move.FAULT: "could not be graded", Move.RISES: "rise", Move.STAYS: "stay"}


@contextmanager
def _deciding() -> Iterator[Session]:
    """One transaction. What cannot be done ends the command with the reason, and changes nothing."""
    try:
        with database() as db, db.write() as session:
            yield session
    except CannotRegrade as reason:
        raise Sorry(str(reason)) from None


def _assignment(session: Session, course: str, slug: str) -> Assignment:
    where = course_of(session, course)
    found = session.scalar(select(Assignment).where(Assignment.course_id == where.id, Assignment.slug == slug))
    if found is None:
        known = ", ".join(each.slug for each in where.assignments) or "none yet"
        raise Sorry(f"course {course} has no assignment {slug!r} (it has: {known})")
    return found


def _suite(session: Session, assignment: Assignment, begins: str) -> Suite:
    versions = courses.versions(session, assignment)
    found = [each for each in versions if each.hash.startswith(begins)]
    if len(found) == 1 or (found and not begins):
        return found[0]
    known = ", ".join(each.hash[:10] for each in versions) or "none yet"
    wrong = "is more than one version" if found else "is no version"
    raise Sorry(f"{begins!r} {wrong} of the tests of {assignment.slug} (there is: {known})")


def _is_there(suite: Suite) -> None:
    if told := courses.lost(_blobs(), suite):
        raise Sorry(told)


def _may_count(session: Session, found: Regrade, suite: Suite) -> None:
    if told := courses.gone(session, _blobs(), found.assignment_id, suite):
        raise Sorry(told)


def _blobs() -> DirectoryBlobs:
    return DirectoryBlobs(settings().data / "blobs")


def _regrade(session: Session, regrade_id: int) -> Regrade:
    found = session.get(Regrade, regrade_id)
    if found is None:
        raise Sorry(f"there is no regrade {regrade_id}; `handin regrade list COURSE` shows which there are")
    return found


def _decides(session: Session, regrade_id: int, login: str) -> User:
    return _instructor(session, _regrade(session, regrade_id).assignment, login)


def _instructor(session: Session, assignment: Assignment, login: str) -> User:
    """The account, if it may decide about the assignment's scores. Raises Sorry."""
    who = person(session, login)
    course = assignment.course
    if Role.INSTRUCTOR not in {
        each.role for each in people.enrolments_of(session, who.id) if each.course_id == course.id
    }:
        raise Sorry(f"{login} is no instructor of {course.slug}, and only instructors decide about regrades")
    return who


def _table(rows: list[Effect]) -> Table:
    table = Table("student", "before", "after", "", box=None, pad_edge=False)
    for row in rows:
        before, after = ("-" if points is None else number(points) for points in (row.before, row.after))
        remarks = [_WORDS[row.move], *(["two runs differ"] if row.unsteady else [])]
        table.add_row(Text(f"{row.student.name} ({row.student.login})"), before, after, ", ".join(remarks))
    return table
