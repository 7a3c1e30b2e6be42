"""Copying a course to its next term, for its instructors: a form, and every new date before anything is made."""

from __future__ import annotations

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.models import Course, User, now
from submissions.suites import copying, courses
from submissions.suites.copying import LONGEST_TERM, LONGEST_TITLE, MOST_LATER, CannotCopy, Plan, Unseen, Wanted
from web.frame.access import Seat, for_instructors
from web.frame.context import portal, reading
from web.words import typed

blueprint = Blueprint("copying", __name__, url_prefix="/courses/<course>/copy")

# How many days each is.
_UNITS = {"weeks": 7, "days": 1}

_UNSEEN = (
    "Nothing was copied yet: these are not the dates that the page showed before. Look at them, and press the button "
    "again."
)


class Form(msgspec.Struct, frozen=True):
    """The form as it was filled in."""

    slug: str = ""
    title: str = ""
    term: str = ""
    number: str = ""
    unit: str = "weeks"


@blueprint.get("/")
@for_instructors
def page(seat: Seat) -> str:
    """What would the next term be?"""
    weeks = copying.proposed_days(reading(), seat.course, now()) // 7
    return _page(seat, Form(title=seat.course.title, number=str(weeks)))


@blueprint.post("/")
@for_instructors
def copy(seat: Seat) -> Response | tuple[str, int]:
    """Copies the course, or only shows the dates. What cannot be copied comes back as it was typed."""
    fields = request.form
    form = Form(*(fields.get(name, "").strip() for name in Form.__struct_fields__))
    look = fields.get("press") == "look"
    days, troubles = _days(form)
    if not look:
        troubles |= _of_the_course(form)
    if look or troubles:
        return _page(seat, form, troubles), 422 if troubles else 200
    try:
        with portal().database.write() as writing:
            made = copying.copy(
                writing,
                writing.get_one(Course, seat.course.id),
                Wanted(form.slug, form.title, form.term, days),
                seat.user.login,
                request.remote_addr or "",
                instructor=writing.get_one(User, seat.user.id),
                seen=fields.get("seen", ""),
            )
    except CannotCopy as error:
        return _page(seat, form, {error.field: str(error)}), 422
    except Unseen:
        # The page is of the moment after, and so is what its form knows of.
        reading().rollback()
        return _page(seat, form, note=_UNSEEN), 409
    flash(
        f"{made.title}, {made.term} is there, and nobody but you is in it: it has no student who could see it yet. "
        "Its roster brings them in."
    )
    return redirect(url_for("courses.page", course=made.slug), code=303)


def _days(form: Form) -> tuple[int, dict[str, str]]:
    if form.unit not in _UNITS:
        return 0, {"unit": "Choose weeks or days."}
    try:
        number = typed.whole(form.number, 0, MOST_LATER)
    except typed.NoNumber as error:
        return 0, {"number": str(error)}
    if number is None:
        return 0, {"number": "Say by how much later its dates are; 0 leaves them as they are."}
    return number * _UNITS[form.unit], {}


def _of_the_course(form: Form) -> dict[str, str]:
    """What about the names of the new course cannot be."""
    troubles = {}
    for name, longest, missing in (
        ("title", LONGEST_TITLE, "Give it a title."),
        ("term", LONGEST_TERM, "Say which term it is for: it tells the two courses apart."),
        ("slug", courses.LONGEST_SLUG, "Give it a short name: addresses and commands call it so."),
    ):
        length = len(getattr(form, name))
        if not length:
            troubles[name] = missing
        elif length > longest:
            troubles[name] = f"This has {length:,} characters; up to {longest} are kept."
    return troubles


def _page(seat: Seat, form: Form, troubles: dict[str, str] | None = None, note: str = "") -> str:
    troubles = troubles or {}
    days, unreadable = _days(form)
    planned: Plan | None = None
    if not unreadable:
        try:
            planned = copying.plan(reading(), seat.course, days)
        except CannotCopy as error:
            troubles = {**troubles, error.field: str(error)}
    if planned is not None and planned.trouble:
        troubles = {**troubles, "number": planned.trouble}
    return render_template(
        "copying.html",
        seat=seat,
        form=form,
        troubles=troubles,
        note=note,
        planned=planned,
        at=now(),
        most_later=MOST_LATER,
        longest_title=LONGEST_TITLE,
        longest_term=LONGEST_TERM,
        longest_slug=courses.LONGEST_SLUG,
    )
