"""`python -m bench.queues [--submissions 1000]`: what the queue, the records and a large regrade cost beside gradings.

First the queue alone, with graders that do nothing, from 100 to 10,000 waiting gradings. Then a whole service: a shadow
regrade of many submissions of `hw1p1`, hand-ins that come while it waits, and hand-ins beside open result pages.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import psutil
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from bench.cases import ROOT, free_port, right_solution
from bench.crowd import ASSIGNMENT, COURSE, PASSWORD, Browser, Crowd, Student, sign_in
from bench.load import enrolled
from bench.machine import machine
from cli.launcher import Service
from grader.grading import Examiners
from grader.report import Report
from submissions import intake, lifecycle, migrate, people, regrade_sets, regrades, secrets
from submissions.blobs import DirectoryBlobs
from submissions.database import Database
from submissions.models import Assignment, Grading, Phase, Queue, Regrade, Role, State, Submission, User, now
from submissions.settings import Settings
from tests.faults.postgresql import postgresql
from web.app import create_app

SUITE = ROOT / "tests_hidden" / "hw1p1"
RESULTS = ROOT / "bench" / "QUEUES.md"
LENGTHS = (100, 1_000, 3_000, 10_000)
_LEASE = 600.0
_SAMPLE = 200
_EVERY = 5.0
_PARTS = {"web": "gunicorn", "worker": "celery", "sweeper": "workers.sweeper"}
_CORES = psutil.cpu_count() or 1


class Length(msgspec.Struct, frozen=True):
    """What one step costs with so many gradings waiting: milliseconds, and the whole way through all of them, each."""

    waiting: int
    sweep: float
    claim: float
    finish: float
    health: float
    all_each: float


class Course(msgspec.Struct, frozen=True):
    """Hand-ins that were graded once, in a database where nothing runs yet."""

    db: Database
    table: Settings
    students: list[Student]


def _ready(folder: Path, database: str, students: int, report: Report | None, archive: bytes) -> Course:
    """A course of so many students; each has handed in, and where there is a report, each has that result."""
    table = Settings(data=folder, port=free_port(), database=database, grading_processes=_CORES, upload_limit_address=0)
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
            _claimed_and_finished(db, _grading_of(db, submission.id), report)
    return Course(db, table, found)


def _grading_of(db: Database, submission: int) -> int:
    with db.read() as session:
        return session.scalars(select(Grading.id).where(Grading.submission_id == submission)).one()


def _claimed_and_finished(db: Database, grading: int, report: Report) -> tuple[float, float]:
    """Milliseconds of both."""
    began = time.perf_counter()
    lease = lifecycle.claim(db, grading, _LEASE)
    claimed = time.perf_counter()
    if lease is None or not lifecycle.finish(db, lease, report):
        raise RuntimeError(f"grading {grading} could not be claimed and finished")
    return 1000 * (claimed - began), 1000 * (time.perf_counter() - claimed)


def lengths(database: str, report: Report, archive: bytes, most: int) -> list[Length]:
    """The queue alone: so many regradings wait, and all are claimed and finished without any grading."""
    found = []
    for waiting in (each for each in LENGTHS if each <= most):
        with tempfile.TemporaryDirectory(prefix="handin-bench-") as place, ExitStack() as stack:
            url = stack.enter_context(postgresql()).url if database == "postgresql" else ""
            # A hundred hand-ins, each with its share of the gradings: students add nothing to a queue.
            course = _ready(Path(place), url, 100, None, archive)
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
            both = [_claimed_and_finished(course.db, number, report) for number in numbers]
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


class Regraded(msgspec.Struct, frozen=True):
    """A regrade: wall seconds to its review, those of the gradings alone, of the review page, and what hand-ins met."""

    gradings: int
    wall: float
    alone: float
    each: float
    review: float
    waits: list[float]
    memory: dict[str, list[float]]


def regraded(folder: Path, submissions: int, report: Report, archive: bytes, interactive: int) -> Regraded:
    """A whole service regrades so many in the shadow, while so many hand in one after the other."""
    course = _ready(folder, "", submissions + interactive, report, archive)
    late = course.students[:interactive]
    service = Service(course.table)
    with service.running():
        with course.db.write() as session:
            before = session.scalars(select(func.max(Grading.id))).one()
            assignment = session.scalars(select(Assignment)).one()
            ines = session.scalars(select(User).where(User.login == "ines")).one()
            suite = assignment.suite
            if suite is None:
                raise RuntimeError("the assignment has its suite")
            regrade = regrades.begin(session, assignment, suite, regrade_sets.Chosen.EVERY, "To measure.", ines)
        began = time.monotonic()
        memory: dict[str, list[float]] = {}
        with _sampled(memory):
            others = threading.Thread(target=_hand_in_meanwhile, args=(service, course.db, late, regrade.id))
            others.start()
            while _phase(course.db, regrade.id) == Phase.RUNNING:
                service.pause(0.1)
            wall = time.monotonic() - began
            others.join()
        with course.db.read() as session:
            rows = session.execute(
                select(Grading.phases, Grading.started_at, Submission.received_at, Grading.regrade_id)
                .join(Submission)
                .where(Grading.state == State.GRADED, Grading.id > before)
            ).all()
        own = [sum(took for name, took in row.phases.items() if name not in ("claim", "record")) for row in rows]
        waits = [
            (row.started_at - row.received_at).total_seconds()
            for row in rows
            if row.regrade_id is None and row.started_at is not None
        ]
        review = _review_page(service, regrade.id)
        course.db.close()
    return Regraded(submissions, wall, sum(own) / _CORES, statistics.median(own), review, waits, memory)


def _hand_in_meanwhile(service: Service, db: Database, students: list[Student], regrade: int) -> None:
    crowd = Crowd("127.0.0.1", int(service.url.rpartition(":")[2]), 0)
    for student in students:
        time.sleep(4 * _EVERY)
        if _phase(db, regrade) != Phase.RUNNING:
            break
        crowd.hand_in(student)
    crowd.leave()
    if crowd.errors:
        raise RuntimeError(crowd.errors[0])


def _phase(db: Database, regrade: int) -> str:
    with db.read() as session:
        return session.scalars(select(Regrade.phase).where(Regrade.id == regrade)).one()


def _review_page(service: Service, regrade: int) -> float:
    browser = Browser("127.0.0.1", int(service.url.rpartition(":")[2]))
    sign_in(browser, "ines")
    began = time.perf_counter()
    browser.get(f"/courses/{COURSE}/assignments/{ASSIGNMENT}/regrades/{regrade}/")
    took = time.perf_counter() - began
    browser.close()
    return took


@contextmanager
def _sampled(memory: dict[str, list[float]]) -> Iterator[None]:
    """Notes, again and again, how many MB each part of the service has to itself or shares its part of."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_EVERY):
            for name, processes in _processes().items():
                memory.setdefault(name, []).append(sum(map(_proportional, processes)) / 1e6)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _processes() -> dict[str, list[psutil.Process]]:
    """The portal's, the worker's and the sweeper's processes, without the sandboxes that come and go."""
    found: dict[str, list[psutil.Process]] = {}
    for child in psutil.Process().children():
        name = next((name for name, program in _PARTS.items() if program in child.cmdline()), None)
        if name is not None:
            found[name] = [child, *child.children(recursive=True)]
    return found


def _proportional(process: psutil.Process) -> float:
    try:
        return 0.0 if process.name() == "bwrap" else float(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0


def beside_pages(folder: Path, pages: int, uploads: int, archive: bytes) -> tuple[list[float], int]:
    """Seconds of uploads, one after the other, with so many result pages open that wait; how often these asked."""
    course = _ready(folder, "", uploads + 5, None, archive)
    # Nobody grades: all of the pages wait, and go on asking.
    table = course.table.model_copy(update={"grading_processes": 1})
    service = Service(table)
    with service.running():
        crowd = Crowd("127.0.0.1", int(service.url.rpartition(":")[2]), pages)
        for student in course.students[:5]:
            crowd.hand_in(msgspec.structs.replace(student, token=""))
            service.pause(1)
        crowd.watch()
        service.pause(6)
        asked = len(crowd.polls)
        began = time.monotonic()
        for student in course.students[5:]:
            crowd.hand_in(student)
            service.pause(0.5)
        seconds = time.monotonic() - began
        asked = len(crowd.polls) - asked
        crowd.leave()
        course.db.close()
        if crowd.errors:
            raise RuntimeError(crowd.errors[0])
    own = {student.login for student in course.students[5:]}
    return [each.seconds for each in crowd.taken if each.login in own], round(asked / seconds)


def main(submissions: int, most: int, pages: int, uploads: int) -> None:
    """Measures, prints and keeps the report."""
    with tempfile.TemporaryDirectory(prefix="handin-bench-") as place:
        folder = Path(place)
        handin = right_solution(SUITE, folder)
        with Examiners(cache=folder / "sandbox") as examiners:
            report = examiners.grade(SUITE, handin)
        archive = handin.read_bytes()
        tables = [queue_table(kind, lengths(kind, report, archive, most)) for kind in ("sqlite", "postgresql")]
        found = regraded(folder / "regrade", submissions, report, archive, 5)
        without, _ = beside_pages(folder / "alone", 0, uploads, archive)
        beside, asked = beside_pages(folder / "pages", pages, uploads, archive)
    text = f"""# What the queue and a large regrade cost

`python -m bench.queues`: the queue with graders that do nothing, then a whole service on this machine.
{machine("celery", "sqlalchemy")} {_CORES} gradings at a time.

{chr(10).join(tables)}
{regrade_table(found)}
## Open result pages

{pages} pages that wait ask again as often as they say themselves: {asked} questions a second came. An upload takes
{_thousand(without)} ms (median, and the slowest of {len(without)}) without them, {_thousand(beside)} ms with them.
"""
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def _thousand(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.0f} ({1000 * max(seconds):.0f})"


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


def regrade_table(found: Regraded) -> str:
    """Whether a regrade is bound by its gradings, and what hand-ins and memory see of it."""
    more = 100 * (found.wall / found.alone - 1)
    waits = ", ".join(f"{each:.1f}" for each in found.waits)
    memory = [
        f"| {name} | {statistics.mean(each[:3]):.0f} | {statistics.mean(each[-3:]):.0f} | {max(each):.0f} |"
        for name, each in found.memory.items()
    ]
    return f"""## A regrade of {found.gradings:,}

From the press until its review is there: {found.wall:.0f} s. The gradings alone, from fetching a hand-in to the last
test, {_CORES} at a time, take {found.alone:.0f} s: the queue, the records and the review add {more:.0f} %. Its page
then opens in {1000 * found.review:.0f} ms.

Hand-ins that came meanwhile began to be graded after {waits} s; a grading takes {found.each:.1f} s (median).

| memory, MB (PSS) | at the beginning | at the end | most |
|---|---|---|---|
{chr(10).join(memory)}
"""


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench.queues", description=__doc__)
    asked.add_argument("--submissions", type=int, default=1000, help="how many a regrade has")
    asked.add_argument("--most", type=int, default=LENGTHS[-1], help="the longest queue")
    asked.add_argument("--pages", type=int, default=500, help="open result pages")
    asked.add_argument("--uploads", type=int, default=60, help="hand-ins beside them")
    given = asked.parse_args()
    main(given.submissions, given.most, given.pages, given.uploads)
