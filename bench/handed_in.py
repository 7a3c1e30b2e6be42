"""A course whose students have handed in, for measures that need one: the hand-ins are there before anything runs."""

from __future__ import annotations

import io
import time
from pathlib import Path

import msgspec
import psutil
from sqlalchemy import select

from bench.cases import free_port
from bench.crowd import PASSWORD, Student
from bench.load import enrolled
from grader.report import Report
from submissions import secrets
from submissions.gradings import lifecycle
from submissions.handing_in import intake
from submissions.models import Assignment, Grading, Role, User, now
from submissions.people import people
from submissions.settings import Settings
from submissions.storage import migrate
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database

CORES = psutil.cpu_count() or 1
_LEASE = 600.0


class Course(msgspec.Struct, frozen=True):
    """Hand-ins that were graded once, in a database where nothing runs yet."""

    db: Database
    table: Settings
    students: list[Student]


def ready(folder: Path, database: str, students: int, report: Report | None, archive: bytes) -> Course:
    """A course of so many students; each has handed in, and where there is a report, each has that result."""
    table = Settings(data=folder, port=free_port(), database=database, grading_processes=CORES, upload_limit_address=0)
    migrate.upgrade(table.database_url)
    db = Database(table.database_url)
    _, found = enrolled(db, folder, students, 7 * 86_400)
    with db.write() as session:
        ines = people.create_user(session, "ines", "Ines Instructor")
        ines.password_hash = people.hash_password(PASSWORD)
        assignment = session.scalars(select(Assignment)).one()
        people.enrol(session, assignment.course_id, ines.id, Role.INSTRUCTOR)
        users = {user.login: user.id for user in session.scalars(select(User))}
    blobs, key = DirectoryBlobs(folder / "blobs"), secrets.load(folder).receipt_key
    for student in found:
        submission = intake.accept(
            db,
            blobs,
            assignment_id=assignment.id,
            user_id=users[student.login],
            filename="handin.tar",
            stream=io.BytesIO(archive),
            received_at=now(),
            max_bytes=len(archive),
            receipt_key=key,
            wake=lambda *_: True,
        )
        if report is not None:
            claimed_and_finished(db, _grading_of(db, submission.id), report)
    return Course(db, table, found)


def _grading_of(db: Database, submission: int) -> int:
    with db.read() as session:
        return session.scalars(select(Grading.id).where(Grading.submission_id == submission)).one()


def claimed_and_finished(db: Database, grading: int, report: Report) -> tuple[float, float]:
    """Milliseconds of both."""
    began = time.perf_counter()
    lease = lifecycle.claim(db, grading, _LEASE)
    claimed = time.perf_counter()
    if lease is None or not lifecycle.finish(db, lease, report):
        raise RuntimeError(f"grading {grading} could not be claimed and finished")
    return 1000 * (claimed - began), 1000 * (time.perf_counter() - claimed)
