"""The roster for instructors: who is in the course, who has left it, and a file that changes it once it was looked at.

A file is kept and read anew each time its page is opened, so that the page says what confirming would do now.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.changes import roster_changes
from submissions.changes.roster_changes import Kind, Outdated, Plan
from submissions.changes.rule_changes import ToReview
from submissions.models import RosterDraft
from submissions.people import invitations, roster, roster_file
from submissions.people.roster import BadRoster
from submissions.people.roster_file import BadFile
from web.frame.access import Seat, for_instructors
from web.frame.context import portal, reading
from web.frame.errors import not_found, tell
from web.words import wording
from web.words.paging import paging

blueprint = Blueprint("roster", __name__, url_prefix="/courses/<course>/roster")

_PAGE = 100
_MOST_SHOWN = 200
_MEANWHILE = (
    "The roster changed after this page was opened, and nothing of the file was taken. This is what the file changes "
    "now: look at it, and confirm it then."
)


@blueprint.get("/")
@for_instructors
def page(seat: Seat) -> str:
    """Who is in the course; `only=ended`: who has left it."""
    who = request.args.get("who", "").strip()
    ended = request.args.get("only") == "ended"
    shown = paging(roster.count(reading(), seat.course.id, who, ended), _PAGE)
    return render_template(
        "roster.html",
        seat=seat,
        who=who,
        ended=ended,
        places=roster.members(reading(), seat.course.id, who, ended, shown.size, shown.offset),
        left=roster.count(reading(), seat.course.id, "", True),
        invited=invitations.count(reading(), seat.course.id)[0],
        paging=shown,
        here=url_for("roster.page", course=seat.course.slug, who=who or None, only="ended" if ended else None),
    )


@blueprint.post("/<login>/end")
@for_instructors
def end(seat: Seat, login: str) -> Response:
    """Ends a person's place; their work stays."""
    try:
        with portal().database.write() as writing:
            user = roster.end(writing, seat.course.id, login, seat.user, request.remote_addr or "")
    except BadRoster as error:
        flash(str(error))
    else:
        if user is None:
            not_found()
        flash(f"{user.name} may no longer enter the course. Hand-ins, scores and the log stay.")
    return redirect(url_for("roster.page", course=seat.course.slug), code=303)


@blueprint.post("/<login>/again")
@for_instructors
def again(seat: Seat, login: str) -> Response:
    """Gives a place back that ended."""
    try:
        with portal().database.write() as writing:
            user = roster.again(writing, seat.course.id, login, seat.user, request.remote_addr or "")
    except BadRoster as error:
        flash(str(error))
    else:
        if user is None:
            not_found()
        flash(f"{user.name} is back in the course, with everything that was there.")
    return redirect(url_for("roster.page", course=seat.course.slug, only="ended"), code=303)


@blueprint.get("/<login>/sections")
@for_instructors
def sections(seat: Seat, login: str) -> str:
    """Which students does this person of the staff see?"""
    return _sections(seat, login)


@blueprint.post("/<login>/sections")
@for_instructors
def limit(seat: Seat, login: str) -> Response | tuple[str, int]:
    """Limits them to sections, or lets them see the whole course."""
    chosen = request.form.getlist("section")
    whom = request.form.get("whom", "")
    try:
        if whom not in ("all", "some") or (whom == "some" and not chosen):
            raise BadRoster("Choose the whole course, or at least one section.")
        with portal().database.write() as writing:
            kept = chosen if whom == "some" else ()
            user = roster.limit(writing, seat.course.id, login, kept, seat.user, request.remote_addr or "")
    except BadRoster as error:
        reading().rollback()
        return _sections(seat, login, whom, chosen, str(error)), 422
    if user is None:
        not_found()
    flash(f"{user.name} sees {wording.sections(chosen) if whom == 'some' else 'the whole course'} from now on.")
    return redirect(url_for("roster.page", course=seat.course.slug), code=303)


@blueprint.get("/file")
@for_instructors
def file(seat: Seat) -> str:
    """The form for a file."""
    return _form(seat)


@blueprint.post("/file")
@for_instructors
def send(seat: Seat) -> Response | tuple[str, int]:
    """Reads a file and shows what it would change; nothing is changed yet."""
    pasted = request.form.get("pasted", "")
    missing = request.form.get("missing", "") == "end"
    sent = request.files.get("file")
    try:
        if sent is not None and sent.filename:
            text = roster_file.decoded(sent.stream.read(roster_file.MOST_BYTES + 1))
        elif pasted.strip():
            text = pasted
        else:
            raise BadFile("No file was chosen, and nothing pasted.")
        with portal().database.write() as writing:
            number = roster_changes.keep_draft(
                writing, seat.course.id, seat.user, text, missing, request.remote_addr or ""
            )
    except BadFile as error:
        return _form(seat, pasted, missing, str(error)), 422
    return redirect(url_for("roster.draft", course=seat.course.slug, number=number), code=303)


@blueprint.get("/file/<id:number>/")
@for_instructors
def draft(seat: Seat, number: int) -> str:
    """What would the file change?"""
    return _draft(seat, number)


@blueprint.post("/file/<id:number>/")
@for_instructors
def confirm(seat: Seat, number: int) -> Response | tuple[str, int]:
    """Takes the file: exactly what its sender has seen, or nothing."""
    kept = _kept(seat, number)
    try:
        with portal().database.write() as writing:
            done = roster_changes.apply(
                writing,
                seat.course.id,
                roster_file.read(kept.text),
                kept.end_missing,
                request.form.get("seen", ""),
                seat.user.login,
                request.remote_addr or "",
                seat.user.id,
                moves=request.form.get("moves", ""),
            )
    except ToReview as review:
        reading().rollback()
        return _draft(seat, number, review=review), 409
    except Outdated:
        # The page is of the moment after.
        reading().rollback()
        return _draft(seat, number, _MEANWHILE), 409
    except BadRoster as error:
        reading().rollback()
        return _draft(seat, number, str(error)), 409
    flash(f"The roster is as the file says: {_said(done)}.")
    return redirect(url_for("roster.page", course=seat.course.slug), code=303)


def _said(done: Plan) -> str:
    words = {
        Kind.ADDED: "added",
        Kind.BACK: "back",
        Kind.MOVED: "moved",
        Kind.RENAMED: "renamed",
        Kind.ENDED: "ended",
    }
    counted = [f"{len(done.of(kind))} {word}" for kind, word in words.items() if done.of(kind)]
    return ", ".join(counted) or "nothing was to change"


def _form(seat: Seat, pasted: str = "", missing: bool = False, trouble: str = "") -> str:
    return render_template(
        "roster_file.html",
        seat=seat,
        pasted=pasted,
        missing=missing,
        trouble=trouble,
        most_lines=roster_file.MOST_LINES,
    )


def _sections(seat: Seat, login: str, whom: str = "", chosen: Sequence[str] = (), trouble: str = "") -> str:
    place = roster.staff(reading(), seat.course.id, login) or not_found()
    return render_template(
        "roster_sections.html",
        seat=seat,
        place=place,
        known=roster.known_sections(reading(), place),
        whom=whom or ("some" if place.limited_to else "all"),
        chosen=chosen if trouble else place.limited_to,
        trouble=trouble,
    )


def _kept(seat: Seat, number: int) -> RosterDraft:
    kept = roster_changes.draft(reading(), seat.course.id, seat.user.id, number)
    if kept is None:
        tell(
            404,
            "no_roster_file",
            "This file is not kept any more",
            "It was taken already, or you sent another one after it.",
            "Open the roster to see who is in the course, or send the file again.",
            "Nothing is lost: the roster is as it was.",
        )
    return kept


def _draft(seat: Seat, number: int, trouble: str = "", review: ToReview | None = None) -> str:
    kept = _kept(seat, number)
    planned = roster_changes.plan(
        reading(), seat.course.id, roster_file.read(kept.text), kept.end_missing, seat.user.id
    )
    return render_template(
        "roster_draft.html",
        seat=seat,
        number=number,
        plan=planned,
        trouble=trouble,
        review=review,
        most_shown=_MOST_SHOWN,
    )
