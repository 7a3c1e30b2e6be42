"""Checks a living service against its promises: every row lawful, every byte as it was taken, every receipt genuine.

It looks and never changes anything; whatever it finds is for a person to mend.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError, OperationalError

from submissions.handing_in import receipts
from submissions.models import Grading, now
from submissions.service.verify import by_hand, content, gradings, records
from submissions.service.verify.finding import Counts, Finding, Outcome
from submissions.steps import OnStep, silent
from submissions.storage.blobs import BlobStore
from submissions.storage.database import Database

__all__ = ["Counts", "Finding", "Outcome", "verify", "verify_receipt"]


def verify(
    db: Database, blobs: BlobStore, receipt_key: bytes | None = None, quick: bool = False, on_step: OnStep = silent
) -> Outcome:
    """Looks at everything, and says what is not as it must be.

    `quick` reads no bytes of a file; without a receipt key, no receipt is checked.
    """
    began, outcome = perf_counter(), Outcome(now(), quick)
    try:
        for finding in _findings(db, blobs, receipt_key, outcome, on_step):
            outcome.note(finding)
    except OperationalError:
        raise  # the database is away: of what is in it there is nothing to say
    except DatabaseError as error:
        outcome.note(records.unreadable(str(error.orig)))
    outcome.seconds = perf_counter() - began
    return outcome


def verify_receipt(
    db: Database, blobs: BlobStore, receipt_key: bytes, text: str
) -> tuple[receipts.Receipt, list[Finding]]:
    """What a receipt says that somebody shows, and whatever of it the records or the bytes do not bear out.

    Raises receipts.BadReceipt when this service has not signed it.
    """
    said = receipts.verify(text, receipt_key)
    row = content.submission(db, said.submission)
    if row is None:
        remedy = "The receipt is genuine, so the hand-in was taken: look for it in a backup."
        return said, [Finding(f"submission {said.submission}", "there is no such record", remedy)]
    return said, list(content.shown(row, said, blobs))


def _findings(
    db: Database, blobs: BlobStore, receipt_key: bytes | None, outcome: Outcome, on_step: OnStep
) -> Iterator[Finding]:
    quick, counts = outcome.quick, outcome.counts
    on_step("records", 0, 0)
    with db.read() as session:
        stop = records.outdated(session) or (None if quick else next(records.unsound(session), None))
        if stop is not None:
            yield stop
            return
        counts.gradings = session.scalars(select(func.count()).select_from(Grading)).one()
        yield from records.dangling(session)
        yield from gradings.broken(session, outcome.at)
    with db.snapshot() as connection:
        yield from by_hand.broken(connection)
    yield from content.suites(db, blobs, quick, counts, on_step)
    yield from content.hand_ins(db, blobs, receipt_key, quick, counts, on_step)
    for _ in content.unclaimed(db, blobs):
        counts.unclaimed += 1
