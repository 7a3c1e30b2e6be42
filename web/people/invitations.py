"""Invitation links for instructors: who cannot log in yet, and a link for each to send them.

A link is in the answer that makes it, and nowhere else: what is kept cannot tell it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.people import invitations
from submissions.people.invitations import Made
from submissions.people.roster import BadRoster
from web.frame.access import Seat, for_instructors
from web.frame.context import portal, reading
from web.frame.errors import tell
from web.words import spreadsheet
from web.words.paging import paging

blueprint = Blueprint("invitations", __name__, url_prefix="/courses/<course>/roster/invitations")

_PAGE = 100


@blueprint.get("/")
@for_instructors
def page(seat: Seat) -> str:
    """Who cannot log in yet?"""
    every, without = invitations.count(reading(), seat.course.id)
    shown = paging(every, _PAGE)
    return render_template(
        "invitations.html",
        seat=seat,
        invitees=invitations.waiting(reading(), seat.course.id, shown.size, shown.offset),
        every=every,
        without=without,
        days=portal().settings.invitation_days,
        paging=shown,
        here=url_for("invitations.page", course=seat.course.slug),
    )


@blueprint.post("/")
@for_instructors
def make(seat: Seat) -> Response | str:
    """Makes links and tells them this once, in the answer itself: they are stored nowhere, not even for a redirect."""
    days = portal().settings.invitation_days
    login, again = request.form.get("login", ""), request.form.get("whom", "") == "all"
    try:
        with portal().database.write() as writing:
            made = invitations.make(writing, seat.course.id, seat.user, login, again, days, request.remote_addr or "")
    except BadRoster as error:
        _refuse(error)
    if not made:
        flash("No link was made: whoever was meant can log in by now, has left the course, or has a good link.")
        return redirect(url_for("invitations.page", course=seat.course.slug), code=303)
    if request.form.get("as", "") == "file":
        return spreadsheet.file(_lines(made), f"{seat.course.slug}-invitations.csv")
    return render_template("invitations_made.html", seat=seat, made=made, address=_address, days=days)


@blueprint.post("/revoke")
@for_instructors
def revoke(seat: Seat) -> Response:
    """Ends the link of one person, or with none named every link of the course."""
    try:
        with portal().database.write() as writing:
            ended = invitations.revoke(
                writing, seat.course.id, request.form.get("login", ""), seat.user, request.remote_addr or ""
            )
    except BadRoster as error:
        _refuse(error)
    links = "1 link opens" if len(ended) == 1 else f"{len(ended)} links open"
    flash(f"{links} nothing any more." if ended else "There was no link to end.")
    return redirect(url_for("invitations.page", course=seat.course.slug), code=303)


def _refuse(error: BadRoster) -> NoReturn:
    tell(403, "not_instructor", "Nothing was changed", str(error), "Ask another instructor of the course.")


def _lines(made: list[Made]) -> Iterator[list[str]]:
    yield ["name", "login", "section", "link"]
    for each in made:
        yield [each.name, each.login, each.section, _address(each)]


def _address(made: Made) -> str:
    base = portal().settings.public_url or request.url_root
    return base.rstrip("/") + url_for("invitation.open_link", secret=made.secret)
