"""The records that a command works on: the database and blob store of the settings, and finding things by name."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

import tests_hidden
from cli.outcome import Sorry
from grader.assignment import FILE
from submissions.models import Course
from submissions.settings import settings
from submissions.storage import audit, migrate
from submissions.storage.database import Database

ACTOR = "command line"
"""Who the audit log says it was: a shell has no login of the portal. Beside it stands the account and the machine."""

BUNDLED = Path(tests_hidden.__file__).parent


@contextmanager
def database() -> Iterator[Database]:
    """The service's database, brought to this version's tables."""
    upgrade()
    db = Database(settings().database_url)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def as_it_is() -> Iterator[Database]:
    """The service's database, neither made nor migrated, for what only looks. Raises Sorry when it is not there."""
    url = make_url(settings().database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise Sorry(f"there is no database {url.database}: are HANDIN_DATA and HANDIN_DATABASE those of the service?")
    db = Database(settings().database_url)
    try:
        yield db
    finally:
        db.close()


def upgrade() -> None:
    """Brings the service's database to this version's tables. Raises Sorry when its folder cannot be made."""
    try:
        migrate.upgrade(settings().database_url)
    except OSError as error:
        raise Sorry(
            f"{error.filename} cannot be made or written ({error.strerror}): set HANDIN_DATA to another folder"
        ) from None


def course_of(session: Session, slug: str) -> Course:
    """The course with that short name. Raises Sorry."""
    found = session.scalar(select(Course).where(Course.slug == slug))
    if found is None:
        known = ", ".join(session.scalars(select(Course.slug).order_by(Course.slug))) or "none yet"
        raise Sorry(f"there is no course {slug!r} (there is: {known}); `handin course add` adds one")
    return found


def record(
    session: Session, action: str, record: str, detail: dict[str, Any] | None = None, course: Course | None = None
) -> None:
    """Leaves a line in the audit log about a change from the shell. With a course, its instructors can read it."""
    audit.record(session, ACTOR, action, record, detail, here(), course_id=course.id if course is not None else None)


def here() -> str:
    """Where a command was typed: by which account on which machine."""
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # In a container the process's user may have no name.
        account = str(os.getuid())
    return f"{account}@{socket.gethostname()}"


def assignment_folder(name: str) -> Path:
    """The folder of an assignment: a bundled one's id, or a path. Raises Sorry naming the bundled ones."""
    for folder in (Path(name), BUNDLED / name):
        if (folder / FILE).is_file():
            return folder.resolve()
    bundled = ", ".join(sorted(each.parent.name for each in BUNDLED.glob(f"*/{FILE}")))
    raise Sorry(f"{name!r} is no folder with an {FILE}, and no bundled assignment (those are: {bundled})")
