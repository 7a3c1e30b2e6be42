"""The rubric of a task: what graders look for, kept by staff. What changes points of answers is for instructors."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from grader.assignment import Task
from submissions.changes import rubric_changes
from submissions.changes.rubric_changes import BadItem, Changed, Outdated
from submissions.changes.rule_changes import ToReview
from submissions.models import Assignment, Role
from submissions.scores import manual, rubric
from web.frame.access import Seat, for_instructors_with_assignment, for_staff_with_assignment
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.words import rules_in_words, typed

blueprint = Blueprint("rubric", __name__, url_prefix="/courses/<course>/assignments/<assignment>/grading/<task>/rubric")

_MEANWHILE = (
    "Somebody else changed this item after the page was opened, and nothing of yours was saved: what stands is below. "
    "Save again to put yours in its place."
)


class Form(msgspec.Struct, frozen=True):
    """What was typed for an item (0: a new one) and could not be taken, and why not; or what is to be looked at."""

    item: int = 0
    text: str = ""
    points: str = ""
    trouble: str = ""
    review: ToReview | None = None


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment, task: str) -> str:
    """What do graders look for, and how many answers have what?"""
    return _page(seat, assignment, _task(assignment, task), Form())


@blueprint.post("/")
@for_staff_with_assignment
def add(seat: Seat, assignment: Assignment, task: str) -> Response | tuple[str, int]:
    """Adds an item, which no answer has yet."""
    found, form = _task(assignment, task), _typed()
    try:
        with portal().database.write() as writing:
            rubric_changes.add(
                writing, assignment, found, form.text, _points(form), seat.user, request.remote_addr or ""
            )
    except BadItem as error:
        return _page(seat, assignment, found, msgspec.structs.replace(form, trouble=str(error))), 422
    flash("Added: graders find it below the others from now on.")
    return _back(seat, assignment, task)


@blueprint.post("/<id:item>/")
@for_instructors_with_assignment
def change(seat: Seat, assignment: Assignment, task: str, item: int) -> Response | tuple[str, int]:
    """Changes an item, and what every answer is worth that has it; scores that students see are looked at first."""
    found, form = _task(assignment, task), msgspec.structs.replace(_typed(), item=item)
    try:
        with portal().database.write() as writing:
            done = rubric_changes.change(
                writing,
                assignment,
                found,
                item,
                form.text,
                _points(form),
                seat.user,
                request.remote_addr or "",
                opened_with=request.form.get("opened_with", ""),
                seen=request.form.get("seen", ""),
            )
    except BadItem as error:
        return _page(seat, assignment, found, msgspec.structs.replace(form, trouble=str(error))), 422
    except Outdated:
        reading().rollback()
        return _page(seat, assignment, found, msgspec.structs.replace(form, trouble=_MEANWHILE)), 409
    except ToReview as review:
        return _page(seat, assignment, found, msgspec.structs.replace(form, review=review)), 409
    flash(f"Changed. {_told(done)}")
    return _back(seat, assignment, task)


@blueprint.post("/<id:item>/retire")
@for_instructors_with_assignment
def retire(seat: Seat, assignment: Assignment, task: str, item: int) -> Response:
    """Offers an item no more, or again; answers keep it."""
    found = _task(assignment, task)
    try:
        with portal().database.write() as writing:
            retired = rubric_changes.retire(writing, assignment, found, item, seat.user, request.remote_addr or "")
    except BadItem:
        not_found()
    flash("Retired: the answers that have it keep it." if retired else "Graders can tick it again.")
    return _back(seat, assignment, task)


def _page(seat: Seat, assignment: Assignment, task: Task, form: Form) -> str:
    items = rubric.items(reading(), assignment.id, task.id)
    told = {each.text for each in items}
    return render_template(
        "rubric.html",
        seat=seat,
        assignment=assignment,
        task=task,
        items=items,
        uses=rubric.uses(reading(), assignment.id, task.id),
        known=rubric.known,
        form=form,
        review=form.review,
        most_shown=rules_in_words.MOST_MOVED,
        longest=rubric_changes.LONGEST,
        decides=seat.role == Role.INSTRUCTOR,
        # What a newer suite brought and nobody took over.
        only_in_file=[each for each in task.rubric if each.text not in told],
    )


def _task(assignment: Assignment, task: str) -> Task:
    tasks = manual.written_tasks(assignment.suite) if assignment.suite is not None else ()
    return next((each for each in tasks if each.id == task), None) or not_found()


def _typed() -> Form:
    return Form(text=request.form.get("text", "").strip(), points=request.form.get("points", "").strip())


def _points(form: Form) -> Decimal:
    try:
        points = typed.points(form.points)
    except typed.NoNumber as error:
        raise BadItem(str(error)) from None
    if points is None:
        raise BadItem("Say what it is worth: points, or with a minus what it takes.")
    return points


def _told(done: Changed) -> str:
    if not done.answers:
        return "No answer has it yet."
    has = f"{done.answers} {'answer has' if done.answers == 1 else 'answers have'} it"
    stay = done.answers - done.rise - done.fall
    return f"{has}: {done.rise} rise, {done.fall} fall, {stay} stay. {rules_in_words.scores(done.moved)}"


def _back(seat: Seat, assignment: Assignment, task: str) -> Response:
    return redirect(url_for("rubric.page", course=seat.course.slug, assignment=assignment.slug, task=task), code=303)
