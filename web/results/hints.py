"""Opening the hints of a test, where an assignment gives each student a few."""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from submissions.gradings import hint_budget
from submissions.models import Submission, TestResult, now
from submissions.scores import counting
from web.frame.access import Seat, for_owner_or_staff
from web.frame.context import portal, reading
from web.frame.errors import not_found, tell
from web.results import outcome
from web.words import times, wording

blueprint = Blueprint("hints", __name__, url_prefix="/submissions/<id:submission>/hints")


@blueprint.post("/")
@for_owner_or_staff
def show(seat: Seat, submission: Submission) -> Response:
    """Opens the hints of the test whose result the form names; they show wherever the submission is told the same."""
    named = request.form.get("test", 0, type=int)
    if not 0 < named < 2**31:
        not_found()  # no row can have it, and a database would say so by an error
    # Of the grading that the page shows alone: another may be of a regrade that nobody has published.
    speaks = counting.speaking(submission)
    asked = select(TestResult).where(TestResult.id == named, TestResult.grading_id == (speaks.id if speaks else None))
    test = reading().scalar(asked)
    reader = reader_of(seat, submission)
    if test is None or not outcome.visible(test.visibility, reader):
        not_found()
    if outcome.shown_test(test, reader).closed:
        try:
            with portal().database.write() as writing:
                hint_budget.open_hints(writing, submission.assignment, seat.user.id, test, now())
        except hint_budget.Spent:
            _none_left(reader)
    page = url_for("submissions.page", submission=submission.id, _anchor=f"test-{wording.anchor(test.test)}")
    return redirect(page, code=303)


def reader_of(seat: Seat, submission: Submission) -> outcome.Reader:
    """Who reads a submission, with what decides what of it they may see."""
    assignment = submission.assignment
    at = now()
    allowance = None if seat.staff else hint_budget.allowance(reading(), assignment, seat.user.id, at)
    opened = hint_budget.opened_in(reading(), submission, seat.user.id) if allowance is not None else []
    # What opens after the deadline opens after the student's own.
    seen = outcome.sight_of(assignment, submission.due_at, at)
    return outcome.Reader(seat.staff, at, seen, allowance, outcome.reasons(opened))


def _none_left(reader: outcome.Reader) -> NoReturn:
    when = ""
    if reader.allowance is not None and reader.allowance.comes_back is not None:
        when = f" The next comes back {times.relative(reader.allowance.comes_back, reader.at)}."
    tell(
        409,
        "no_hints_left",
        "You have no hints left",
        f"You have opened as many hints as there are for now.{when}",
        "Go on with the verdict and the message of the test: they show without a hint.",
    )
