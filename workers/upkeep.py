"""What is done once an hour beside the sweeper's rounds, which must not wait for it: tidying up, looking for damage.

What a verification finds is logged and kept for the health page; nothing is mended by itself.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import structlog

from submissions import secrets
from submissions.service import pulse
from submissions.service.verify import verify
from submissions.storage.blobs import BlobStore
from submissions.storage.database import Database
from submissions.storage.tidying import tidy

EVERY = 3600.0
"""Seconds between two rounds; an upload that is older has been cut off."""

WHOLE = 24
"""Of so many rounds, one reads every byte of every file; it is never the first, which a restart must not wait for."""

_KEPT = 20  # findings that the health page shows; `handin verify` lists them all

_log = structlog.stdlib.get_logger(__name__)


class Upkeep(threading.Thread):
    """Rounds in a thread of their own until `stop` is set. `data` is the folder with the keys, once they are made."""

    def __init__(self, db: Database, blobs: BlobStore, data: Path, stop: threading.Event) -> None:
        super().__init__(name="upkeep", daemon=True)
        self._db, self._blobs, self._data, self._ending = db, blobs, data, stop
        self._rounds = 0

    def run(self) -> None:
        """One round after another; a database or a disk that is away is waited for."""
        while not self._ending.is_set():
            try:
                self.round()
            except Exception:  # noqa: BLE001 - logged whole; damage of whatever kind must not end the search for it
                _log.exception("upkeep failed; the next round tries again")
            self._ending.wait(EVERY)

    def round(self) -> None:
        """Removes what nobody needs, and keeps what a verification says: a quick one, but for one round of `WHOLE`."""
        self._rounds += 1
        tidy(self._db, self._blobs, EVERY)
        pulse.forget_old(self._db)
        outcome = verify(self._db, self._blobs, self._receipt_key(), quick=self._rounds % WHOLE != 0)
        for finding in outcome.findings[:_KEPT]:
            _log.error("verification", record=finding.about, seen=finding.seen, remedy=finding.remedy)
        # The page is for the staff of any course.
        outcome.findings = [msgspec.structs.replace(each, whose="") for each in outcome.findings[:_KEPT]]
        pulse.beat(self._db, pulse.VERIFICATION, msgspec.to_builtins(outcome))

    def _receipt_key(self) -> bytes | None:
        try:
            keys = secrets.existing(self._data)
        except OSError:
            _log.exception("the receipt key cannot be read: receipts are not checked")
            return None
        return keys.receipt_key if keys else None
