"""The task of a check: claims it for one batch, has `grader.checking` go on with it, keeps what the batch brought.

It must never keep an upload waiting for longer than a batch, and never turn a fault of ours into a verdict on a suite:
a check that did not come to its end says nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Self

import msgspec
import structlog

from grader.checking import Result
from grader.checking.result import content_of
from grader.checking.so_far import Paused, SoFar
from grader.report import GraderFault
from submissions.gradings import lifecycle
from submissions.handing_in.intake import Wake
from submissions.models import Queue
from submissions.settings import Settings
from submissions.storage.blobs import BlobStore
from submissions.storage.database import Database
from submissions.storage.packing import kept_folder
from submissions.suites import check_runs
from submissions.suites.check_runs import CheckLease, Doing
from workers.app import app
from workers.grade import Grader, Worker, worker
from workers.heartbeat import BEATS_PER_LEASE, Heartbeat
from workers.wake import CHECK, wake

BATCH_SECONDS = 15.0
"""What a batch takes beyond its first piece of work and the end of its last; less where a grading waits."""

_SHOWN_EVERY = 2.0  # seconds; who waits for a check looks every few

_log = structlog.stdlib.get_logger(__name__)


class Checker:
    """What one process needs to check. `suites` is a folder of its machine for what is unpacked, `kept` one for surveys
    of mutants."""

    def __init__(
        self, db: Database, blobs: BlobStore, grader: Grader, suites: Path, kept: Path, table: Settings, wake: Wake
    ) -> None:
        self._db, self._blobs, self._grader = db, blobs, grader
        self._suites, self._kept, self._table, self._wake = suites, kept, table, wake

    @classmethod
    def beside(cls, worker: Worker) -> Self:
        """That of a worker's process: the examiners that it keeps warm serve both."""
        kept = worker.table.data.resolve() / "cache" / "mutants"
        return cls(worker.db, worker.blobs, worker.grader, worker.suites, kept, worker.table, wake)

    def check(self, run_id: int) -> None:
        """Claims the check and does one batch of it. Does nothing when there is nothing to claim."""
        lease = check_runs.claim(self._db, run_id, self._table.lease_seconds)
        if lease is None:
            _log.info("nothing to claim: taken, given up or done", check=run_id)
            return
        with structlog.contextvars.bound_contextvars(check=run_id):
            batch = _Batch(self._db, lease)
            try:
                with Heartbeat(
                    batch.beat, min(_SHOWN_EVERY, lease.seconds / BEATS_PER_LEASE), self._lost(batch), f"check {run_id}"
                ):
                    found = self._go_on(lease, batch)
            except Paused:
                held = check_runs.pause(self._db, lease, msgspec.to_builtins(batch.so_far), batch.doing)
                if held:
                    self._wake(run_id, Queue.CHECK)
            except GraderFault as fault:
                _log.warning("grader fault", error=str(fault))
                held = check_runs.fault(self._db, lease, str(fault), self._table.max_attempts)
            except Exception as error:  # noqa: BLE001 - logged whole; a mistake of ours must be retried and told, not lost
                _log.exception("a mistake in the check")
                held = check_runs.fault(self._db, lease, f"{type(error).__name__}: {error}", self._table.max_attempts)
            else:
                held = check_runs.finish(self._db, lease, found)
            _log.info("the batch is done" if held else "the lease was lost, so nothing was written")

    def _go_on(self, lease: CheckLease, batch: _Batch) -> Result:
        # Most workers' processes check nothing, and need not load what a check does.
        from grader.checking.steps import RUNS, Check

        folder = kept_folder(self._blobs, lease.folder, self._suites)
        of = content_of(folder)
        if not of.startswith(lease.suite):
            raise GraderFault(f"the folder that was kept is not that of the tests {lease.suite[:10]}: sync it again")
        # One core: the others are for gradings.
        check = Check(folder, self._grader, RUNS, batch.tell, self._kept, batch.so_far, batch.goes_on, stands=1)
        check.go_on()
        return Result(of, tuple(batch.so_far.findings), batch.so_far.survey)

    def _lost(self, batch: _Batch) -> Callable[[], None]:
        def end() -> None:
            batch.lost.set()
            self._grader.cancel()

        return end


class _Batch:
    """One batch of a check: what it does, and whether it goes on."""

    def __init__(self, db: Database, lease: CheckLease) -> None:
        self.so_far = msgspec.convert(lease.so_far, SoFar)
        self.lost = threading.Event()
        self._db, self._lease = db, lease
        self._words = ""
        self._until = 0.0

    @property
    def doing(self) -> Doing:
        """What is shown to who waits."""
        return Doing(self._words, self.so_far.tried.tried, self.so_far.tried.many)

    def tell(self, words: str) -> None:
        """Takes what is being done."""
        self._words = words

    def beat(self) -> bool:
        """Says that it goes on, and what is being done."""
        return check_runs.beat(self._db, self._lease, self.doing)

    def goes_on(self) -> bool:
        """Whether another piece of work may begin: until the batch's time is over, or a grading waits."""
        # From the first piece of work on: what must be started for it may take longer than a batch.
        now = time.monotonic()
        self._until = self._until or now + BATCH_SECONDS
        if self.lost.is_set() or now > self._until:
            return False
        with self._db.read() as session:
            return not lifecycle.waits(session)


@cache
def checker() -> Checker:
    """This process's checker."""
    return Checker.beside(worker())


def check(run_id: int) -> None:
    """The task's body."""
    checker().check(run_id)


app.task(check, name=CHECK)
