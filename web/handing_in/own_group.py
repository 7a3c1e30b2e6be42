"""A student's own group, formed on the assignment's page: asking a classmate, answering, leaving.

What cannot be done is told there, beside the form as it was filled in. A login of nobody is answered as anybody's is.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from grader.listing import listed
from submissions.handing_in import own_groups
from submissions.models import Assignment
from submissions.people.groups import BadGroup
from web.frame.access import Seat, for_members_with_assignment
from web.frame.context import portal, reading
from web.handing_in import assignments
from web.handing_in.assignments import Together

blueprint = Blueprint("own_group", __name__, url_prefix="/courses/<course>/assignments/<assignment>/group")


@blueprint.post("/ask")
@for_members_with_assignment
def ask(seat: Seat, assignment: Assignment) -> Response | tuple[str, int]:
    """Asks somebody to hand in together."""
    login = request.form.get("login", "")[:200]

    def asked() -> str:
        with portal().database.write() as writing:
            own_groups.ask(writing, assignment.id, login, seat.user, request.remote_addr or "")
        return "Asked. If a student of this course has that login, they can answer on their page of this assignment."

    return _done(seat, assignment, asked, login)


@blueprint.post("/<id:invitation>/accept")
@for_members_with_assignment
def accept(seat: Seat, assignment: Assignment, invitation: int) -> Response | tuple[str, int]:
    """Hands in together with who asked, from now on."""

    def accepted() -> str:
        with portal().database.write() as writing:
            group = own_groups.accept(writing, assignment.id, invitation, seat.user, request.remote_addr or "")
        names = listed([each.name for each in group.members], len(group.members))
        return f"What one of you hands in from now on counts for {names}."

    return _done(seat, assignment, accepted)


@blueprint.post("/<id:invitation>/decline")
@for_members_with_assignment
def decline(seat: Seat, assignment: Assignment, invitation: int) -> Response | tuple[str, int]:
    """Does not."""

    def declined() -> str:
        with portal().database.write() as writing:
            own_groups.decline(writing, assignment.id, invitation, seat.user, request.remote_addr or "")
        return "Declined: nothing changes for you."

    return _done(seat, assignment, declined)


@blueprint.post("/<id:invitation>/take-back")
@for_members_with_assignment
def take_back(seat: Seat, assignment: Assignment, invitation: int) -> Response | tuple[str, int]:
    """Asks no more."""

    def taken() -> str:
        with portal().database.write() as writing:
            own_groups.take_back(writing, assignment.id, invitation, seat.user, request.remote_addr or "")
        return "Taken back: it can be accepted no more."

    return _done(seat, assignment, taken)


@blueprint.post("/leave")
@for_members_with_assignment
def leave(seat: Seat, assignment: Assignment) -> Response | tuple[str, int]:
    """Leaves the group, before its first upload."""

    def left() -> str:
        with portal().database.write() as writing:
            group = own_groups.leave(writing, assignment.id, seat.user, request.remote_addr or "")
        return f"You left group {group.name}: what you hand in counts for you alone."

    return _done(seat, assignment, left)


def _done(seat: Seat, assignment: Assignment, change: Callable[[], str], login: str = "") -> Response | tuple[str, int]:
    try:
        told = change()
    except BadGroup as error:
        # What somebody else changed meanwhile is on the page that tells of it.
        reading().rollback()
        return assignments.shown(seat, assignment, together=Together(login, str(error))), 422
    flash(told)
    here = url_for("assignments.page", course=seat.course.slug, assignment=assignment.slug, _anchor="together")
    return redirect(here, code=303)
