"""The ways of grading that are compared. Each case is prepared once and then runs again and again; a run is wall
seconds."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from cli.assignment_check import check_of
from cli.launcher import Service
from cli.portal import Portal
from grader.grading import ENVIRONMENT
from submissions.models import FINAL, Assignment, Grading, Role, State, now
from submissions.people import people
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import checked, courses

ROOT = Path(__file__).parents[1]
SUITE = ROOT / "tests_hidden" / "hw1p1"
# What keeps BLAS to one thread, for those that a case starts by themselves.
THREADS = {name: value for name, value in ENVIRONMENT.items() if name.endswith("_THREADS")}
GRADING_SECONDS = 120
Run = Callable[[], float]
Case = Callable[[Path, Path, Path], AbstractContextManager[Run]]


def right_solution(suite: Path, folder: Path) -> Path:
    """The reference of `hw1p1` as a student would hand it in, packed in this folder."""
    handin = folder / "handin.tar"
    with tarfile.open(handin, "w") as archive:
        for name in ("hw1", "mytorch"):
            archive.add(suite / "reference" / name, name, filter=_no_caches)
    return handin


def _no_caches(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name else member


def timed(command: list[str], environment: dict[str, str]) -> float:
    """Wall seconds of a command, which must succeed."""
    begun = time.perf_counter()
    subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def plain_pytest(suite: Path) -> list[str]:
    """What Python is told to run the suite in one process by `bench.bare`, with nothing of a configuration."""
    options = ["-m", "pytest", "-q", "-c/dev/null", "--import-mode=importlib", "--noconftest", "-p", "bench.bare"]
    return [*options, f"--rootdir={suite}", f"--confcutdir={suite}", str(suite)]


@contextmanager
def bare_pytest(suite: Path, handin: Path, folder: Path) -> Iterator[Run]:
    """bare `python -m pytest`: the same checks in one process, no isolation, nothing warm"""
    subprocess.run(["tar", "-xf", str(handin), "-C", str(folder)], check=True)
    command = [sys.executable, *plain_pytest(suite)]
    environment = ENVIRONMENT | {"HANDIN_BENCH": str(folder), "HANDIN_BENCH_SUITE": str(suite)}
    yield lambda: timed(command, environment)


@contextmanager
def cold_grade(suite: Path, handin: Path, _folder: Path) -> Iterator[Run]:
    """`handin grade`: a shell command, isolated, nothing warm"""
    command = [sys.executable, "-m", "cli", "grade", str(suite), str(handin), "--json"]
    yield lambda: timed(command, {**os.environ})


@contextmanager
def running_worker(suite: Path, handin: Path, folder: Path) -> Iterator[Run]:
    """running worker: the grading alone, from claim to result by the times in its record"""
    with _service(suite, handin, folder) as grade:
        yield lambda: _grading_seconds(grade()[1])


@contextmanager
def upload_to_score(suite: Path, handin: Path, folder: Path) -> Iterator[Run]:
    """running service: from the first byte of the upload over HTTP until the scores are committed"""
    with _service(suite, handin, folder) as grade:
        yield lambda: grade()[0]


def _grading_seconds(grading: Grading) -> float:
    if grading.started_at is None or grading.finished_at is None:
        raise RuntimeError("a final grading has both times")
    return (grading.finished_at - grading.started_at).total_seconds()


@contextmanager
def _service(suite: Path, handin: Path, folder: Path) -> Iterator[Callable[[], tuple[float, Grading]]]:
    """The whole service on this machine; each call hands in once and gives wall seconds and the finished grading."""
    table = Settings(data=folder, port=free_port(), grading_processes=1, upload_limit=0, upload_limit_address=0)
    service = Service(table)
    with service.running():
        db = Database(table.database_url)
        assignment = published(db, folder, suite)
        with db.write() as session:
            user = people.create_user(session, "ada", "Ada", secrets.token_hex())
            people.enrol(session, assignment.course_id, user.id, Role.STUDENT)
            token = people.create_api_token(session, user.id, "bench")
        portal = Portal(service.url, token)

        def grade() -> tuple[float, Grading]:
            begun = now()
            number = portal.hand_in("bench", "bench", "handin.tar", handin.read_bytes())["submission"]
            while (now() - begun).total_seconds() < GRADING_SECONDS:
                with db.read() as session:
                    grading = session.query(Grading).filter_by(submission_id=number).one()
                if grading.state in FINAL:
                    if grading.state != State.GRADED:
                        raise RuntimeError(f"the hand-in was not graded: {grading.state}, {grading.message}")
                    # By the record's time: who looks more often takes a processor from what is measured.
                    return (grading.finished_at - begun).total_seconds(), grading
                service.pause(0.05)
            raise TimeoutError(f"no result after {GRADING_SECONDS} s")

        yield grade
        db.close()


def published(db: Database, data: Path, suite: Path) -> Assignment:
    """An assignment `bench` in a course `bench`, graded by that suite."""
    packed = courses.sync_suite(db, DirectoryBlobs(data / "blobs"), suite)
    found = check_of(db, packed, suite)
    with db.write() as session:
        course = courses.create_course(session, "bench", "Bench")
        checked.keep(session, packed, found, "bench")
        return courses.create_assignment(session, course.id, "bench", "Bench", suite=packed)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


CASES: tuple[Case, ...] = (bare_pytest, cold_grade, running_worker, upload_to_score)
