"""A shadow regrade of many submissions by a whole service, beside its gradings alone, and hand-ins that come while it
waits."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
from sqlalchemy import func, select

from bench.cases import SUITE
from bench.crowd import ASSIGNMENT, COURSE, Browser, Crowd, Student, sign_in
from bench.handed_in import CORES, ready
from bench.saturation import on_each_core, saturated
from cli.launcher import Service
from grader.report import Report
from submissions.models import Assignment, Grading, Phase, Regrade, State, Submission, User
from submissions.regrades import regrade_sets, regrades
from submissions.storage.database import Database

_EVERY = 5.0
_PARTS = {"web": "gunicorn", "worker": "celery", "sweeper": "workers.sweeper"}


class Regraded(msgspec.Struct, frozen=True):
    """A regrade: wall seconds to its review, how many gradings a second warm examiners do without a service, seconds of
    one grading (median) and of the review page, and what hand-ins met."""

    gradings: int
    wall: float
    rate: float
    each: float
    review: float
    waits: list[float]
    memory: dict[str, list[float]]


def regraded(folder: Path, submissions: int, report: Report, handin: Path, interactive: int) -> Regraded:
    """A whole service regrades so many in the shadow, while so many hand in one after the other."""
    rates = [_rate(handin, folder)]
    course = ready(folder, "", submissions + interactive, report, handin.read_bytes())
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
    rates.append(_rate(handin, folder))
    return Regraded(submissions, wall, statistics.mean(rates), statistics.median(own), review, waits, memory)


def _rate(handin: Path, folder: Path) -> float:
    with on_each_core(SUITE, handin, folder / "sandbox") as runs:
        return saturated(runs)[0]


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


def regrade_table(found: Regraded) -> str:
    """Whether a regrade is bound by its gradings, and what hand-ins and memory see of it."""
    alone = (found.gradings + len(found.waits)) / found.rate
    more = 100 * (found.wall / alone - 1)
    waits = ", ".join(f"{each:.1f}" for each in found.waits)
    memory = [
        f"| {name} | {statistics.mean(each[:3]):.0f} | {statistics.mean(each[-3:]):.0f} | {max(each):.0f} |"
        for name, each in found.memory.items()
    ]
    return f"""## A regrade of {found.gradings:,}

From the press until its review is there: {found.wall:.0f} s. Warm examiners that are given one hand-in after the other
by no service, {CORES} at a time, do {found.rate:.2f} gradings a second (before and after, mean): {alone:.0f} s for as
many. The queue, the records and the review add {more:.0f} % to that. The review's page then opens in
{1000 * found.review:.0f} ms.

Hand-ins that came meanwhile began to be graded after {waits} s; a grading takes {found.each:.1f} s (median).

| memory, MB (PSS) | at the beginning | at the end | most |
|---|---|---|---|
{chr(10).join(memory)}
"""
