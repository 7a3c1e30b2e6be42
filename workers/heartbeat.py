"""Beside work that takes seconds: says now and then, from a thread of its own, that it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

BEATS_PER_LEASE = 3
"""Two heartbeats may be lost before a lease is."""


class Heartbeat:
    """A context manager. `beat` is called every so many seconds; once it says False, `on_lost` is, and that was all."""

    def __init__(self, beat: Callable[[], bool], every: float, on_lost: Callable[[], None], name: str) -> None:
        self._beat, self._every, self._on_lost = beat, every, on_lost
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def __enter__(self) -> Self:
        """Starts the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join()

    def _ends(self) -> bool:
        """Waits until it is time for the next one; True: there is none any more."""
        return self._stop.wait(self._every)

    def _run(self) -> None:
        while not self._ends():
            try:
                held = self._beat()
            except Exception:  # noqa: BLE001 - logged whole; whatever it is must not end the heartbeat in silence
                # A database that is away for a moment ends no work. If it lasts, the lease is lost.
                structlog.stdlib.get_logger(__name__).exception("no heartbeat could be written", of=self._thread.name)
                continue
            if not held:
                self._on_lost()
                return
