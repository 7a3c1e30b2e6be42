"""Decisions of staff about students' scores in an assignment: all of them, and one student's with the form for more.

Staff read them; instructors alone decide, because it moves a score whatever the tests said.
"""

from __future__ import annotations

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.models import Assignment, Decision, Role, User
from submissions.people import people
from submissions.scores import adjustments, counting
from submissions.scores.adjustments import LONGEST_REASON, BadAdjustment, Outdated
from submissions.scores.counting import Standing
from web.frame.access import Seat, for_instructors_with_assignment, for_staff_with_assignment
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.words import typed
from web.words.paging import paging

blueprint = Blueprint("decisions", __name__, url_prefix="/courses/<course>/assignments/<assignment>/decisions")

_PAGE = 100
_MOST_FOUND = 30
_MEANWHILE = (
    "Something was decided about this score, or withdrawn, after you opened the page: what stands now is above, and "
    "yours is not saved. Send it again to add yours to it."
)


class Form(msgspec.Struct, frozen=True):
    """What the form holds: nothing yet, or what was typed and could not be taken, and then why not.

    `seen` goes back with it, so that nothing is added to what its sender has not read.
    """

    seen: int
    decision: str = ""
    points: str = ""
    reason: str = ""
    trouble: str = ""


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """Every decision, the newest first, and a search for the student whom another is about."""
    who = request.args.get("who", "").strip()
    shown = paging(adjustments.count(reading(), assignment, seat.reach), _PAGE)
    return render_template(
        "decisions.html",
        seat=seat,
        assignment=assignment,
        who=who,
        found=people.students(reading(), seat.course.id, seat.reach, who, _MOST_FOUND) if who else [],
        most_found=_MOST_FOUND,
        decisions=adjustments.listed(reading(), assignment, seat.reach, shown.size, shown.offset),
        paging=shown,
    )


@blueprint.get("/<login>/")
@for_staff_with_assignment
def one(seat: Seat, assignment: Assignment, login: str) -> str:
    """What this student gets, why, and the form that decides otherwise."""
    return _one(seat, assignment, _student(seat, login))


@blueprint.post("/<login>/")
@for_instructors_with_assignment
def decide(seat: Seat, assignment: Assignment, login: str) -> Response | tuple[str, int]:
    """Adds a decision. What cannot be taken is told beside the form as it was filled in."""
    student = _student(seat, login)
    form = _read_form()
    try:
        points = typed.points(form.points)
        with portal().database.write() as writing:
            adjustments.decide(
                writing,
                assignment,
                student,
                _decision(form.decision),
                points,
                form.reason,
                seat.user,
                request.remote_addr or "",
                seen=form.seen,
            )
    except (BadAdjustment, typed.NoNumber) as error:
        return _refused(seat, assignment, student, form, str(error)), 422
    except Outdated:
        return _refused(seat, assignment, student, form, _MEANWHILE), 409
    flash(f"Decided. {student.name} sees the score and your reason from now on.")
    return _back(seat, assignment, student)


@blueprint.post("/<login>/<id:decision>/withdraw")
@for_instructors_with_assignment
def withdraw(seat: Seat, assignment: Assignment, login: str, decision: int) -> Response:
    """Takes a decision back."""
    student = _student(seat, login)
    told = "Withdrawn: it no longer counts."
    try:
        with portal().database.write() as writing:
            adjustments.withdraw(writing, assignment, student, decision, seat.user, request.remote_addr or "")
    except BadAdjustment as error:
        told = str(error)
    flash(told)
    return _back(seat, assignment, student)


def empty_form(standing: Standing, student: User) -> Form:
    """The form as a page shows it first."""
    return Form(adjustments.changes(reading(), standing.assignment.id, student.id))


def _read_form() -> Form:
    fields = request.form
    seen = fields.get("seen", "")
    return Form(
        # No form of ours without a number: as with one that is out of date, nothing is added unread.
        int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1,
        fields.get("decision", ""),
        fields.get("points", "").strip(),
        typed.lines(fields.get("reason", "")),
    )


def _decision(name: str) -> Decision:
    try:
        return Decision(name)
    except ValueError:
        raise BadAdjustment("Choose what is decided: a score, points to add, or an excuse.") from None


def _student(seat: Seat, login: str) -> User:
    return people.student(reading(), seat.course.id, seat.reach, login) or not_found()


def _one(seat: Seat, assignment: Assignment, student: User, form: Form | None = None) -> str:
    standing = counting.standing(reading(), assignment, student.id)
    return render_template(
        "decision.html",
        seat=seat,
        assignment=assignment,
        student=student,
        standing=standing,
        withdrawn=adjustments.withdrawn(reading(), assignment.id, student.id),
        decides=seat.role == Role.INSTRUCTOR,
        form=form or empty_form(standing, student),
        longest_reason=LONGEST_REASON,
    )


def _refused(seat: Seat, assignment: Assignment, student: User, form: Form, trouble: str) -> str:
    # The page is of the moment after, and so is what its form knows of.
    reading().rollback()
    seen = adjustments.changes(reading(), assignment.id, student.id)
    return _one(seat, assignment, student, msgspec.structs.replace(form, trouble=trouble, seen=seen))


def _back(seat: Seat, assignment: Assignment, student: User) -> Response:
    address = url_for("decisions.one", course=seat.course.slug, assignment=assignment.slug, login=student.login)
    return redirect(address, code=303)
