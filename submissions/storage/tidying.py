"""Removes what uploads left behind that were cut off, or whose process was killed before their row was committed.

It must never remove a blob that a row names, nor one of which nobody knows whose it is.
"""

from __future__ import annotations

from sqlalchemy import select, union

from submissions.models import Assignment, CheckRun, Submission, Suite, SyncedSuite
from submissions.storage.blobs import BlobStore
from submissions.storage.database import Database

NAMING = (
    Submission.blob,
    Suite.blob,
    Assignment.handout,
    SyncedSuite.handout,
    SyncedSuite.folder,
    CheckRun.folder,
)
"""The columns that name blobs."""


def tidy(db: Database, blobs: BlobStore, older_than_seconds: float) -> int:
    """Sees to all that has been lying for so long; returns how many blobs of nobody it removed.

    The age must be longer than anything between a blob's last byte and its row's commit: a row that is not there by
    then will never come.
    """
    blobs.sweep(older_than_seconds)
    removed = 0
    for name in blobs.unsettled(older_than_seconds):
        with db.read() as session:
            named = session.execute(union(*(select(column).where(column == name) for column in NAMING))).first()
        if named is not None:
            blobs.settle(name)
        else:
            removed += blobs.discard(name, older_than_seconds)
    return removed
