"""Groups by a file, for staff, or as in another assignment: what that would change is shown first."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from submissions.models import Assignment
from submissions.people import group_file, roster_file
from submissions.people.group_file import Plan, ToReview
from submissions.people.roster_file import BadFile
from web.frame.access import Seat, for_staff_with_assignment
from web.frame.context import portal, reading
from web.words import typed

blueprint = Blueprint(
    "group_file", __name__, url_prefix="/courses/<course>/assignments/<assignment>/student-groups/file"
)

_MOST_SHOWN = 300


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """The form for a file; `from`: filled in with the groups of that assignment, and what they would change here."""
    earlier = reading().scalar(
        select(Assignment).where(
            Assignment.course_id == seat.course.id,
            Assignment.slug == request.args.get("from", ""),
            Assignment.id != assignment.id,
        )
    )
    if earlier is None:
        return _page(seat, assignment)
    copied = group_file.copied(reading(), assignment, earlier, seat.reach)
    planned = group_file.plan(reading(), assignment, seat.reach, copied)
    return _page(seat, assignment, group_file.text_of(copied), planned, earlier=earlier)


@blueprint.post("/")
@for_staff_with_assignment
def send(seat: Seat, assignment: Assignment) -> Response | tuple[str, int]:
    """Shows what the file changes; once that was seen, does it."""
    pasted = typed.lines(request.form.get("pasted", ""))
    sent = request.files.get("file")
    try:
        if sent is not None and sent.filename:
            pasted = typed.lines(roster_file.decoded(sent.stream.read(roster_file.MOST_BYTES + 1)))
        if not pasted:
            raise BadFile("No file was chosen, and nothing pasted.")
        read = group_file.read(pasted)
        with portal().database.write() as writing:
            done = group_file.apply(
                writing,
                assignment.id,
                seat.reach,
                read,
                request.form.get("seen", ""),
                seat.user.login,
                request.remote_addr or "",
            )
    except BadFile as error:
        return _page(seat, assignment, pasted, trouble=str(error)), 422
    except ToReview as review:
        return _page(seat, assignment, pasted, review.plan), 422 if review.plan.troubles else 409
    number = len(done.changes)
    flash(f"The groups are as the file says: {number} {'student' if number == 1 else 'students'} moved.")
    return redirect(url_for("groups.page", course=seat.course.slug, assignment=assignment.slug), code=303)


def _page(
    seat: Seat,
    assignment: Assignment,
    pasted: str = "",
    planned: Plan | None = None,
    trouble: str = "",
    earlier: Assignment | None = None,
) -> str:
    return render_template(
        "group_file.html",
        seat=seat,
        assignment=assignment,
        pasted=pasted,
        plan=planned,
        trouble=trouble,
        earlier=earlier,
        most_lines=group_file.MOST_LINES,
        most_shown=_MOST_SHOWN,
    )
