"""Closing an alert; the open ones are listed for staff on the course page (`web.courses`)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from submissions import alerts, audit
from web.access import Seat, for_staff
from web.context import portal
from web.errors import not_found

blueprint = Blueprint("alerts", __name__, url_prefix="/courses/<course>/alerts")


@blueprint.post("/<id:alert>/resolve")
@for_staff
def resolve(seat: Seat, alert: int) -> Response:
    """Takes an alert off the list. It says nothing of the grading, which stays as it ended."""
    with portal().database.write() as writing:
        found = alerts.resolve(writing, seat.course.id, alert)
        if found:
            audit.record(writing, seat.user.login, "resolve", f"alert {alert}", address=request.remote_addr or "")
    if not found:
        not_found()
    flash("That fault is resolved.")
    return redirect(url_for("courses.page", course=seat.course.slug), code=303)
