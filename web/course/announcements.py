"""Announcements: written by staff, read by everybody where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from submissions.models import Announcement, Assignment, now
from submissions.talk import announcements
from submissions.talk.announcements import BadAnnouncement, Outdated, Wanted
from web.frame.access import Seat, for_staff
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.rendering.sheet import Sheet
from web.words import typed

blueprint = Blueprint("announcements", __name__, url_prefix="/courses/<course>/announcements")

_MEANWHILE = (
    "Somebody else changed it, or withdrew it, after this page was opened. Nothing of yours was saved; the form holds "
    "what you typed: compare it with what stands now, and save it then."
)
_AT_ONCE = 3
"""So many are open on a page; the others are folded."""


class Form(msgspec.Struct, frozen=True):
    """What was typed, and what is wrong with it."""

    title: str = ""
    text: str = ""
    where: str = ""
    shown_from: str = ""
    pinned: str = ""
    trouble: str = ""


class Shown(msgspec.Struct, frozen=True):
    """Announcements as a page shows them, drawn on one `sheet`, so that together they stay within its bounds."""

    open: Sequence[Announcement]
    folded: Sequence[Announcement]
    sheet: Sheet


def shown_on(course_id: int, assignment_id: int | None = None) -> Shown:
    """What stands on the course's page or on an assignment's now."""
    found = announcements.on_page(reading(), course_id, assignment_id, now())
    return Shown(found[:_AT_ONCE], found[_AT_ONCE:], Sheet())


@blueprint.get("/")
@for_staff
def page(seat: Seat) -> str:
    """What was announced, what will be, and a form for more."""
    return _page(seat, Form(where=request.args.get("of", "")))


@blueprint.post("/")
@for_staff
def make(seat: Seat) -> Response | tuple[str, int]:
    """Announces something. What cannot be taken comes back as it was typed."""
    form = _typed()
    try:
        wanted = _wanted(seat, form)
        with portal().database.write() as writing:
            made = announcements.announce(writing, seat.course.id, wanted, seat.user, request.remote_addr or "")
            later = made.shown_from > now()
    except (BadAnnouncement, typed.NoDate) as error:
        return _page(seat, msgspec.structs.replace(form, trouble=str(error))), 422
    flash("Kept: students will read it from then on." if later else "Announced: students read it now.")
    return redirect(url_for("announcements.page", course=seat.course.slug), code=303)


@blueprint.get("/<id:announcement>/")
@for_staff
def one(seat: Seat, announcement: int) -> str:
    """One announcement, to be changed."""
    return _one(seat, _found(seat, announcement))


@blueprint.post("/<id:announcement>/")
@for_staff
def change(seat: Seat, announcement: int) -> Response | tuple[str, int]:
    """Changes it. Of two who do, the second is told."""
    found, form = _found(seat, announcement), _typed()
    edits = request.form.get("edits", -1, type=int)
    try:
        wanted = _wanted(seat, form)
        with portal().database.write() as writing:
            announcements.change(writing, found, wanted, edits, seat.user, request.remote_addr or "")
    except (BadAnnouncement, typed.NoDate) as error:
        return _one(seat, found, msgspec.structs.replace(form, trouble=str(error)), edits), 422
    except Outdated:
        reading().rollback()
        reading().refresh(found)
        return _one(seat, found, msgspec.structs.replace(form, trouble=_MEANWHILE)), 409
    flash("Changed. It says so where students read it.")
    return redirect(url_for("announcements.page", course=seat.course.slug), code=303)


@blueprint.post("/<id:announcement>/withdraw")
@for_staff
def withdraw(seat: Seat, announcement: int) -> Response:
    """Takes it back: nobody reads it from now on."""
    found = _found(seat, announcement)
    with portal().database.write() as writing:
        announcements.withdraw(writing, found, seat.user, request.remote_addr or "")
    flash("Withdrawn: nobody reads it any more.")
    return redirect(url_for("announcements.page", course=seat.course.slug), code=303)


def _page(seat: Seat, form: Form) -> str:
    at = now()
    return render_template(
        "announcements.html",
        seat=seat,
        form=form,
        found=announcements.standing(reading(), seat.course.id, at, planned=True),
        at=at,
        sheet=Sheet(),
        places=_assignments(seat),
        longest_title=announcements.LONGEST_TITLE,
        longest=announcements.LONGEST,
    )


def _one(seat: Seat, found: Announcement, form: Form | None = None, edits: int | None = None) -> str:
    return render_template(
        "announcement.html",
        seat=seat,
        announcement=found,
        form=form or _form_of(seat, found),
        edits=found.edits if edits is None else edits,
        at=now(),
        sheet=Sheet(),
        places=_assignments(seat),
        longest_title=announcements.LONGEST_TITLE,
        longest=announcements.LONGEST,
    )


def _found(seat: Seat, announcement: int) -> Announcement:
    found = reading().get(Announcement, announcement)
    if found is None or found.course_id != seat.course.id or found.withdrawn_at is not None:
        not_found()
    return found


def _assignments(seat: Seat) -> Sequence[Assignment]:
    asked = select(Assignment).where(Assignment.course_id == seat.course.id).order_by(Assignment.id)
    return reading().scalars(asked).all()


def _typed() -> Form:
    said = {name: request.form.get(name, "").strip() for name in ("title", "where", "shown_from", "pinned")}
    return Form(text=typed.lines(request.form.get("text", "")), **said)


def _wanted(seat: Seat, form: Form) -> Wanted:
    where = None
    if form.where:
        where = next((each.id for each in _assignments(seat) if each.slug == form.where), 0)
    shown_from = typed.moment(form.shown_from, seat.course.timezone)
    return Wanted(form.title, form.text, where, shown_from, form.pinned == "yes")


def _form_of(seat: Seat, found: Announcement) -> Form:
    return Form(
        found.title,
        found.text,
        found.assignment.slug if found.assignment is not None else "",
        _local(found.shown_from, seat.course.timezone) if found.shown_from > now() else "",
        "yes" if found.pinned else "",
    )


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
