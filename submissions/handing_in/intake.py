"""Intake: from a student's upload to a submission that cannot be lost, in an order that leaves nothing half done.

1. the rules of the assignment let it in (`submissions.handing_in.terms`), before a byte of it is read;
2. the bytes go to a file beside the blob store, with a running limit;
3. the archive's listing is checked against what the assignment expects, before the bytes get a name;
4. the bytes are on the disk under their SHA-256, marked as unsettled;
5. one transaction: the rules once more, among all that was recorded meanwhile; the submission, its receipt, its grading
   (queued), older waiting gradings superseded;
6. after the commit the mark goes, and a worker is woken. Both may fail: the sweeper sees to what is still marked, and
   wakes a worker for every row that waits.

A refusal or a cut connection in 1 to 3 leaves nothing. A failure in 5 leaves a marked blob without a row, which harms
nobody, is taken up by the next upload of the same bytes, and else is removed in time (`submissions.storage.tidying`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import joinedload

from grader.archive import read_handin
from submissions.gradings import lifecycle
from submissions.handing_in import receipts, terms
from submissions.models import Assignment, Author, Grading, Queue, Submission, User, now
from submissions.storage.blobs import BlobStore
from submissions.storage.database import Database

_log = logging.getLogger(__name__)

Wake = Callable[[int, str], bool]
"""Wakes a worker: called after the commit with a grading's id, or a check's, and its queue. False: none was woken."""


class NotOpen(Exception):
    """The assignment takes no hand-in: it does not exist, or no suite is published. The message says which."""


def accept(
    db: Database,
    blobs: BlobStore,
    *,
    assignment_id: int,
    user_id: int,
    filename: str,
    stream: BinaryIO,
    received_at: datetime,
    max_bytes: int,
    receipt_key: bytes,
    wake: Wake,
    grace: int | None = None,
) -> Submission:
    """Takes an upload and returns its submission, committed, with `receipt` and one queued grading.

    Two uploads of the same bytes are two submissions. Who may hand in is the caller's to check. `grace` is how many
    grace days the student agreed to spend, None where nobody said.
    Raises grader.report.Refused (the archive), blobs.TooLarge, NotOpen, terms.NotTaken, terms.GraceAsked, and whatever
    reading the stream raises; each leaves nothing behind.
    """
    with db.read() as session:
        assignment = session.get(
            Assignment, assignment_id, options=[joinedload(Assignment.suite), joinedload(Assignment.course)]
        )
        user = session.get(User, user_id)
        if assignment is None or user is None:
            raise NotOpen(f"there is no assignment {assignment_id} or no user {user_id}")
        if assignment.suite is None:
            raise NotOpen(f"{assignment.title} takes no hand-ins yet: its tests are not published")
        terms.admitted(terms.of(session, assignment, assignment.course, user_id), received_at, grace)
    suite = assignment.suite

    def check(path: Path) -> None:
        read_handin(path, suite.manifest["files"], command=suite.manifest["command"])

    blob = blobs.put(stream, max_bytes, check, unsettled=True)
    with db.write() as session:
        current, course = terms.lock(session, assignment_id, user_id)
        own = terms.of(session, current, course, user_id)
        taken = terms.admitted(own, received_at, grace)
        submission = Submission(
            assignment_id=assignment_id,
            user_id=user_id,
            blob=blob.sha256,
            size=blob.size,
            filename=filename[:255],
            received_at=received_at,
            receipt="",
            due_at=taken.judged.due_at,
            penalty=taken.judged.penalty,
            grace_days=taken.grace_days,
            authors=[Author(user_id=each) for each in own.students],
        )
        session.add(submission)
        session.flush()
        submission.receipt = receipts.sign(
            receipts.Receipt(
                submission=submission.id,
                sha256=blob.sha256,
                size=blob.size,
                course=assignment.course.slug,
                assignment=assignment.slug,
                login=user.login,
                received_at=received_at,
            ),
            receipt_key,
        )
        grading = Grading(
            submission_id=submission.id,
            suite_id=suite.id,
            queue=Queue.INTERACTIVE,
            # This upload wakes a worker itself; the sweeper only if that has not helped.
            wake_at=now() + lifecycle.WAKE_AGAIN,
        )
        session.add(grading)
        session.flush()
        lifecycle.supersede(session, submission)
        if taken.spends:
            # What the students uploaded before, and later than the deadline was, is later than the deadline is no more.
            terms.judge(session, current, own.students)
    # The hand-in is committed: whatever fails from here on must not tell the student that it was not taken.
    try:
        blobs.settle(blob.sha256)
        wake(grading.id, grading.queue)
    except Exception:  # noqa: BLE001 - logged with its traceback; see above
        _log.exception("grading %d was taken, and the sweeper will see to it", grading.id)
    return submission
