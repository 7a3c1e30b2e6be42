"""Grading by hand, answer by answer: what is left of each task, and one answer with its form, without its author.

Nothing here says whose answer it is before the grader asks for that (`?who=1`): no name, no login, no file's name.
"""

from __future__ import annotations

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from grader.assignment import Task
from submissions.models import Assignment, Role, Submission, now
from submissions.scores import by_hand, manual
from submissions.scores.counting import TOTALS
from web.frame.access import Seat, for_instructors_with_assignment, for_staff_with_assignment
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.results import documents, written
from web.results.written import Form
from web.words import wording

blueprint = Blueprint("by_hand", __name__, url_prefix="/courses/<course>/assignments/<assignment>/grading")

_MEANWHILE = (
    "Somebody else gave points for this answer, or took them back, after you opened the page: what stands is beside "
    "the form, and yours are not saved. Save again to put yours in their place, or skip it."
)


@blueprint.get("/")
@for_staff_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """What is left to grade, task by task?"""
    return render_template(
        "by_hand.html",
        seat=seat,
        assignment=assignment,
        works=by_hand.overview(reading(), assignment, seat.reach, seat.user.id, now()),
        releases=seat.role == Role.INSTRUCTOR,
    )


@blueprint.post("/release")
@for_instructors_with_assignment
def release(seat: Seat, assignment: Assignment) -> Response:
    """Lets the points given by hand count, and students see them, all together."""
    with portal().database.write() as writing:
        left = by_hand.release(writing, assignment.id, seat.user, request.remote_addr or "")
    if left is None:
        flash("They were released before.")
    else:
        flash(
            f"Released. {left} of the answers {'has' if left == 1 else 'have'} no points yet." if left else "Released."
        )
    return _to_page(seat, assignment)


@blueprint.post("/take-back")
@for_instructors_with_assignment
def take_back(seat: Seat, assignment: Assignment) -> Response:
    """Lets them count nowhere and be seen by no student, as before they were released."""
    with portal().database.write() as writing:
        taken = by_hand.take_back(writing, assignment.id, seat.user, request.remote_addr or "")
    flash("Taken back: all points are kept, and students do not see them." if taken else "They are not released.")
    return _to_page(seat, assignment)


@blueprint.post("/<task>/next")
@for_staff_with_assignment
def next_answer(seat: Seat, assignment: Assignment, task: str) -> Response:
    """Opens an answer that nobody graded and nobody else has open."""
    _must_have(assignment, task)
    with portal().database.write() as writing:
        found = by_hand.next_answer(writing, assignment, seat.reach, task, seat.user.id, now())
    return _next(seat, assignment, task, found)


@blueprint.post("/<task>/<id:submission>/skip")
@for_staff_with_assignment
def skip(seat: Seat, assignment: Assignment, task: str, submission: int) -> Response:
    """Leaves an answer to whoever comes to it, and opens the next."""
    _must_have(assignment, task)
    _submission(seat, assignment, submission)
    with portal().database.write() as writing:
        by_hand.close_answer(writing, submission, task, seat.user.id)
        found = by_hand.next_answer(writing, assignment, seat.reach, task, seat.user.id, now(), after=submission)
    if found == submission:
        flash("This is the only one that is left for you: the others are graded, or a colleague has them open.")
    return _next(seat, assignment, task, found)


@blueprint.get("/<task>/<id:submission>/")
@for_staff_with_assignment
def one(seat: Seat, assignment: Assignment, task: str, submission: int) -> str:
    """What is this answer worth?"""
    found = _submission(seat, assignment, submission)
    asked = written.task_of(found, task)
    with portal().database.write() as writing:
        by_hand.open_answer(writing, submission, task, seat.user.id, now())
    return _shown(seat, assignment, asked, found)


@blueprint.post("/<task>/<id:submission>/")
@for_staff_with_assignment
def save(seat: Seat, assignment: Assignment, task: str, submission: int) -> Response | tuple[str, int]:
    """Gives or takes back the points, and opens the next answer. What cannot be taken is told beside what was typed."""
    found = _submission(seat, assignment, submission)
    asked = written.task_of(found, task)
    form, seen = written.read_form(request.form)
    try:
        judged = written.judgement(form)
        with portal().database.write() as writing:
            address = request.remote_addr or ""
            given = manual.give(
                writing, found, asked, judged, seat.user, seen=seen, offered=form.offered, address=address
            )
            by_hand.close_answer(writing, submission, task, seat.user.id)
            following = by_hand.next_answer(
                writing, assignment, seat.reach, task, seat.user.id, now(), after=submission
            )
    except manual.BadPoints as error:
        return _shown(seat, assignment, asked, found, msgspec.structs.replace(form, trouble=str(error))), 422
    except manual.Outdated:
        reading().rollback()
        found = _submission(seat, assignment, submission)
        return _shown(seat, assignment, asked, found, msgspec.structs.replace(form, trouble=_MEANWHILE)), 409
    if given is None:
        flash(f"Hand-in {submission} is not graded any more: its points are taken back.")
    else:
        points = f"{wording.points(given.points)} of {wording.points(asked.points)}"
        flash(f"Saved: {points} points for hand-in {submission}.")
    return _next(seat, assignment, task, following)


@blueprint.get("/<task>/<id:submission>/media")
@for_staff_with_assignment
def media(seat: Seat, assignment: Assignment, task: str, submission: int) -> Response:
    """The PDF or picture that is the answer, at an address without its name."""
    found = _submission(seat, assignment, submission)
    answer = written.one(found, written.task_of(found, task), None).answer
    return documents.media_of(found, answer.file) if answer.file else not_found()


def _must_have(assignment: Assignment, task: str) -> None:
    """The published tests have that task for a person; else the request ends as not found."""
    suite = assignment.suite
    if suite is None or all(each.id != task for each in manual.written_tasks(suite)):
        not_found()


def _submission(seat: Seat, assignment: Assignment, submission: int) -> Submission:
    asked = (
        select(Submission)
        .options(joinedload(Submission.assignment), joinedload(Submission.user), *TOTALS)
        .where(
            Submission.id == submission,
            Submission.assignment_id == assignment.id,
            seat.reach.of_submissions(seat.course.id),
        )
    )
    return reading().scalar(asked) or not_found()


def _shown(seat: Seat, assignment: Assignment, task: Task, submission: Submission, refused: Form | None = None) -> str:
    return render_template(
        "answer.html",
        seat=seat,
        assignment=assignment,
        submission=submission,
        each=written.one(submission, task, refused),
        place=by_hand.place(reading(), assignment, seat.reach, task.id, submission.id),
        elsewhere=by_hand.elsewhere(reading(), submission.id, task.id, seat.user.id, now()),
        told=bool(request.args.get("who")),
    )


def _next(seat: Seat, assignment: Assignment, task: str, submission: int | None) -> Response:
    if submission is None:
        flash("There is nothing left here for you to grade: all answers have points, or a colleague has them open.")
        return _to_page(seat, assignment)
    course, slug = seat.course.slug, assignment.slug
    address = url_for("by_hand.one", course=course, assignment=slug, task=task, submission=submission)
    return redirect(address, code=303)


def _to_page(seat: Seat, assignment: Assignment) -> Response:
    return redirect(url_for("by_hand.page", course=seat.course.slug, assignment=assignment.slug), code=303)
