"""What must hold when all is over: nothing lost, nothing twice, nothing changed, no trace of what was not taken.

Judged by what the students hold and by what was seen while it went on, against what the database and the disk say now.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from submissions.handing_in import receipts
from submissions.models import FINAL, Assignment, Grading, State, Submission, Suite
from tests.faults.handins import FUNCTIONS
from tests.faults.students import Upload
from tests.faults.watching import recorded


class Aftermath:
    """The database's `session`, the folder of `blobs`, the students' `uploads`, and what was `seen` to be final."""

    def __init__(
        self,
        session: Session,
        blobs: Path,
        uploads: Sequence[Upload],
        seen: Mapping[int, Hashable],
        receipt_key: bytes,
    ) -> None:
        self._session, self._blobs, self._uploads, self._seen, self._key = session, blobs, uploads, seen, receipt_key
        options = (joinedload(Submission.user), selectinload(Submission.gradings).selectinload(Grading.tests))
        self.submissions = {row.id: row for row in session.scalars(select(Submission).options(*options))}

    def complaints(self) -> list[str]:
        """Every broken promise in a sentence; empty when all hold."""
        return [
            *self._lost(),
            *self._kept_without_receipt(),
            *self._contents(),
            *self._gradings(),
            *self._changed(),
            *self._blobs_of_nobody(),
        ]

    def kept_in_doubt(self) -> list[Submission]:
        """What was taken whole though its student got no answer: the answer was lost, and the hand-in was not."""
        receipted = {upload.submission for upload in self._uploads}
        return [row for number, row in self.submissions.items() if number not in receipted]

    def _lost(self) -> Iterator[str]:
        for upload in self._uploads:
            if not upload.taken:
                continue
            row = self.submissions.get(upload.submission or 0)
            if row is None:
                yield f"submission {upload.submission} of {upload.login} has a receipt and is lost"
                continue
            try:
                said = receipts.verify(upload.receipt, self._key)
            except receipts.BadReceipt as error:
                yield f"the receipt of submission {row.id} is not genuine: {error}"
                continue
            told = (said.submission, said.sha256, said.login)
            if told != (row.id, row.blob, row.user.login) or told[1:] != (upload.sha256, upload.login):
                yield f"submission {row.id} is not what its receipt says: {told}"
            if upload.receipt != row.receipt:
                yield f"submission {row.id} has another receipt than its student"

    def _kept_without_receipt(self) -> Iterator[str]:
        """A row beyond those with a receipt may be there only for an upload of which its student heard nothing."""
        doubtful = Counter((upload.login, upload.sha256) for upload in self._uploads if upload.in_doubt)
        for row in self.kept_in_doubt():
            doubtful[row.user.login, row.blob] -= 1
            if doubtful[row.user.login, row.blob] < 0:
                yield f"submission {row.id} of {row.user.login} was refused, or never handed in, and is there"

    def _contents(self) -> Iterator[str]:
        for name in {row.blob for row in self.submissions.values()}:
            try:
                content = (self._blobs / name[:2] / name).read_bytes()
            except FileNotFoundError:
                yield f"the bytes of {name} are gone"
                continue
            if hashlib.sha256(content).hexdigest() != name:
                yield f"the bytes of {name} are others"

    def _gradings(self) -> Iterator[str]:
        scores = {upload.sha256: upload.score for upload in self._uploads}
        for row in self.submissions.values():
            if len(row.gradings) != 1:
                yield f"submission {row.id} has {len(row.gradings)} gradings"
                continue
            (grading,) = row.gradings
            published = self._session.get_one(Assignment, row.assignment_id).suite_id
            if grading.suite_id != published:
                yield f"grading {grading.id} is not of the published suite"
            if grading.state == State.SUPERSEDED:
                yield from self._superseded(row, grading)
            elif grading.state not in FINAL:
                yield f"grading {grading.id} is not final: {grading.state}, attempt {grading.attempt}"
            elif grading.state != State.GRADED or grading.score != scores.get(row.blob):
                yield (
                    f"grading {grading.id} ended as {grading.state} with {grading.score} and not with "
                    f"{scores.get(row.blob)}: {grading.message}"
                )
            elif len(grading.tests) != len(FUNCTIONS) or sum(test.points for test in grading.tests) != grading.score:
                yield f"grading {grading.id} has {len(grading.tests)} results, which do not add up to {grading.score}"

    def _superseded(self, row: Submission, grading: Grading) -> Iterator[str]:
        newer = any(
            other.age > row.age
            for other in self.submissions.values()
            if (other.user_id, other.assignment_id) == (row.user_id, row.assignment_id)
        )
        if not newer or grading.score is not None or grading.tests:
            yield f"grading {grading.id} is superseded, by nothing newer or with a score of its own"

    def _changed(self) -> Iterator[str]:
        final = {each.id for row in self.submissions.values() for each in row.gradings if each.state in FINAL}
        for grading_id in final | set(self._seen):
            if grading_id not in self._seen:
                yield f"grading {grading_id} is final, and nobody looked when it became so"
            elif recorded(self._session, grading_id) != self._seen[grading_id]:
                yield f"grading {grading_id} was changed after it was final"

    def _blobs_of_nobody(self) -> Iterator[str]:
        """To be asked after a tidying: nothing is left of what was not taken."""
        named = {*(row.blob for row in self.submissions.values()), *self._session.scalars(select(Suite.blob))}
        yield from (
            f"{path.name} lies in the blob store for nobody" for path in files(self._blobs) if path.name not in named
        )


def files(folder: Path) -> Iterable[Path]:
    """All files below a folder."""
    return (path for path in folder.rglob("*") if path.is_file())
