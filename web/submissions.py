"""A submission's page while it waits, runs and is done; its live part, its receipt, and the file itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, send_file
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grader.verdicts import CATALOGUE
from submissions import counting
from submissions.blobs import NoBlob
from submissions.models import FINAL, Grading, Progress, State, Submission, now
from web import outcome
from web.access import Seat, for_owner_or_staff
from web.context import portal, reading
from web.errors import tell
from web.states import GRADING, lateness

blueprint = Blueprint("submissions", __name__, url_prefix="/submissions/<id:submission>")

_POLL_SECONDS = 2


@blueprint.get("/")
@for_owner_or_staff
def page(seat: Seat, submission: Submission) -> str:
    """What did I get, and what do I mend first?"""
    return render_template("submission.html", **_shown(seat, submission))


@blueprint.get("/live")
@for_owner_or_staff
def live(seat: Seat, submission: Submission) -> Response:
    """The part of the page that changes, for htmx. Once the grading is final it asks for no more of itself."""
    response = make_response(render_template("parts/grading.html", **_shown(seat, submission)))
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request.environ)
    return response


@blueprint.get("/receipt")
@for_owner_or_staff
def receipt(seat: Seat, submission: Submission) -> Response:
    """The signed receipt, one line of text."""
    del seat
    response = Response(submission.receipt + "\n", mimetype="text/plain")
    response.headers.set("Content-Disposition", "attachment", filename=f"receipt-{submission.id}.txt")
    return response


@blueprint.get("/file")
@for_owner_or_staff
def file(seat: Seat, submission: Submission) -> Response:
    """The very bytes that were handed in, only ever as a download."""
    del seat
    try:
        stream = portal().blobs.open(submission.blob)
    except NoBlob:
        tell(
            500,
            "file_missing",
            "The file is not in the store",
            "This hand-in is recorded, and its file cannot be found on this server.",
            "Tell the course's staff: the data folder has to be restored from a backup.",
            "Its record, receipt and scores are here.",
        )
    return send_file(stream, mimetype="application/octet-stream", as_attachment=True, download_name=submission.filename)


def _shown(seat: Seat, submission: Submission) -> dict[str, Any]:
    """Everything that the page and its live part show, in a fixed number of queries."""
    assignment = submission.assignment
    gradings = (
        reading()
        .scalars(
            select(Grading)
            .options(joinedload(Grading.suite))
            .where(Grading.submission_id == submission.id)
            .order_by(Grading.id)
        )
        .all()
    )
    grading = counting.speaking(submission)
    standing = counting.standing(reading(), assignment, submission.user_id)
    reader = outcome.Reader(seat.staff, now(), assignment.due_at, assignment.show_output)
    shown: dict[str, Any] = {
        "seat": seat,
        "submission": submission,
        "assignment": assignment,
        "own": submission.user_id == seat.user.id,
        "grading": grading,
        "total": counting.total(submission, grading),
        "gradings": gradings,
        "states": GRADING,
        "final": grading is not None and grading.state in FINAL,
        "late": lateness(submission.received_at, assignment.due_at),
        "counts": standing.counts.submission.id if standing.counts is not None else None,
        "poll_seconds": _POLL_SECONDS,
        "our_fault": CATALOGUE["grader_fault"].student,
    }
    if grading is None or grading.state == State.QUEUED:
        if grading is not None:
            shown["place"] = counting.place(reading(), grading, portal().settings.grading_processes)
    elif grading.state == State.RUNNING:
        shown["ticks"], shown["ticks_total"] = outcome.ticks(grading, _progress(grading), reader)
    elif grading.state == State.GRADED:
        shown["tasks"] = outcome.shown_tasks(grading, reader)
        shown["mend"] = outcome.to_mend(grading.tests, reader)
    return shown


def _progress(grading: Grading) -> list[tuple[str, str]]:
    rows = reading().execute(
        select(Progress.test, Progress.verdict).where(Progress.grading_id == grading.id).order_by(Progress.position)
    )
    return [(row.test, row.verdict) for row in rows]
