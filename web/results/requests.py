"""Requests for another look: a student asks on the page of the hand-in, staff answer there or on the course's list."""

from __future__ import annotations

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.models import Request, Submission, now
from submissions.talk import requests
from submissions.talk.requests import ANSWERS, LONGEST_TEXT, CannotRequest, NoRequest, Outcome
from web.frame.access import Seat, for_owner, for_staff
from web.frame.context import LONGEST_ARRIVAL, portal, reading
from web.frame.errors import not_found
from web.results import submissions
from web.results.submissions import Answer
from web.words import typed
from web.words.paging import paging
from web.words.states import REQUEST

blueprint = Blueprint("requests", __name__)

_PAGE = 50


@blueprint.get("/courses/<course>/requests")
@for_staff
def page(seat: Seat) -> str:
    """What waits for an answer, the oldest first, and then what was answered."""
    return _page(seat, request.args.get("page", 1, type=int))


@blueprint.post("/courses/<course>/requests/<id:number>/answer")
@for_staff
def answer(seat: Seat, number: int) -> Response | tuple[str, int]:
    """Answers a request. What cannot be taken is told beside the form as it was filled in."""
    form = Answer(request.form.get("outcome", ""), typed.lines(request.form.get("answer", "")))
    try:
        with portal().database.write() as writing:
            found = requests.answer(
                writing,
                seat.course.id,
                seat.reach,
                number,
                form.outcome,
                form.text,
                seat.user,
                request.remote_addr or "",
            )
    except NoRequest:
        not_found()
    except CannotRequest as error:
        return _refused(seat, number, msgspec.structs.replace(form, trouble=str(error))), 422
    flash("Answered. It stands on the page of the hand-in, where the student reads it.")
    if request.form.get("from") == "submission":
        return _to_submission(found.submission_id)
    return redirect(url_for("requests.page", course=seat.course.slug), code=303)


@blueprint.post("/submissions/<id:submission>/requests")
@for_owner
def ask(seat: Seat, submission: Submission) -> Response | tuple[str, int]:
    """Asks staff for another look. What cannot be taken is told beside the form as it was filled in."""
    asked = submissions.Asked(request.form.get("task", ""), typed.lines(request.form.get("text", "")))
    try:
        with portal().database.write() as writing:
            settled = now() - LONGEST_ARRIVAL
            requests.ask(writing, submission.id, asked.task, asked.text, seat.user, settled, request.remote_addr or "")
    except CannotRequest as error:
        reading().rollback()
        return submissions.shown(seat, submission, asked=msgspec.structs.replace(asked, trouble=str(error))), 422
    flash("Asked. The answer of the course's staff will be on this page.")
    return _to_submission(submission.id)


@blueprint.post("/submissions/<id:submission>/requests/<id:number>/withdraw")
@for_owner
def withdraw(seat: Seat, submission: Submission, number: int) -> Response:
    """Takes an open request back."""
    told = "Withdrawn: nobody will answer it."
    try:
        with portal().database.write() as writing:
            requests.withdraw(writing, submission.id, number, seat.user, request.remote_addr or "")
    except NoRequest:
        not_found()
    except CannotRequest as error:
        told = str(error)
    flash(told)
    return _to_submission(submission.id)


def _refused(seat: Seat, number: int, form: Answer) -> str:
    """The page on which the request stands, of the moment after, with what was typed."""
    reading().rollback()
    found = reading().get_one(Request, number)
    if found.outcome == Outcome.WITHDRAWN:
        # It stands on no page of staff's any more.
        flash(form.trouble)
    if request.form.get("from") == "submission":
        return submissions.shown(seat, found.submission, refused={number: form})
    return _page(seat, requests.place(reading(), seat.course.id, seat.reach, number) // _PAGE + 1, {number: form})


def _page(seat: Seat, number: int, refused: dict[int, Answer] | None = None) -> str:
    shown = paging(requests.count(reading(), seat.course.id, seat.reach), _PAGE, number)
    return render_template(
        "requests.html",
        seat=seat,
        requests=requests.listed(reading(), seat.course.id, seat.reach, shown.size, shown.offset),
        waiting=requests.count_open(reading(), seat.course.id, seat.reach),
        refused=refused or {},
        answers=ANSWERS,
        longest_text=LONGEST_TEXT,
        tasks_of=requests.tasks_of,
        request_states=REQUEST,
        paging=shown,
    )


def _to_submission(submission: int) -> Response:
    return redirect(url_for("submissions.page", submission=submission, _anchor="requests"), code=303)
