"""Closing an alert, with a new grading or without; the open ones are on the course page (`web.courses`)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from submissions import alerts, audit, counting, lifecycle
from submissions.models import Grading
from web.access import Seat, for_staff
from web.context import portal
from web.errors import not_found

blueprint = Blueprint("alerts", __name__, url_prefix="/courses/<course>/alerts")


@blueprint.post("/<id:alert>/resolve")
@for_staff
def resolve(seat: Seat, alert: int) -> Response:
    """Takes an alert off the list. It says nothing of the grading, which stays as it ended."""
    with portal().database.write() as writing:
        _close(writing, seat, alert, "resolve")
    flash("That fault is resolved.")
    return redirect(url_for("courses.page", course=seat.course.slug), code=303)


@blueprint.post("/<id:alert>/again")
@for_staff
def grade_again(seat: Seat, alert: int) -> Response:
    """Grades the alert's submission again, and takes the alert off the list; another fault would be another alert."""
    waiting = None
    with portal().database.write() as writing:
        grading = writing.get_one(Grading, _close(writing, seat, alert, "grade again"))
        speaks = counting.speaking(grading.submission)
        if speaks is grading:
            waiting = lifecycle.grade_again(writing, grading.id)
    if waiting is not None:
        portal().wake(waiting.grading_id, waiting.queue)
    flash("That hand-in is graded again." if waiting else "That hand-in has been graded since: its result stands.")
    return redirect(url_for("courses.page", course=seat.course.slug), code=303)


def _close(writing: Session, seat: Seat, alert: int, action: str) -> int:
    # The same transaction as what follows: of two who press at the same moment, one finds nothing left to close.
    grading_id = alerts.resolve(writing, seat.course.id, alert)
    if grading_id is None:
        not_found()
    audit.record(
        writing, seat.user.login, action, f"alert {alert}", address=request.remote_addr or "", course_id=seat.course.id
    )
    return grading_id
