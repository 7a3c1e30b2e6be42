"""The sweeper: a loop of its own that takes back what dead workers held and wakes workers for what waits.

Not a scheduled Celery task: those need the broker, and this is what mends a broker that lost everything.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from submissions.gradings import lifecycle
from submissions.handing_in.intake import Wake
from submissions.models import Queue
from submissions.regrades import regrades
from submissions.service import pulse
from submissions.settings import Settings, settings
from submissions.storage.blobs import BlobStore, DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import check_runs
from workers import log
from workers.upkeep import Upkeep
from workers.wake import wake

_PATIENCE = 5.0  # seconds for the upkeep to end by itself

_log = structlog.stdlib.get_logger(__name__)


class Sweeper:
    """Rounds over the database until `stop` is set. `alive` is touched after each good one, for a health check."""

    def __init__(self, db: Database, blobs: BlobStore, wake: Wake, table: Settings, alive: Path | None = None) -> None:
        self._db, self._blobs, self._wake, self._table, self._alive = db, blobs, wake, table, alive
        self.stop = threading.Event()

    def run(self) -> None:
        """One round after another; a database that is away is waited for."""
        upkeep = Upkeep(self._db, self._blobs, self._table.data, self.stop)
        upkeep.start()
        while not self.stop.is_set():
            try:
                self.round()
                if self._alive:
                    self._alive.touch()
                pulse.beat(self._db, pulse.SWEEPER)
            except (SQLAlchemyError, OSError):
                _log.exception("this round failed; the next one tries again")
            self.stop.wait(self._table.sweep_seconds)
        # What it is doing can be cut off at any moment; a stop does not wait for a slow disk.
        upkeep.join(_PATIENCE)

    def round(self) -> int:
        """Takes back expired leases, brings regrades on and wakes workers; returns how many were woken."""
        woken = 0
        for regrade in regrades.advance(self._db):
            _log.info("a regrade is ready for its review", regrade=regrade)
        lifecycle.forget_the_future(self._db, self._table.lease_seconds)
        gradings = lifecycle.sweep(self._db, self._table.max_attempts)
        checks = check_runs.sweep(self._db, self._table.max_attempts, self._table.lease_seconds)
        waiting = [(each.grading_id, each.queue) for each in gradings] + [(each, Queue.CHECK) for each in checks]
        for number, queue in waiting:
            # A broker that is away for one is away for all; each try would cost a second.
            if self.stop.is_set() or not self._wake(number, queue):
                break
            woken += 1
        if woken:
            _log.info("woke workers", times=woken)
        return woken


def main(alive: Path | None = None) -> None:
    """Sweeps until SIGTERM or SIGINT."""
    log.configure()
    table = settings()
    db = Database(table.database_url)
    sweeper = Sweeper(db, DirectoryBlobs(table.data.resolve() / "blobs"), wake, table, alive)

    def stop(_signal: int, _frame: Any) -> None:
        sweeper.stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        sweeper.run()
    finally:
        db.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
