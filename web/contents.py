"""What is in a hand-in, for a page that shows some of it: read in memory, within the archive's limits."""

from __future__ import annotations

from typing import BinaryIO

from grader.archive import read_handin
from grader.report import Refused
from submissions.blobs import NoBlob
from submissions.models import Submission
from web.context import portal
from web.errors import tell


def archive(submission: Submission) -> BinaryIO:
    """The very bytes that were handed in. Raises web.errors.Told when the store has lost them."""
    try:
        return portal().blobs.open(submission.blob)
    except NoBlob:
        tell(
            500,
            "file_missing",
            "The file is not in the store",
            "This hand-in is recorded, and its file cannot be found on this server.",
            "Tell the course's staff: the data folder has to be restored from a backup.",
            "Its record, receipt and scores are here.",
        )


def files(submission: Submission, expected: list[str]) -> dict[str, bytes]:
    """The hand-in's files by path, the expected ones in their places.

    Nothing for a hand-in that cannot be read so: its grading says why. Raises web.errors.Told as `archive` does.
    """
    with archive(submission) as stream:
        packed = stream.read()
    try:
        return read_handin(packed, expected)
    except Refused:
        return {}
