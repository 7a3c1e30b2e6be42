"""The queue alone, with graders that do nothing: what each step costs while from 100 to 10,000 gradings wait."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import msgspec
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bench.handed_in import Course, claimed_and_finished, ready
from grader.report import Report
from submissions import secrets
from submissions.gradings import lifecycle
from submissions.models import Grading, Queue, User, now
from submissions.people import people
from submissions.storage.blobs import DirectoryBlobs
from tests.faults.postgresql import postgresql
from web.app import create_app

LENGTHS = (100, 1_000, 3_000, 10_000)
_SAMPLE = 200


class Length(msgspec.Struct, frozen=True):
    """What one step costs with so many gradings waiting: milliseconds, and the whole way through all of them, each."""

    waiting: int
    sweep: float
    claim: float
    finish: float
    health: float
    all_each: float


def lengths(database: str, report: Report, archive: bytes, most: int) -> list[Length]:
    """The queue alone: so many regradings wait, and all are claimed and finished without any grading."""
    found = []
    for waiting in (each for each in LENGTHS if each <= most):
        with tempfile.TemporaryDirectory(prefix="handin-bench-") as place, ExitStack() as stack:
            url = stack.enter_context(postgresql()).url if database == "postgresql" else ""
            # A hundred hand-ins, each with its share of the gradings: students add nothing to a queue.
            course = ready(Path(place), url, 100, None, archive)
            stack.callback(course.db.close)
            with course.db.write() as session:
                rows = [(each.submission_id, each.suite_id) for each in session.scalars(select(Grading))]
                wake_at = now() - timedelta(seconds=1)
                session.execute(update(Grading).values(wake_at=wake_at))
                for _ in range(waiting // len(rows) - 1):
                    session.add_all(
                        Grading(submission_id=one, suite_id=suite, queue=Queue.REGRADE, wake_at=wake_at)
                        for one, suite in rows
                    )
            health = _milliseconds(_health_page(course))
            sweep = _milliseconds(lambda db=course.db: lifecycle.sweep(db, 3), times=1)  # type: ignore[misc]
            with course.db.read() as session:
                numbers = session.scalars(select(Grading.id).order_by(Grading.id)).all()
            began = time.perf_counter()
            both = [claimed_and_finished(course.db, number, report) for number in numbers]
            took = 1000 * (time.perf_counter() - began) / len(numbers)
            claims, finishes = zip(*both[:_SAMPLE], strict=True)
            found.append(Length(waiting, sweep, statistics.median(claims), statistics.median(finishes), health, took))
            print(f"{database}: {found[-1]}", file=sys.stderr)
    return found


def _milliseconds(action: Callable[[], object], times: int = 5) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def _health_page(course: Course) -> Callable[[], object]:
    app = create_app(
        course.table, course.db, DirectoryBlobs(course.table.data / "blobs"), secrets.load(course.table.data), _unwoken
    )
    client: FlaskClient = app.test_client()
    with course.db.write() as session:
        ines = session.scalars(select(User).where(User.login == "ines")).one()
        token = people.start_session(session, ines.id, agent="bench")
    interface = app.session_interface
    value = interface.get_signing_serializer(app).dumps({"token": token})  # type: ignore[attr-defined]
    client.set_cookie("handin", value)

    def look() -> None:
        if client.get("/health").status_code != 200:
            raise RuntimeError("the health page did not open")

    return look


def _unwoken(_grading: int, _queue: Queue) -> bool:
    return True


def queue_table(kind: str, found: list[Length]) -> str:
    """Milliseconds by length."""
    rows = [
        f"| {each.waiting:,} | {each.sweep:.1f} | {each.claim:.1f} | {each.finish:.1f} | {each.health:.1f} "
        f"| {each.all_each:.1f} |"
        for each in found
    ]
    return f"""## The queue on {kind}

Milliseconds with so many gradings waiting; the last column is all of them claimed and recorded, each with the results
of 57 tests.

| waiting | a sweep | a claim | a record | the health page | claim and record, of all, each |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""
