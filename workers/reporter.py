"""Beside a running grading: keeps its lease alive and writes its progress, in batches, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType

from grader.report import Event
from submissions.gradings import lifecycle
from submissions.gradings.lifecycle import Lease
from submissions.storage.database import Database
from workers.heartbeat import BEATS_PER_LEASE, Heartbeat

_BATCH_SECONDS = 0.2  # one transaction for what came within this: tests end faster than a disk commits


class Reporter(Heartbeat):
    """A context manager around a grading. `on_lost` is called, from the thread, when the lease is another's.

    Events that cannot be written are dropped, and the next heartbeat goes without them.
    """

    def __init__(self, db: Database, lease: Lease, on_lost: Callable[[], None]) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._news = threading.Event()

        def beat() -> bool:
            return lifecycle.progress(db, lease, self._drain())

        super().__init__(beat, lease.seconds / BEATS_PER_LEASE, on_lost, f"reporter of grading {lease.grading_id}")

    def event(self, event: Event) -> None:
        """Takes an event of the grading, without waiting for the database."""
        self._events.put(event)
        self._news.set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the thread. Progress not yet written is dropped: the result, which follows, says it all."""
        self._stop.set()
        self._news.set()
        super().__exit__(kind, error, trace)

    def _ends(self) -> bool:
        self._news.wait(self._every)
        self._stop.wait(_BATCH_SECONDS)
        self._news.clear()
        return self._stop.is_set()

    def _drain(self) -> list[Event]:
        events: list[Event] = []
        while True:
            try:
                events.append(self._events.get_nowait())
            except Empty:
                return events
