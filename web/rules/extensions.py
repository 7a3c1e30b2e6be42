"""Extensions of an assignment, for instructors: who has a later deadline and why, giving one, and taking it back."""

from __future__ import annotations

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.changes import extensions
from submissions.changes.extensions import LONGEST_REASON, BadExtension
from submissions.changes.rule_changes import ToReview
from submissions.models import Assignment
from submissions.people import people
from web.frame.access import Seat, for_instructors_with_assignment
from web.frame.context import portal, reading
from web.words import rules_in_words, typed

blueprint = Blueprint("extensions", __name__, url_prefix="/courses/<course>/assignments/<assignment>/extensions")


class Form(msgspec.Struct, frozen=True):
    """The form as it was filled in."""

    login: str = ""
    section: str = ""
    until: str = ""
    reason: str = ""


@blueprint.get("/")
@for_instructors_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """Who has a later deadline?"""
    return _page(seat, assignment, Form(login=request.args.get("login", "")))


@blueprint.post("/")
@for_instructors_with_assignment
def give(seat: Seat, assignment: Assignment) -> Response | tuple[str, int]:
    """Gives an extension. What it would do to scores is shown first."""
    fields = request.form
    form = Form(
        fields.get("login", "").strip(),
        fields.get("section", ""),
        fields.get("until", "").strip(),
        typed.lines(fields.get("reason", "")),
    )
    try:
        until = typed.moment(form.until, seat.course.timezone)
        with portal().database.write() as writing:
            moved = extensions.give(
                writing,
                assignment.id,
                form.login,
                form.section,
                until,
                form.reason,
                seat.user.login,
                request.remote_addr or "",
                seen=fields.get("seen", ""),
            )
    except (BadExtension, typed.NoDate) as error:
        return _page(seat, assignment, form, str(error)), 422
    except ToReview as review:
        return _page(seat, assignment, form, review=review), 409
    flash(f"Given. {rules_in_words.scores(moved)}")
    return _back(seat, assignment)


@blueprint.post("/<id:extension>/withdraw")
@for_instructors_with_assignment
def withdraw(seat: Seat, assignment: Assignment, extension: int) -> Response | tuple[str, int]:
    """Takes an extension back. What that would do to scores is shown first."""
    try:
        with portal().database.write() as writing:
            moved = extensions.withdraw(
                writing,
                assignment.id,
                extension,
                seat.user.login,
                request.remote_addr or "",
                seen=request.form.get("seen", ""),
            )
    except BadExtension as error:
        flash(str(error))
        return _back(seat, assignment)
    except ToReview as review:
        return _page(seat, assignment, Form(), review=review, withdrawing=extension), 409
    flash(f"Withdrawn. {rules_in_words.scores(moved)}")
    return _back(seat, assignment)


def _page(
    seat: Seat,
    assignment: Assignment,
    form: Form,
    trouble: str = "",
    review: ToReview | None = None,
    withdrawing: int = 0,
) -> str:
    return render_template(
        "extensions.html",
        seat=seat,
        assignment=assignment,
        given=extensions.listed(reading(), assignment.id),
        sections=people.sections(reading(), seat.course.id, seat.reach),
        form=form,
        trouble=trouble,
        review=review,
        withdrawing=withdrawing,
        most_shown=rules_in_words.MOST_MOVED,
        longest_reason=LONGEST_REASON,
    )


def _back(seat: Seat, assignment: Assignment) -> Response:
    return redirect(url_for("extensions.page", course=seat.course.slug, assignment=assignment.slug), code=303)
