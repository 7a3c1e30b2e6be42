"""Closing an alert, with a new grading or without; the open ones are on the course page (`web.course.courses`)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from submissions.models import Grading
from submissions.regrades import regrades
from submissions.regrades.regrades import CannotRegrade
from submissions.service import alerts
from submissions.storage import audit
from web.frame.access import Seat, for_staff
from web.frame.context import portal
from web.frame.errors import not_found

blueprint = Blueprint("alerts", __name__, url_prefix="/courses/<course>/alerts")


@blueprint.post("/<id:alert>/resolve")
@for_staff
def resolve(seat: Seat, alert: int) -> Response:
    """Takes an alert off the list. It says nothing of the grading, which stays as it ended."""
    with portal().database.write() as writing:
        _record(writing, seat, alert, "resolve", _of(_close(writing, seat, alert)))
    flash("That fault is resolved.")
    return redirect(url_for("courses.page", course=seat.course.slug), code=303)


@blueprint.post("/<id:alert>/again")
@for_staff
def grade_again(seat: Seat, alert: int) -> Response:
    """Grades the alert's submission again, and takes the alert off the list; another fault would be another alert."""
    try:
        with portal().database.write() as writing:
            grading = _close(writing, seat, alert)
            waiting = regrades.grade_again(writing, grading)
            detail = _of(grading)
            if waiting is not None:
                detail["tests"] = writing.get_one(Grading, waiting.grading_id).suite.hash[:10]
            detail["outcome"] = "graded again" if waiting else "graded since: its result stands"
            _record(writing, seat, alert, "grade again", detail)
    except CannotRegrade as reason:
        # Nothing was changed: the alert is still on the list.
        flash(str(reason))
        return redirect(url_for("courses.page", course=seat.course.slug), code=303)
    if waiting is not None:
        portal().wake(waiting.grading_id, waiting.queue)
    flash("That hand-in is graded again." if waiting else "That hand-in has been graded since: its result stands.")
    return redirect(url_for("courses.page", course=seat.course.slug), code=303)


def _close(writing: Session, seat: Seat, alert: int) -> Grading:
    # The same transaction as what follows: of two who press at the same moment, one finds nothing left to close.
    grading_id = alerts.resolve(writing, seat.course.id, seat.reach, alert)
    return writing.get_one(Grading, grading_id) if grading_id is not None else not_found()


def _of(grading: Grading) -> dict[str, Any]:
    submission = grading.submission
    return {"submission": submission.id, "student": submission.user.login, "assignment": submission.assignment.slug}


def _record(writing: Session, seat: Seat, alert: int, action: str, detail: dict[str, Any]) -> None:
    address = request.remote_addr or ""
    audit.record(writing, seat.user.login, action, f"alert {alert}", detail, address, course_id=seat.course.id)
