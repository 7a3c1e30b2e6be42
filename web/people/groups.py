"""Groups of an assignment, for its staff: who hands in together, who is in no group, and changing that.

What was handed in stays as it is: whom it counts for was recorded with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.models import Assignment
from submissions.people import groups
from submissions.people.groups import BadGroup, Formed
from web.frame.access import Seat, for_staff_with_assignment
from web.frame.context import portal, reading
from web.words.paging import paging

blueprint = Blueprint("groups", __name__, url_prefix="/courses/<course>/assignments/<assignment>/student-groups")

_PAGE = 50
_MOST_ALONE = 100


class Form(msgspec.Struct, frozen=True):
    """A form as it was filled in: of a new group, or of the one with the id `group`."""

    group: int = 0
    name: str = ""
    logins: str = ""
    login: str = ""


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """Who hands in together, and who is in no group?"""
    return shown(seat, assignment)


@blueprint.post("/")
@for_staff_with_assignment
def make(seat: Seat, assignment: Assignment) -> Response | tuple[str, int]:
    """A new group."""
    form = Form(name=request.form.get("name", "")[:200], logins=request.form.get("logins", "")[:2000])
    logins = [each for each in re.split(r"[\s,;]+", form.logins) if each]

    def made() -> str:
        with portal().database.write() as writing:
            group = groups.make(
                writing, assignment.id, seat.reach, form.name, logins, seat.user.login, request.remote_addr or ""
            )
            return f"Group {group.name} is made. What one of them hands in from now on counts for all of them."

    return _done(seat, assignment, made, form)


@blueprint.post("/<id:group>/add")
@for_staff_with_assignment
def add(seat: Seat, assignment: Assignment, group: int) -> Response | tuple[str, int]:
    """One more in a group."""
    form = Form(group=group, login=request.form.get("login", "").strip()[:200])

    def added() -> str:
        with portal().database.write() as writing:
            member = groups.add(
                writing, assignment.id, seat.reach, group, form.login, seat.user.login, request.remote_addr or ""
            )
        return f"{member.name} is in the group. What it handed in before does not count for them; what comes now does."

    return _done(seat, assignment, added, form)


@blueprint.post("/<id:group>/remove")
@for_staff_with_assignment
def remove(seat: Seat, assignment: Assignment, group: int) -> Response | tuple[str, int]:
    """One fewer in a group."""
    login = request.form.get("login", "")

    def removed() -> str:
        with portal().database.write() as writing:
            member = groups.remove(
                writing, assignment.id, seat.reach, group, login, seat.user.login, request.remote_addr or ""
            )
        return f"{member.name} is in no group any more. What was handed in together still counts for them."

    return _done(seat, assignment, removed, Form())


@blueprint.post("/<id:group>/dissolve")
@for_staff_with_assignment
def dissolve(seat: Seat, assignment: Assignment, group: int) -> Response | tuple[str, int]:
    """No group any more."""

    def dissolved() -> str:
        with portal().database.write() as writing:
            gone = groups.dissolve(
                writing, assignment.id, seat.reach, group, seat.user.login, request.remote_addr or ""
            )
        return f"Group {gone.name} is dissolved. What was handed in together still counts for all who were in it."

    return _done(seat, assignment, dissolved, Form())


def _done(seat: Seat, assignment: Assignment, change: Callable[[], str], form: Form) -> Response | tuple[str, int]:
    try:
        told = change()
    except BadGroup as error:
        # What somebody else changed meanwhile is on the page that tells of it.
        reading().rollback()
        return shown(seat, assignment, form, str(error)), 422
    flash(told)
    return redirect(url_for("groups.page", course=seat.course.slug, assignment=assignment.slug), code=303)


def shown(seat: Seat, assignment: Assignment, form: Form | None = None, trouble: str = "") -> str:
    """The page; `form` is one that could not be taken, and `trouble` says why."""
    who = request.args.get("who", "").strip()
    every = groups.listed(reading(), assignment.id, seat.reach)
    found = [each for each in every if _has(each, who)]
    at = paging(len(found), _PAGE)
    alone = groups.in_none(reading(), assignment, seat.reach)
    return render_template(
        "groups.html",
        seat=seat,
        assignment=assignment,
        who=who,
        number=len(every),
        found=found[at.offset : at.offset + at.size],
        alone=alone[:_MOST_ALONE],
        more_alone=max(0, len(alone) - _MOST_ALONE),
        others=groups.with_groups(reading(), assignment),
        form=form or Form(),
        trouble=trouble,
        longest_name=groups.LONGEST_NAME,
        paging=at,
        here=url_for("groups.page", course=seat.course.slug, assignment=assignment.slug, who=who or None),
    )


def _has(group: Formed, who: str) -> bool:
    looked = who.casefold()
    return looked in group.name.casefold() or any(
        looked in text.casefold() for each in group.members for text in (each.name, each.login)
    )
