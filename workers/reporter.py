"""Beside a running grading: keeps its lease alive and writes its progress, in batches, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import structlog

from grader.report import Event
from submissions import lifecycle
from submissions.database import Database
from submissions.lifecycle import Lease

_BATCH_SECONDS = 0.2  # one transaction for what came within this: tests end faster than a disk commits
_BEATS_PER_LEASE = 3  # two heartbeats may be lost before the lease is


class Reporter:
    """A context manager around a grading. `on_lost` is called, from the thread, when the lease is another's."""

    def __init__(self, db: Database, lease: Lease, on_lost: Callable[[], None]) -> None:
        self._db, self._lease, self._on_lost = db, lease, on_lost
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._news = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reporter of grading {lease.grading_id}")

    def event(self, event: Event) -> None:
        """Takes an event of the grading, without waiting for the database."""
        self._events.put(event)
        self._news.set()

    def __enter__(self) -> Self:
        """Starts the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the thread. Progress not yet written is dropped: the result, which follows, says it all."""
        self._stop.set()
        self._news.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._news.wait(self._lease.seconds / _BEATS_PER_LEASE)
            self._stop.wait(_BATCH_SECONDS)
            if self._stop.is_set():
                return
            self._news.clear()
            try:
                held = lifecycle.progress(self._db, self._lease, self._drain())
            except Exception:  # noqa: BLE001 - logged whole; whatever it is must not end the heartbeat in silence
                # A database that is away for a moment does not end a grading, nor does a test that cannot be shown:
                # its events are dropped, and the next heartbeat goes without them. If it lasts, the lease is lost.
                structlog.stdlib.get_logger(__name__).exception("progress could not be written")
                continue
            if not held:
                self._on_lost()
                return

    def _drain(self) -> list[Event]:
        events: list[Event] = []
        while True:
            try:
                events.append(self._events.get_nowait())
            except Empty:
                return events
