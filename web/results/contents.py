"""What is kept as a file: a handout or a hand-in as it is, and what is in a hand-in for a page that shows some of it.

A hand-in is read in memory, within the archive's limits.
"""

from __future__ import annotations

from typing import BinaryIO

from grader.archive import read_handin
from grader.report import Refused
from submissions.models import Assignment, Submission
from submissions.storage.blobs import NoBlob
from web.frame.context import portal
from web.frame.errors import not_found, tell


def archive(submission: Submission) -> BinaryIO:
    """The very bytes that were handed in. Raises web.frame.errors.Told when the store has lost them."""
    return _kept(submission.blob, "This hand-in is recorded", "Its record, receipt and scores are here.")


def handout(assignment: Assignment) -> BinaryIO:
    """The zip file that students receive. Raises web.frame.errors.Told when there is none, or the store has lost it."""
    if not assignment.handout:
        not_found()
    return _kept(assignment.handout, "This handout was published", "Nothing of yours is lost.")


def handout_size(assignment: Assignment) -> int | None:
    """How many bytes students download; None where the store has lost them."""
    try:
        return portal().blobs.path(assignment.handout).stat().st_size
    except (NoBlob, FileNotFoundError):
        return None


def _kept(blob: str, recorded: str, lost: str) -> BinaryIO:
    try:
        return portal().blobs.open(blob)
    except NoBlob:
        tell(
            500,
            "file_missing",
            "The file is not in the store",
            f"{recorded}, and its file cannot be found on this server.",
            "Tell the course's staff: the data folder has to be restored from a backup.",
            lost,
        )


def files(submission: Submission, expected: list[str]) -> dict[str, bytes]:
    """The hand-in's files by path, the expected ones in their places.

    Nothing for a hand-in that cannot be read so: its grading says why. Raises web.frame.errors.Told as `archive` does.
    """
    with archive(submission) as stream:
        packed = stream.read()
    try:
        return read_handin(packed, expected)
    except Refused:
        return {}
