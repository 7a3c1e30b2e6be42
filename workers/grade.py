"""The task: claims one grading, has `grader` run it, records what came out. A message carries the grading's id alone.

It must never write for a grading whose lease it has lost, and never turn a fault of ours into a score: whatever fails
here that is not the student's counts as a grader fault, and is tried again.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol, Self

import structlog
from billiard.process import current_process
from celery import signals

from grader.grading import Examiners, ignore
from grader.report import GraderFault, OnEvent, Refused, Report
from submissions.gradings import lifecycle
from submissions.gradings.lifecycle import Lease
from submissions.settings import Settings, settings
from submissions.storage.blobs import BlobStore, DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites.courses import materialise
from workers.app import app
from workers.reporter import Reporter
from workers.wake import TASK

_log = structlog.stdlib.get_logger(__name__)


class Grader(Protocol):
    """What a worker needs of `grader.grading.Examiners`."""

    def grade(self, suite: Path, handin: Path, on_event: OnEvent) -> Report:
        """Grades one hand-in. Raises Refused or GraderFault."""

    def cancel(self) -> None:
        """From another thread: ends the running grading."""

    def close(self) -> None:
        """Ends what is kept warm."""


class Worker:
    """What one process needs to grade. `suites` is a folder of its machine for unpacked suites."""

    def __init__(self, db: Database, blobs: BlobStore, grader: Grader, suites: Path, table: Settings) -> None:
        self.db, self.blobs, self.grader, self.suites, self.table = db, blobs, grader, suites, table

    @classmethod
    def of(cls, table: Settings) -> Self:
        """A worker for these settings, with nothing warm yet."""
        data = table.data.resolve()
        examiners = Examiners(table.sandbox, table.sandbox_uid, data / "cache", _core(), named=True)
        return cls(Database(table.database_url), DirectoryBlobs(data / "blobs"), examiners, data / "suites", table)

    def grade(self, grading_id: int) -> None:
        """Claims the grading and sees it to its end. Does nothing when there is nothing to claim."""
        began = perf_counter()
        lease = lifecycle.claim(self.db, grading_id, self.table.lease_seconds)
        if lease is None:
            _log.info("nothing to claim: taken, replaced or done", grading=grading_id)
            return
        with structlog.contextvars.bound_contextvars(grading=grading_id, attempt=lease.attempt):
            phases = {"claim": perf_counter() - began}
            try:
                kept = self._run(lease, phases)
            except Refused as refusal:
                kept = lifecycle.refuse(self.db, lease, str(refusal))
            except GraderFault as fault:
                _log.warning("grader fault", error=str(fault))
                kept = lifecycle.fault(self.db, lease, str(fault), self.table.max_attempts)
            except Exception as error:  # noqa: BLE001 - logged whole; a mistake of ours must be retried and told, not lost
                _log.exception("a mistake in the grader")
                text = f"{type(error).__name__}: {error}"
                kept = lifecycle.fault(self.db, lease, text, self.table.max_attempts)
            _log.info("done" if kept else "the lease was lost, so nothing was written", seconds=perf_counter() - began)

    def _run(self, lease: Lease, phases: dict[str, float]) -> bool:
        with Reporter(self.db, lease, self.grader.cancel) as reporter:
            began = perf_counter()
            suite = materialise(self.blobs, lease.suite_blob, lease.suite, self.suites)
            handin = self.blobs.path(lease.blob)
            phases["fetch"] = perf_counter() - began
            # No page shows the progress of what runs in the shadow.
            report = self.grader.grade(suite, handin, ignore if lease.shadow else reporter.event)
        return lifecycle.finish(self.db, lease, report, phases)

    def close(self) -> None:
        """Ends what is kept warm."""
        self.grader.close()
        self.db.close()


def _core() -> int:
    """A processor for this process's gradings, another one for each of the pool's children while there are enough."""
    cores = sorted(os.sched_getaffinity(0))
    # Only a pool's child has an index.
    return cores[getattr(current_process(), "index", 0) % len(cores)]


@cache
def worker() -> Worker:
    """This process's worker, made at its first grading: after the fork, so that no connection is shared."""
    return Worker.of(settings())


def grade(grading_id: int) -> None:
    """The task's body."""
    worker().grade(grading_id)


app.task(grade, name=TASK)


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _close(**_: Any) -> None:
    if worker.cache_info().currsize:
        worker().close()
