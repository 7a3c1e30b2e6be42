"""Taking an upload, the same for form and API: what `submissions.handing_in.intake` says of it, in words."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import PurePosixPath
from typing import BinaryIO, NoReturn, cast

from flask import g, request

from grader.report import Refused
from submissions.handing_in import intake
from submissions.handing_in.terms import GraceAsked, NotTaken, Offer
from submissions.models import Assignment, Submission
from submissions.rules.rules import Refusal
from submissions.storage.blobs import TooLarge
from web.frame import limits
from web.frame.access import Seat
from web.frame.context import portal
from web.frame.errors import Problem, Told, refused, tell, too_large, too_many_uploads
from web.words import rules_in_words
from web.words.times import span

_LONGEST_NAME = 200


def most_bytes() -> int:
    """The largest hand-in that is taken."""
    return portal().settings.max_upload_mb * 1_000_000


def take(seat: Seat, assignment: Assignment) -> Submission:
    """The submission made of this request's `file` part. Raises web.frame.errors.Told; then nothing was recorded."""
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
            grace=_agreed(),
        )
    except Refused as refusal:
        refused(str(refusal))
    except NotTaken as told:
        _not_now(told.refusal)
    except GraceAsked as asked:
        _ask(asked.offer)
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


def _agreed() -> int | None:
    """How many grace days the form says may be spent; None where it says nothing."""
    said = request.form.get("grace", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 4 else None


def _not_now(refusal: Refusal) -> NoReturn:
    lost = "Nothing was recorded, and your earlier hand-ins are untouched."
    if refusal.again_at is None:
        next_step = "If there is a reason, ask the course's staff for an extension."
        tell(409, "not_taken", "This is not taken any more", refusal.text, next_step, lost)
    wait = max(1, math.ceil((refusal.again_at - g.received_at).total_seconds()))
    next_step = "Keep your file, and hand it in then."
    raise Told(Problem(429, "not_yet", "This is not taken yet", refusal.text, lost, next_step), retry_after=wait)


def _ask(offer: Offer) -> NoReturn:
    days = rules_in_words.days(offer.days)
    tell(
        409,
        "grace_asked",
        "Is a grace day to be spent?" if offer.days == 1 else "Are grace days to be spent?",
        f"Your upload is late. {rules_in_words.offered(offer)}",
        f"Say which it is, and hand in again: on the page below the file, by `--grace {offer.days}` (spend {days}) or "
        f"`--grace 0` (spend none) of `handin submit`, or in the field `grace` of the form.",
        "Nothing was recorded yet, and no grace day was spent.",
    )


def file_name(sent: str) -> str:
    """The name alone, without folders and without what does not print: it is shown, and used when downloaded."""
    name = PurePosixPath(sent.replace("\\", "/")).name
    kept = "".join(character for character in name if character.isprintable())
    return kept[-_LONGEST_NAME:] or "handin"
