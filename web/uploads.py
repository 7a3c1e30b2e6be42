"""Taking an upload, the same for the form and for the API: who may hand in and when, then `submissions.intake`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from flask import g, request

from grader.report import Refused
from submissions import intake
from submissions.blobs import TooLarge
from submissions.models import Assignment, Submission
from web import limits
from web.access import Seat
from web.context import portal
from web.errors import Told, refused, tell, too_large, too_many_uploads
from web.times import span

_LONGEST_NAME = 200


def most_bytes() -> int:
    """The largest hand-in that is taken."""
    return portal().settings.max_upload_mb * 1_000_000


def take(seat: Seat, assignment: Assignment) -> Submission:
    """The submission made of this request's `file` part. Raises web.errors.Told; then nothing was recorded."""
    file = request.files.get("file")
    if file is None or not file.filename:
        tell(
            422,
            "no_file",
            "No file was sent",
            "The form came without a file.",
            "Choose your archive, then hand in.",
            "Nothing was recorded, and your earlier hand-ins are untouched.",
        )
    if wait := limits.upload(seat.user.id):
        raise Told(too_many_uploads(span(timedelta(seconds=wait))), retry_after=wait)
    try:
        return intake.accept(
            portal().database,
            portal().blobs,
            assignment_id=assignment.id,
            user_id=seat.user.id,
            filename=file_name(file.filename),
            stream=cast("BinaryIO", file.stream),
            received_at=g.received_at,
            max_bytes=most_bytes(),
            receipt_key=portal().secrets.receipt_key,
            wake=portal().wake,
        )
    except Refused as refusal:
        refused(str(refusal))
    except TooLarge as error:
        raise Told(too_large()) from error
    except intake.NotOpen as error:
        tell(
            409,
            "not_open",
            "This assignment takes no hand-ins yet",
            str(error),
            "Look at the course page for when it opens.",
            "Nothing was recorded; keep your file.",
        )


def file_name(sent: str) -> str:
    """The name alone, without folders and without what does not print: it is shown, and used when downloaded."""
    name = PurePosixPath(sent.replace("\\", "/")).name
    kept = "".join(character for character in name if character.isprintable())
    return kept[-_LONGEST_NAME:] or "handin"
