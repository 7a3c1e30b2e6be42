"""The troubles that come upon a running service. A new one is a function that is a context manager (what happens; what
undoes it) and a row of the table: its name, how long it lasts, and where it is possible.

The function gives how many it hit, so that a trouble that found nobody is not counted.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import NamedTuple

import psutil
import redis

from tests.faults.installation import LEASE_SECONDS, Installation

Happening = Callable[[Installation, Random], AbstractContextManager[int]]

AT_ONCE = (0.0, 0.5)
A_WHILE = (2.0, 5.0)
PAST_THE_LEASE = (LEASE_SECONDS + 2.0, LEASE_SECONDS + 5.0)


class Trouble(NamedTuple):
    """A row: `lasts` is between so many and so many seconds."""

    name: str
    happens: Happening
    lasts: tuple[float, float] = AT_ONCE
    possible: Callable[[Installation], bool] = lambda _where: True


def _signal(processes: list[psutil.Process], number: int) -> int:
    hit = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
            hit += 1
    return hit


def kill(kind: str, part: str = "main") -> Happening:
    """SIGKILL to the kind's main process, or to one of its children."""

    @contextmanager
    def happens(where: Installation, dice: Random) -> Iterator[int]:
        found = getattr(where, part)(kind)
        yield _signal([dice.choice(found)] if found else [], signal.SIGKILL)

    return happens


def stop(*kinds: str) -> Happening:
    """SIGSTOP to all processes of these kinds, and SIGCONT to those of them that still live."""

    @contextmanager
    def happens(where: Installation, _dice: Random) -> Iterator[int]:
        stopped = [process for kind in kinds for process in where.processes(kind)]
        hit = _signal(stopped, signal.SIGSTOP)
        try:
            yield hit
        finally:
            _signal(stopped, signal.SIGCONT)

    return happens


@contextmanager
def broker_away(where: Installation, _dice: Random) -> Iterator[int]:
    """SIGKILL, and nobody starts it again for a while; what it had written down stays."""
    with where.held_down("broker"):
        yield _signal(where.main("broker"), signal.SIGKILL)


@contextmanager
def broker_loses_its_file(where: Installation, _dice: Random) -> Iterator[int]:
    """SIGKILL, and what it had written down is gone."""
    with where.held_down("broker"):
        hit = _signal(where.main("broker"), signal.SIGKILL)
        where.lose_broker_file()
        yield hit


@contextmanager
def broker_emptied(where: Installation, _dice: Random) -> Iterator[int]:
    """FLUSHALL."""
    hit = 0
    with contextlib.suppress(redis.RedisError), where.broker() as client:
        client.flushall()
        hit = 1
    yield hit


@contextmanager
def database_shut_down(where: Installation, _dice: Random) -> Iterator[int]:
    """PostgreSQL without a checkpoint, and without a word to its clients."""
    assert where.postgresql is not None
    where.postgresql.shut_down_at_once()
    try:
        yield 1
    finally:
        where.postgresql.start()


@contextmanager
def disk_full(where: Installation, _dice: Random) -> Iterator[int]:
    """Not a byte is left for hand-ins, nor for the SQLite file."""
    where.disk.fill()
    try:
        yield 1
    finally:
        where.disk.release()


def clock_moved(seconds: float) -> Happening:
    """The program's own clock, and none of the machine's."""

    @contextmanager
    def happens(where: Installation, _dice: Random) -> Iterator[int]:
        where.off_by(seconds)
        try:
            yield 1
        finally:
            where.off_by(0)

    return happens


def _up(where: Installation) -> bool:
    return where.up


def _by_itself(where: Installation) -> bool:
    return not where.up


def _on_postgresql(where: Installation) -> bool:
    return where.postgresql is not None


def _on_small_disk(where: Installation) -> bool:
    return where.disk.real


TROUBLES = (
    Trouble("worker's child killed", kill("worker", "children")),
    Trouble("worker killed", kill("worker")),
    Trouble("examiner killed", kill("examiner", "main")),
    Trouble("sandbox's seat killed", kill("examiner", "children")),
    Trouble("sweeper killed", kill("sweeper")),
    Trouble("portal's child killed", kill("web", "children")),
    Trouble("portal killed", kill("web")),
    Trouble("Redis killed", kill("broker")),
    Trouble("Redis away for a while", broker_away, A_WHILE, _by_itself),
    Trouble("Redis killed, its file lost", broker_loses_its_file),
    Trouble("Redis emptied (FLUSHALL)", broker_emptied),
    Trouble("launcher killed", kill("launcher"), possible=_up),
    Trouble("PostgreSQL shut down at once", database_shut_down, A_WHILE, _on_postgresql),
    Trouble("disk full", disk_full, A_WHILE, _on_small_disk),
    Trouble("worker stopped past its lease", stop("worker"), PAST_THE_LEASE),
    Trouble("worker and examiners stopped past their lease", stop("worker", "examiner"), PAST_THE_LEASE),
    Trouble("portal stopped", stop("web"), A_WHILE),
    Trouble("sweeper stopped", stop("sweeper"), PAST_THE_LEASE),
    Trouble("Redis stopped", stop("broker"), A_WHILE),
    Trouble("clock an hour ahead", clock_moved(3600), A_WHILE),
    Trouble("clock an hour behind", clock_moved(-3600), A_WHILE),
)
