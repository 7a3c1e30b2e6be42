"""What an upload takes while hundreds of result pages are open and ask again and again: of the portal alone, so that a
grading on the same machine is not what it waits for."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from bench.crowd import Browser, Crowd
from bench.handed_in import ready
from grader.report import Report
from submissions.settings import Settings
from tests.services import Broker, wait_until

_EARLY = 5  # hand-ins that the pages show
_PAUSE = 0.25

Address = tuple[str, int]


class Beside(msgspec.Struct, frozen=True):
    """Seconds of uploads, one after the other, without and with so many pages, and what these asked meanwhile."""

    pages: int
    without: list[float]
    beside: list[float]
    questions: float
    unchanged: float
    answered: float


def beside_pages(folder: Path, pages: int, uploads: int, report: Report, archive: bytes) -> Beside:
    """Hands in so often without pages, and then beside them.

    Nobody grades: each page waits near the front of the queue, and asks as often as pages ever do.
    """
    course = ready(folder, "", 2 * (uploads + _EARLY), report, archive)
    students = iter(course.students)
    with _portal(course.table) as address:
        crowd = Crowd(*address, 0)

        def handed_in(count: int) -> list[float]:
            found = []
            for _ in range(count):
                time.sleep(_PAUSE)
                found.append(crowd.handed_in(next(students)).seconds)
            return found

        while len(crowd.opened) < _EARLY:
            crowd.handed_in(next(students))
        without = handed_in(uploads)
        with _open(address, pages, crowd.opened[:_EARLY]) as asking:
            asking.send("count")
            began = time.monotonic()
            beside = handed_in(uploads)
            took = time.monotonic() - began
            asking.send("leave")
            polls, errors = asking.recv()
    course.db.close()
    if errors:
        raise RuntimeError(errors[0])
    unchanged = sum(each.unchanged for each in polls) / len(polls)
    return Beside(
        pages, without, beside, len(polls) / took, unchanged, statistics.median(each.seconds for each in polls)
    )


@contextmanager
def _open(address: Address, pages: int, opened: list[tuple[dict[str, str], int]]) -> Iterator[Connection]:
    """The pages, in a process of their own: what they do must not keep the one that measures from doing it."""
    ours, theirs = multiprocessing.Pipe()
    watching = multiprocessing.get_context("spawn").Process(target=_watch, args=(address, pages, opened, theirs))
    watching.start()
    ours.recv()
    yield ours
    watching.join()


def _watch(address: Address, pages: int, opened: Sequence[tuple[dict[str, str], int]], told: Connection) -> None:
    crowd = Crowd(*address, pages, opened)
    crowd.watch()
    # Until each has shown something, and asked whether that has changed.
    wait_until(lambda: sum(each.unchanged for each in crowd.polls) > 2 * pages, "the pages have come to rest", 120)
    told.send("settled")
    told.recv()
    before = len(crowd.polls)
    told.recv()
    polls = crowd.polls[before:]
    crowd.leave()
    told.send((polls, crowd.errors))


@contextmanager
def _portal(table: Settings) -> Iterator[Address]:
    """The portal without workers, and where it listens."""
    folder = table.data / "broker"
    folder.mkdir()
    broker = Broker(folder)
    broker.start()
    told = {f"HANDIN_{name.upper()}": str(value) for name, value in table.model_dump().items()}
    with (table.data / "portal.log").open("wb") as log:
        portal = subprocess.Popen(
            [sys.executable, "-m", "cli", "web"], env={**os.environ, **told, "HANDIN_BROKER": broker.url}, stderr=log
        )
    try:
        address = ("127.0.0.1", table.port)
        wait_until(lambda: _answers(address), "the portal answers")
        yield address
    finally:
        portal.terminate()
        portal.wait()
        broker.stop()


def _answers(address: Address) -> bool:
    try:
        Browser(*address).get("/healthz")
    except OSError:
        return False
    return True


def pages_table(found: Beside) -> str:
    """What it found, in a paragraph."""
    without, beside = statistics.median(found.without), statistics.median(found.beside)
    return f"""## Open result pages

{found.pages} pages that wait ask again as often as they say themselves: {found.questions:.0f} questions a second came,
{100 * found.unchanged:.0f} % of them answered as unchanged, in {1000 * found.answered:.1f} ms (median). An upload takes
{1000 * without:.0f} ms (median of {len(found.without)}; the slowest {1000 * max(found.without):.0f}) without them, and
{1000 * beside:.0f} ms (the slowest {1000 * max(found.beside):.0f}) with them: {beside / without:.2f} times as long.
"""
