"""`handin assignment`: the assignment folders of courses. `sync` publishes one; the others have a module each."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.assignment_check import check, check_of, check_of_now_or_later
from cli.assignment_hints import hints
from cli.assignment_new import new
from cli.assignment_pack import pack
from cli.examiners import cache_folder
from cli.outcome import FAULT, Sorry
from cli.records import ACTOR, assignment_folder, course_of, database, here, record
from grader.assignment import AssignmentError, load, suite_hash
from grader.report import GraderFault
from submissions.changes import rule_changes
from submissions.handing_in import terms
from submissions.models import Assignment, Course, Submission, Suite
from submissions.rules.rules import Shown
from submissions.settings import settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.packing import keep_folder
from submissions.suites import checked, courses
from submissions.suites.handouts import keep_handout


@click.group()
def assignment() -> None:
    """Assignments: begin a folder, check it, pack what students receive, publish it in a course."""


assignment.add_command(new)
assignment.add_command(check)
assignment.add_command(pack)
assignment.add_command(hints)


@assignment.command("sync")
@click.argument("course")
@click.argument("folder")
@click.option("--due", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="In the course's time zone.")
@click.option("--opens", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="In the course's time zone.")
@click.option(
    "--show-output/--hide-output",
    default=None,
    help="Whether students see what their program printed in each test (at first: they do). With output shown, "
    "a student can print the inputs of hidden tests. The page of the rules can let it wait for the deadline.",
)
@click.option(
    "--publish",
    "now_too",
    is_flag=True,
    help="Let these tests grade new uploads also when hand-ins were graded by others before. Their scores stay.",
)
@click.option(
    "--check-later",
    is_flag=True,
    help="Bring these tests unchecked, where no check of them is kept: the button on their page checks them, and "
    "publishes nothing by itself.",
)
def sync(
    course: str,
    folder: str,
    due: datetime | None,
    opens: datetime | None,
    show_output: bool | None,
    now_too: bool,
    check_later: bool,
) -> None:
    """Bring FOLDER, or the bundled assignment of that name, to COURSE: its tests grade new hand-ins from now on.

    It is checked first, unless what `handin assignment check` found is in FOLDER/check.json and nothing else there has
    changed since: what must be mended is not published. With --check-later the service's workers check it, once an
    instructor asks for it in the portal.

    Once hand-ins were graded, other tests are kept as a new version: see on its page what they change, and publish
    them from there.

    Students download the handout, packed as `handin assignment pack` does, on the assignment's page: that of the tests
    that are published. The same content again changes nothing, and is not packed again.
    """
    path = assignment_folder(folder)
    try:
        described = load(path)
        with database() as db:
            blobs = DirectoryBlobs(settings().data / "blobs")
            with db.read() as session:
                course_of(session, course)
            suite = courses.sync_suite(db, blobs, path)
            result = (check_of_now_or_later if check_later else check_of)(db, suite, path)
            ready = result is not None and result.ready
            with Console(stderr=True).status("packing the handout"):
                # What may be published is published with its handout.
                may_be = result is None or ready
                handout = keep_handout(blobs, path, cache_folder() / "handouts") if may_be else None
            whole = keep_folder(blobs, path)
            if suite_hash(path) != suite.hash:
                raise Sorry(f"{path} was changed meanwhile: sync it again")
            with db.write() as session:
                where = course_of(session, course)
                if result is not None:
                    checked.keep(session, suite, result, ACTOR)
                zone = ZoneInfo(where.timezone)
                found = session.scalar(
                    select(Assignment).where(Assignment.course_id == where.id, Assignment.slug == described.id)
                )
                if found is None:
                    found = courses.create_assignment(session, where.id, described.id, described.title)
                before = _set(session, found)
                if due is not None or opens is not None:
                    _redate(session, found, where, _utc(due, zone), _utc(opens, zone))
                if show_output is not None:
                    found.show_output = Shown.ALWAYS if show_output else Shown.NEVER
                may = now_too or found.suite_id in (None, suite.id) or not _handed_in(session, found)
                publishes = may and ready
                stays = found.suite_id == suite.id
                courses.bring(session, found.id, suite, ACTOR, handout, whole)
                if publishes:
                    courses.publish(session, found.id, suite, ACTOR)
                    found.title = described.title
                record(
                    session,
                    "assignment.sync",
                    f"course {course}, assignment {described.id}",
                    {
                        "suite": suite.hash,
                        "handout": handout,
                        "ready": ready,
                        "published": publishes,
                        "before": before,
                        "after": _set(session, found),
                    },
                    where,
                )
    except AssignmentError as error:
        raise Sorry(str(error)) from None
    except GraderFault as fault:
        raise Sorry(f"a fault of the grader, not of the assignment: {fault}", FAULT) from None
    name = f"{course}/{described.id}: suite {suite.hash[:12]}"
    page = f"{settings().public_url or ''}/courses/{course}/assignments/{described.id}/tests/{suite.id}/"
    if publishes:
        click.echo(f"{name} is published")
    elif result is None:
        click.echo(
            f"{name} is kept, and neither checked nor published. Its page has a button that checks it, and then one\n"
            f"that publishes it: {page}"
        )
    elif ready:
        click.echo(
            f"{name} is kept, and not published: hand-ins were graded by another.\n"
            f"What it changes, and a regrade that shows whose score it would move: {page}\n"
            "For new uploads alone, leaving every score as it is:  handin assignment sync --publish\n"
            "Students receive the handout that goes with it once it is published."
        )
    else:
        what = "stays published with the handout of before" if stays else "is kept, and not published"
        asked = any(option is not None for option in (due, opens, show_output))
        besides = "What the command's options say holds from now on.\n" if asked else ""
        raise Sorry(
            f"{name} {what}: the folder's check found {len(result.errors)} to mend.\n"
            + "".join(f"    {path / each.file}: {each.key}: {each.text}\n" for each in result.errors)
            + f"{besides}Mend it, and sync again. What it found stands here too: {page}"
        )


def _redate(session: Session, found: Assignment, where: Course, due: datetime | None, opens: datetime | None) -> None:
    """Other dates, for what was handed in too. Raises Sorry where the rules do not allow them, or scores would move."""
    session.flush()
    old = terms.rules_of(found, where)
    new = msgspec.structs.replace(old, due_at=due or old.due_at, opens_at=opens or old.opens_at)
    page = f"{settings().public_url or ''}/courses/{where.slug}/assignments/{found.slug}/rules/"
    try:
        rule_changes.change(session, found.id, new, where.grace_days, ACTOR, here())
    except rule_changes.BadRules as error:
        raise Sorry(f"{error} Nothing was changed; the rules stand here: {page}") from None
    except rule_changes.ToReview as error:
        number = len(error.moved)
        raise Sorry(
            f"these dates would move {number} {'score' if number == 1 else 'scores'}, and nothing was changed: "
            f"set them on the page of the rules, which shows whose first: {page}"
        ) from None


def _handed_in(session: Session, found: Assignment) -> bool:
    return session.scalar(select(Submission.id).where(Submission.assignment_id == found.id).limit(1)) is not None


def _set(session: Session, found: Assignment) -> dict[str, object]:
    """What a sync may set that changes a score or what students see."""
    suite = session.get(Suite, found.suite_id) if found.suite_id is not None else None
    return {
        "suite": suite.hash if suite is not None else None,
        "due": found.due_at.isoformat() if found.due_at else None,
        "opens": found.opens_at.isoformat() if found.opens_at else None,
        "output shown": found.show_output,
    }


def _utc(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    return local.replace(tzinfo=zone).astimezone(UTC) if local else None
