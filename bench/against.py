"""`python -m bench.against [--rounds 10] [--many 50 200]`: Handin beside what a course would pick instead.

The same hand-in and the same checks, `hw1p1`, in every way: what one grading takes, what many take with one under way
for each core, and whether each grows with how many they are. A container engine is used where one answers, or where
root can start one.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import statistics
import sys
import tempfile
import threading
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import msgspec
import psutil
from sqlalchemy import func, select

from bench.cases import ROOT, SUITE, THREADS, bare_pytest, free_port, plain_pytest, published, right_solution
from bench.machine import machine
from cli.launcher import Service
from cli.portal import Portal
from submissions.models import Grading, Role, State
from submissions.people import people
from submissions.settings import Settings
from submissions.storage.database import Database
from tests.compose.engine import IMAGE, NotHere, bases, wheels
from tests.compose.engine import run as command

PLAIN = ROOT / "bench" / "plain"
LOCK = ROOT / "requirements" / "against.txt"
RESULTS = ROOT / "bench" / "AGAINST.md"
MODULES = ("mytorch/activation.py", "mytorch/loss.py", "mytorch/linear.py", "mytorch/batchnorm.py", "hw1/hw1.py")
POINTS = 100.0
_EVERY = 0.02
_LONGEST = 3600
_CORES = psutil.cpu_count() or 1


class Way(msgspec.Struct, frozen=True):
    """A way to grade: once, and so many times with one under way for each core."""

    once: Callable[[], None]
    often: Callable[[int], None]


class Took(msgspec.Struct, frozen=True):
    """Wall seconds, processor seconds of the whole machine, and by how many MB its free memory fell meanwhile."""

    wall: float
    cpu: float
    memory: float


def repeated(once: Callable[[], None]) -> Way:
    """A way that has no queue of its own: as many at a time as there are cores."""

    def often(number: int) -> None:
        with ThreadPoolExecutor(_CORES) as pool:
            for done in [pool.submit(once) for _ in range(number)]:
                done.result()

    return Way(once, often)


@contextmanager
def handin(archive: Path, folder: Path, most: int) -> Iterator[Way]:
    """**Handin**: from the first upload over HTTP until all scores are committed; each in a sandbox of its own"""
    table = Settings(data=folder, port=free_port(), grading_processes=_CORES, upload_limit=0, upload_limit_address=0)
    service = Service(table)
    with service.running():
        db = Database(table.database_url)
        assignment = published(db, folder, SUITE)
        tokens = []
        with db.write() as session:
            for number in range(most):
                user = people.create_user(session, f"student{number}", f"Student {number}", secrets.token_hex())
                people.enrol(session, assignment.course_id, user.id, Role.STUDENT)
                tokens.append(people.create_api_token(session, user.id, "bench"))
        packed = archive.read_bytes()

        def often(number: int) -> None:
            with db.read() as session:
                before = session.scalars(select(func.count(Grading.id))).one()
            for token in tokens[:number]:
                Portal(service.url, token).hand_in("bench", "bench", "handin.tar", packed)
            until = time.monotonic() + _LONGEST
            while time.monotonic() < until:
                with db.read() as session:
                    graded = select(func.count(Grading.id)).where(Grading.state == State.GRADED)
                    if session.scalars(graded.where(Grading.score == POINTS)).one() == before + number:
                        return
                service.pause(_EVERY)
            raise TimeoutError(f"{number} gradings took more than {_LONGEST} s")

        yield Way(lambda: often(1), often)
        db.close()


@contextmanager
def bare(archive: Path, folder: Path, _most: int) -> Iterator[Way]:
    """bare `python -m pytest` in a fresh process, no isolation"""
    with bare_pytest(SUITE, archive, folder) as run:
        yield repeated(lambda: _done(run()))


@contextmanager
def docker(archive: Path, folder: Path, _most: int) -> Iterator[Way]:
    """the same in a fresh container, `docker run`"""
    command("tar", "-xf", archive, "-C", folder)
    with bases(), wheels():
        command("docker", "build", "--tag", IMAGE, ROOT)
        run = ["docker", "run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp", "--memory", "512m"]
        run += [
            "--pids-limit",
            "64",
            "--volume",
            f"{ROOT}:/src:ro",
            "--volume",
            f"{folder}:/handin:ro",
            "--workdir",
            "/src",
            "--user",
            "0",
        ]
        run += ["--env", "HANDIN_BENCH=/handin", "--env", "HANDIN_BENCH_SUITE=/src/tests_hidden/hw1p1"]
        run += [word for name, value in THREADS.items() for word in ("--env", f"{name}={value}")]
        run += ["--env", "PYTHONDONTWRITEBYTECODE=1", "--entrypoint", "python", IMAGE]
        run += [*plain_pytest(Path("/src/tests_hidden/hw1p1")), "-p", "no:cacheprovider"]
        yield repeated(lambda: _done(command(*run)))
        command("docker", "rmi", "--force", IMAGE)


@contextmanager
def gradescope(archive: Path, folder: Path, _most: int) -> Iterator[Way]:
    """a harness with gradescope-utils in a fresh process, no isolation (Gradescope itself adds a container each)"""
    command("tar", "-xf", archive, "-C", folder)
    python = _environment() / "bin" / "python"

    def once() -> None:
        told = json.loads(command(python, PLAIN / "gradescope.py", **_plain(HANDIN_BENCH=str(folder))))
        _full(sum(each.get("score", 0) for each in told["tests"]))

    yield repeated(once)


@contextmanager
def otter(_archive: Path, folder: Path, _most: int) -> Iterator[Way]:
    """`otter run` of otter-grader, the hand-in as a notebook, no isolation (`otter grade` adds a container each)"""
    notebook, autograder = folder / "hw1.ipynb", folder / "autograder.zip"
    notebook.write_text(json.dumps(_notebook()))
    with zipfile.ZipFile(autograder, "w") as packed:
        packed.write(PLAIN / "otter_tests.py", "tests/hw1p1.py")
        packed.writestr("otter_config.json", json.dumps({"lang": "python", "show_hidden": True}))
    program = _environment() / "bin"
    path = {"PATH": f"{program}:/usr/bin:/bin"}

    def once() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as out:
            command(program / "otter", "run", notebook, "-a", autograder, "-o", out, "--no-logo", **_plain(**path))
            told = json.loads(Path(out, "results.json").read_text())
        _full(sum(each.get("score", 0) for each in told["tests"]))

    yield repeated(once)


WAYS: tuple[Callable[[Path, Path, int], AbstractContextManager[Way]], ...] = (handin, bare, docker, gradescope, otter)


def _done(_told: object) -> None:
    """What ran has raised if it did not succeed."""


def _full(score: float) -> None:
    if score != POINTS:
        raise RuntimeError(f"the right solution got {score} of {POINTS} points")


def _plain(**more: str) -> dict[str, str]:
    return {**THREADS, "HANDIN_BENCH_SUITE": str(SUITE), "PYTHONPATH": str(PLAIN), **more}


def _environment() -> Path:
    """Where the other harnesses are installed, in the versions that are pinned."""
    folder = ROOT / "var" / "bench-against"
    stamp = folder / "ready"
    if not stamp.exists() or stamp.read_text() != LOCK.read_text():
        venv.create(folder, clear=True, with_pip=True)
        install = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        command(*install, "--require-hashes", "--requirement", LOCK)
        stamp.write_text(LOCK.read_text())
    return folder


def _notebook() -> dict[str, object]:
    """The reference as one notebook: a cell for each file, without what they import of each other."""
    own = re.compile(rf"^from ({'|'.join(Path(path).stem for path in MODULES)}) import .*$", re.MULTILINE)
    cells = [
        {
            "cell_type": "code",
            "id": Path(path).stem,
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": own.sub("", (SUITE / "reference" / path).read_text()),
        }
        for path in MODULES
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def measured(action: Callable[[], None]) -> Took:
    """What an action takes of a machine that does nothing else."""
    lowest, over = [_free()], threading.Event()

    def look() -> None:
        while not over.wait(_EVERY):
            lowest[0] = min(lowest[0], _free())

    watching = threading.Thread(target=look)
    before, busy, began = lowest[0], _busy(), time.perf_counter()
    watching.start()
    try:
        action()
    finally:
        over.set()
        watching.join()
    return Took(time.perf_counter() - began, _busy() - busy, before - lowest[0])


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.softirq)


def _free() -> float:
    return psutil.virtual_memory().available / 1e6


def main(rounds: int, many: list[int], containers: bool) -> None:
    """Measures, prints and keeps the report."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handin-bench-")))
        archive = right_solution(SUITE, folder)
        ways: dict[str, Way] = {}
        rest: dict[str, float] = {}
        left_out = ""
        for way in WAYS:
            if way is docker and not containers:
                continue
            place = folder / way.__name__
            place.mkdir()
            before = _free()
            try:
                made = stack.enter_context(way(archive, place, max(many)))
            except NotHere as missing:
                left_out = f"\nWithout containers: {missing}.\n"
                continue
            made.once()  # the first pays for caches that every later one finds
            ways[way.__doc__ or ""] = made
            rest[way.__doc__ or ""] = max(0.0, before - _free()) if way is handin else 0.0
        ones: dict[str, list[Took]] = {name: [] for name in ways}
        for done in range(rounds):
            for name, each in ways.items():
                ones[name].append(measured(each.once))
            print(f"round {done + 1} of {rounds}", file=sys.stderr)
        lots: dict[str, dict[int, Took]] = {name: {} for name in ways}
        for number in many:
            for name, each in ways.items():
                lots[name][number] = measured(lambda each=each, number=number: each.often(number))  # type: ignore[misc]
                print(f"{number} by {name}", file=sys.stderr)
    text = report(ones, lots, rest) + left_out
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def report(ones: dict[str, list[Took]], lots: dict[str, dict[int, Took]], rest: dict[str, float]) -> str:
    """The tables: one grading, and many; ratios are to Handin, the first."""
    middle = {
        name: Took(*(statistics.median(getattr(each, what) for each in took) for what in ("wall", "cpu", "memory")))
        for name, took in ones.items()
    }
    first = next(iter(middle.values()))
    single = [
        f"| {name} | {took.wall:.2f} | {took.wall / first.wall:.2f} | {took.cpu:.2f} | {took.cpu / first.cpu:.2f} "
        f"| {took.memory:.0f} | {rest[name]:.0f} |"
        for name, took in middle.items()
    ]
    numbers = sorted(next(iter(lots.values())))
    several = []
    for number in numbers:
        base = next(iter(lots.values()))[number]
        several += [
            f"| {name} | {number} | {took.wall:.1f} | {took.wall / number:.2f} | {took.wall / base.wall:.2f} "
            f"| {took.cpu / number:.2f} | {took.memory:.0f} |"
            for name, took in ((name, each[number]) for name, each in lots.items())
        ]
    return f"""# Handin beside what a course would pick instead

`python -m bench.against`: the right solution of `hw1p1` and its 57 tests, 24 of them scored, in every way the very same
test files; {len(next(iter(ones.values())))} rounds of one grading, all ways in turn, medians; then many, as many under
way as there are cores. {machine("numpy", "pytest")} {_versions()} One BLAS thread everywhere.
Processor seconds are of the whole machine. Memory is by how many MB the machine's free memory fell meanwhile; a service
that runs also holds some at rest.

## One grading

| way | seconds | ratio | processor seconds | ratio | MB | MB at rest |
|---|---|---|---|---|---|---|
{chr(10).join(single)}

## Many

| way | gradings | seconds | seconds each | ratio | processor seconds each | MB |
|---|---|---|---|---|---|---|
{chr(10).join(several)}
"""


def _versions() -> str:
    pinned = re.findall(r"^(gradescope-utils|otter-grader)==(\S+)", LOCK.read_text(), flags=re.MULTILINE)
    return "; ".join(f"{name} {version}" for name, version in pinned) + "."


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    asked.add_argument("--rounds", type=int, default=10)
    asked.add_argument("--many", type=int, nargs="+", default=[50, 200])
    asked.add_argument("--no-containers", action="store_true", help="leave docker out")
    given = asked.parse_args()
    main(given.rounds, given.many, not given.no_containers)
