"""Whether the bytes are there, exactly as they were stored: of all hand-ins, suites, folders and handouts in the rows.

It reads in short transactions, batch by batch: hashing all hand-ins takes minutes, in which the service goes on.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Row, distinct, func, select, tuple_
from sqlalchemy.orm import Session

from submissions.handing_in import receipts
from submissions.models import Assignment, Course, Submission, Suite, SyncedSuite, User
from submissions.service.verify.finding import FROM_OUTSIDE, MISREAD, Counts, Finding
from submissions.steps import OnStep
from submissions.storage.blobs import BlobStore, NoBlob
from submissions.storage.database import Database
from submissions.storage.packing import Damaged
from submissions.storage.tidying import NAMING
from submissions.suites.courses import materialise

Taken = Row[int, str, int, str, datetime, str, str, str]
"""A submission as its row, and those that it belongs to, say that it was taken (`_ROWS`)."""

_BATCH = 500
_HOUR = 3600.0
_RESTORE = "Take it from a backup: its name in the blob store is its SHA-256."
_ROWS = (
    select(
        Submission.id,
        Submission.blob,
        Submission.size,
        Submission.receipt,
        Submission.received_at,
        Course.slug.label("course"),
        Assignment.slug.label("assignment"),
        User.login,
    )
    .join(Assignment, Submission.assignment_id == Assignment.id)
    .join(Course, Assignment.course_id == Course.id)
    .join(User, Submission.user_id == User.id)
    .order_by(Submission.blob, Submission.id)
)


def hand_ins(
    db: Database, blobs: BlobStore, receipt_key: bytes | None, quick: bool, counts: Counts, on_step: OnStep
) -> Iterator[Finding]:
    """A finding for each submission whose bytes or receipt are not those that were taken.

    `quick`: sizes alone. Without a receipt key no receipt is checked.
    """
    with db.read() as session:
        total = session.scalars(select(func.count(distinct(Submission.blob)))).one()
    blob, fault = "", ""
    for row in _rows(db):
        if isinstance(row, Finding):
            yield row
            continue
        if row.blob != blob:
            # The same bytes handed in many times are read once: rows come in the order of their blobs.
            blob, fault = row.blob, _fault(blobs, row.blob, quick, counts)
            counts.blobs += 1
            on_step("hand-ins", counts.blobs, total)
        counts.submissions += 1
        yield from _submission(row, fault or _wrong_size(blobs, row))
        if receipt_key is not None:
            counts.receipts += 1
            yield from receipt_of(row, receipt_key)


def submission(db: Database, submission_id: int) -> Taken | None:
    """What the records say of one submission, as `receipt_of` takes it; None: there is none of that number."""
    with db.read() as session:
        return session.execute(_ROWS.where(Submission.id == submission_id)).one_or_none()


def receipt_of(row: Taken, receipt_key: bytes) -> Iterator[Finding]:
    """A finding when the receipt that is kept with a submission is not the one that this service signs for it."""
    try:
        said = receipts.verify(row.receipt, receipt_key)
    except receipts.BadReceipt:
        remedy = "Is the key in the folder `secrets` the one that this service began with? Otherwise: " + FROM_OUTSIDE
        yield Finding(f"submission {row.id}", "its receipt was not signed by this service", remedy)
        return
    wrong = _differing(said, row)
    if wrong:
        seen = f"its receipt and its record differ in {', '.join(wrong)}"
        yield Finding(f"submission {row.id}", seen, FROM_OUTSIDE)


def suites(db: Database, blobs: BlobStore, quick: bool, counts: Counts, on_step: OnStep) -> Iterator[Finding]:
    """A finding for each suite that would not unpack to what its hash names, and each handout and folder that is not
    there."""
    with db.read() as session:
        rows = session.execute(select(Suite.hash, Suite.blob, Suite.assignment).order_by(Suite.id)).all()
        given = session.execute(select(Assignment.slug, Assignment.handout)).all()
        brought = select(Assignment.slug, SyncedSuite.handout, SyncedSuite.folder).join_from(SyncedSuite, Assignment)
        versions = session.execute(brought).all()
    named = {("handout", slug, blob) for slug, blob in given}
    for slug, handout, folder in versions:
        named |= {("handout", slug, handout or ""), ("folder of tests", slug, folder or "")}
    for digest, blob, assignment in rows:
        fault = _fault(blobs, blob, quick, counts)
        if not fault and not quick:
            with tempfile.TemporaryDirectory(prefix="handin-verify-") as place:
                try:
                    materialise(blobs, blob, digest, Path(place))
                except Damaged:
                    fault = "its packed form does not unpack to what its hash names"
        counts.suites += 1
        on_step("suites", counts.suites, len(rows))
        if fault:
            remedy = f"`handin assignment sync` with the folder as it was packs it again. {_RESTORE}"
            yield Finding(f"suite {digest[:12]}", fault, remedy, f"of {assignment}")
    for what, slug, blob in sorted(each for each in named if each[-1]):
        if fault := _fault(blobs, blob, quick, counts):
            remedy = f"`handin assignment sync` packs it again. {_RESTORE}"
            yield Finding(what, fault, remedy, f"of {slug}")


def shown(row: Taken, said: receipts.Receipt, blobs: BlobStore) -> Iterator[Finding]:
    """What of a genuine receipt that somebody shows the records or the bytes do not bear out."""
    wrong = _differing(said, row)
    if wrong:
        remedy = "Both were made here: was an older backup restored since? Look for the hand-in in later ones."
        yield Finding(f"submission {row.id}", f"the record differs from the receipt in {', '.join(wrong)}", remedy)
    yield from _submission(row, _fault(blobs, said.sha256, False, Counts()))


def unclaimed(db: Database, blobs: BlobStore) -> Iterator[str]:
    """Blobs that no row has named for an hour: left by what was cut off, or by another database."""
    names = blobs.names(_HOUR)
    while batch := set(islice(names, _BATCH)):
        with db.read() as session:
            for column in NAMING:
                batch -= set(session.scalars(select(column).where(column.in_(batch))))
        yield from batch


def _differing(said: receipts.Receipt, row: Taken) -> list[str]:
    kept = receipts.Receipt(row.id, row.blob, row.size, row.course, row.assignment, row.login, row.received_at)
    return [name for name in receipts.Receipt.__struct_fields__ if getattr(said, name) != getattr(kept, name)]


def _rows(db: Database) -> Iterator[Taken | Finding]:
    after = ("", 0)
    place = tuple_(Submission.blob, Submission.id)
    while True:
        with db.read() as session:
            keys = (
                select(Submission.blob, Submission.id)
                .where(place > after)
                .order_by(Submission.blob, Submission.id)
                .limit(_BATCH)
            )
            batch = session.execute(keys).all()
            rows = _read(session, [key.id for key in batch])
        yield from rows
        if len(batch) < _BATCH:
            return
        after = (batch[-1].blob, batch[-1].id)


def _read(session: Session, ids: list[int]) -> list[Taken | Finding]:
    try:
        return list(session.execute(_ROWS.where(Submission.id.in_(ids))))
    except MISREAD as error:
        if len(ids) == 1:
            return [Finding(f"submission {ids[0]}", f"its record cannot be read ({error})", FROM_OUTSIDE)]
        # One of them: the others are looked at without it.
        return [row for each in ids for row in _read(session, [each])]


def _submission(row: Taken, fault: str) -> Iterator[Finding]:
    if fault:
        whose = f"of {row.login} for {row.course}/{row.assignment}"
        yield Finding(f"submission {row.id}", fault, _RESTORE, whose)


def _wrong_size(blobs: BlobStore, row: Taken) -> str:
    try:
        size = blobs.path(row.blob).stat().st_size
    except (NoBlob, FileNotFoundError):
        return f"its file is not in the blob store ({row.blob})"
    return "" if size == row.size else f"its file has {size} bytes, and {row.size} were taken"


def _fault(blobs: BlobStore, name: str, quick: bool, counts: Counts) -> str:
    """What is wrong with a blob, in words that follow the record's name; "": nothing."""
    try:
        path = blobs.path(name)
        if quick:
            return ""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            counts.bytes += file.tell()
    except NoBlob:
        return f"its file is not in the blob store ({name})"
    except OSError as error:
        return f"its file cannot be read ({error.strerror}; {name})"
    return "" if digest == name else f"its file was changed or damaged ({name})"
