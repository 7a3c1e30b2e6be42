"""`python -m bench.load [STUDENTS …]`: a deadline, for real: students hand in to a whole service on this machine while
result pages are open, and every receipt is held against what was kept."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import click
import psutil
from sqlalchemy import func, select

from bench.cases import ROOT, SUITE, free_port
from bench.crowd import ASSIGNMENT, COURSE, PASSWORD, Crowd, Student, Taken
from bench.load_report import Run, report
from cli.assignment_check import check_of
from cli.demo_handins import Change, pack
from cli.launcher import Service
from submissions import secrets
from submissions.handing_in import receipts
from submissions.models import Grading, Role, State, Submission, User, now
from submissions.people import people
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import checked, courses
from tests.faults.postgresql import postgresql

REPORT = ROOT / "bench" / "LOAD.md"
_EARLY = 5  # hand-ins before the measured time, so that there are pages to open
_LOOK_EVERY = 0.25


@click.command()
@click.argument("students", nargs=-1, type=click.IntRange(min=1))
@click.option("--minutes", default=5.0, show_default=True, help="How long the students take, up to the deadline.")
@click.option("--pages", default=100, show_default=True, help="Result pages that are open and polling.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), multiple=True, default=["sqlite"])
@click.option("--drain", default=3600.0, show_default=True, help="Seconds to wait for the last gradings, at most.")
def main(students: tuple[int, ...], minutes: float, pages: int, database: tuple[str, ...], drain: float) -> None:
    """Measures, prints and keeps the report; fails when an upload failed or was lost."""
    runs: list[Run] = []
    for kind in database:
        for number in students or (50, 100, 200, 300):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handin-load-")))
                url = stack.enter_context(postgresql()).url if kind == "postgresql" else ""
                runs.append(measured(folder, number, minutes * 60, pages, url, drain))
            print(f"{number} students on {kind}: {runs[-1].summary}", file=sys.stderr)
            REPORT.write_text(report(runs), encoding="utf-8")
    print(report(runs))
    if any(run.errors or run.lost for run in runs):
        raise SystemExit(1)


def measured(folder: Path, students: int, seconds: float, pages: int, database: str = "", drain: float = 300.0) -> Run:
    """One deadline over a fresh service in the folder, and what it held."""
    table = Settings(data=folder, port=free_port(), database=database, upload_limit_address=0)
    service = Service(table)
    with service.running():
        db = Database(table.database_url)
        early, others = enrolled(db, folder, students, seconds)
        run = Run(students, seconds, pages, "postgresql" if database else "sqlite", drain=drain)
        _run(service, db, early, others, run)
        run.lost = _lost(db, folder, run.taken, early + others)
        db.close()
    return run


def _run(service: Service, db: Database, early: list[Student], students: list[Student], run: Run) -> None:
    crowd = Crowd("127.0.0.1", int(service.url.rpartition(":")[2]), run.pages)
    for student in early:
        crowd.hand_in(student)
        service.pause(0.2)
    crowd.watch()
    psutil.cpu_percent()
    begun = time.monotonic()
    # More and more of them, the nearer the deadline is.
    luck = random.Random(run.students)
    times = sorted(luck.triangular(0, run.seconds, run.seconds) for _ in students)
    waiting = list(zip(times, students, strict=True))
    ended = None
    while ended is None or (run.queue[-1][1] and time.monotonic() < ended + run.drain):
        service.pause(_LOOK_EVERY)
        at = time.monotonic()
        while waiting and begun + waiting[0][0] <= at:
            crowd.hand_in(waiting.pop(0)[1])
        run.queue.append((at, _unfinished(db)))
        if not waiting and ended is None and len(crowd.done) == len(students) + len(early):
            ended = at
            run.busy, run.load = psutil.cpu_percent(), os.getloadavg()[0]
    run.drain = time.monotonic() - ended
    crowd.leave()
    run.taken, run.polls, run.errors = crowd.taken, crowd.polls, crowd.errors
    run.early = len(early)


def _unfinished(db: Database) -> int:
    """Hand-ins that wait or are being graded."""
    with db.read() as session:
        unfinished = Grading.state.in_([State.QUEUED, State.RUNNING])
        return session.scalars(select(func.count()).select_from(Grading).where(unfinished)).one()


def enrolled(db: Database, folder: Path, students: int, seconds: float) -> tuple[list[Student], list[Student]]:
    """The course with its students, those of the early hand-ins first; each has a solution of their own."""
    packed = courses.sync_suite(db, DirectoryBlobs(folder / "blobs"), SUITE)
    result = check_of(db, packed, SUITE)
    # One hash for all: they differ in nothing that logging in would cost.
    password = people.hash_password(PASSWORD)
    found = []
    with db.write() as session:
        course = courses.create_course(session, COURSE, "Load")
        checked.keep(session, packed, result, "load")
        due_at = now() + timedelta(seconds=seconds)
        courses.create_assignment(session, course.id, ASSIGNMENT, "Load", due_at=due_at, suite=packed)
        for number in range(_EARLY + students):
            login = f"student-{number}"
            user = people.create_user(session, login, f"Student {number}")
            user.password_hash = password
            people.enrol(session, course.id, user.id, Role.STUDENT)
            by_token = number >= _EARLY and number % 2 == 1
            token = people.create_api_token(session, user.id, "load") if by_token else ""
            own = Change("mytorch/linear.py", "import numpy as np", f"import numpy as np  # {login}")
            found.append(Student(login, pack(SUITE / "reference", (own,)), token))
    return found[:_EARLY], found[_EARLY:]


def _lost(db: Database, folder: Path, taken: list[Taken], students: list[Student]) -> list[str]:
    """What is not as its receipt says, in sentences."""
    blobs = DirectoryBlobs(folder / "blobs")
    key = secrets.load(folder).receipt_key
    found = []
    with db.read() as session:
        rows = {
            submission.id: (submission, login)
            for submission, login in session.execute(select(Submission, User.login).join(Submission.user))
        }
        for each in taken:
            submission, login = rows.pop(each.submission, (None, ""))
            if submission is None:
                found.append(f"{each.login}: submission {each.submission} has no row")
                continue
            receipt = receipts.verify(each.receipt, key)
            with blobs.open(each.sha256) as blob:
                content = hashlib.file_digest(blob, "sha256").hexdigest()
            if {each.sha256, submission.blob, receipt.sha256, content} != {each.sha256}:
                found.append(f"{each.login}: other bytes were kept than were sent")
            if {each.login, login, receipt.login} != {each.login} or receipt.submission != each.submission:
                found.append(f"{each.login}: the receipt is of another")
            outcomes = [(grading.state, grading.score) for grading in submission.gradings]
            waits = [grading.state for grading in submission.gradings] in ([State.QUEUED], [State.RUNNING])
            if outcomes != [(State.GRADED, 100.0)] and not waits:
                found.append(f"{each.login}: graded as {outcomes}")
    found += [f"{login}: submission {number} was recorded, and not acknowledged" for number, (_, login) in rows.items()]
    missing = {student.login for student in students} - {each.login for each in taken}
    return found + [f"{login}: nothing was taken" for login in sorted(missing)]


if __name__ == "__main__":
    main()
