"""A submission's page while it waits, runs and is done; its live part, its receipt, and the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, send_file, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from grader.verdicts import CATALOGUE
from submissions.gradings import awaiting
from submissions.handing_in import choosing
from submissions.models import FINAL, Grading, Progress, Regrade, Role, State, Submission
from submissions.people import people
from submissions.rules.rules import Counted
from submissions.scores import counting, manual
from submissions.scores.adjustments import LONGEST_REASON
from submissions.talk import comments, requests
from web.frame import eyes, unchanged
from web.frame.access import Seat, for_owner, for_owner_or_staff, for_staff_with_submission, student_of
from web.frame.context import portal, reading
from web.results import answers, code, contents, decisions, hints, outcome, written
from web.results import comments as said
from web.words import typed
from web.words.states import GRADING, REQUEST, lateness, of_grading

blueprint = Blueprint("submissions", __name__, url_prefix="/submissions/<id:submission>")

_POLL_SECONDS = 2
_LONGEST_POLL = 15
_MOST_FILES = 50
_AHEAD_FOR_A_SECOND = 5
_MEANWHILE = (
    "Somebody else gave points for this answer, or took them back, after you opened the page: that stands above, and "
    "yours are not saved. Save again to put yours in their place."
)


class Asked(msgspec.Struct, frozen=True):
    """A request for another look as it was typed and could not be taken, and why not."""

    task: str = ""
    text: str = ""
    trouble: str = ""


class Answer(msgspec.Struct, frozen=True):
    """An answer to a request as it was typed and could not be taken, and why not."""

    outcome: str = ""
    text: str = ""
    trouble: str = ""


class Remark(msgspec.Struct, frozen=True):
    """A comment on the whole submission as it was typed and could not be taken, and why not."""

    text: str = ""
    trouble: str = ""


@blueprint.get("/")
@for_owner_or_staff
def page(seat: Seat, submission: Submission) -> str:
    """What did I get, and what do I mend first?"""
    return shown(eyes.of_owner(seat, submission), submission)


@blueprint.post("/written/<task>")
@for_staff_with_submission
def grade_by_hand(seat: Seat, submission: Submission, task: str) -> BaseResponse | tuple[str, int]:
    """Gives or takes back the points of one written answer. What cannot be taken is told beside what was typed."""
    found = written.task_of(submission, task)
    form, seen = written.read_form(request.form)
    try:
        judged = written.judgement(form)
        with portal().database.write() as writing:
            address = request.remote_addr or ""
            manual.give(writing, submission, found, judged, seat.user, seen=seen, offered=form.offered, address=address)
    except manual.BadPoints as error:
        reading().rollback()
        return shown(seat, submission, {task: msgspec.structs.replace(form, trouble=str(error))}), 422
    except manual.Outdated:
        reading().rollback()
        return shown(seat, submission, {task: msgspec.structs.replace(form, trouble=_MEANWHILE)}), 409
    return redirect(url_for("submissions.page", submission=submission.id, _anchor=f"written-{task}"), code=303)


@blueprint.post("/comments")
@for_staff_with_submission
def comment(seat: Seat, submission: Submission) -> BaseResponse | tuple[str, int]:
    """Says something of the whole submission. What cannot be taken is told beside what was typed."""
    text = typed.lines(request.form.get("text", ""))
    try:
        with portal().database.write() as writing:
            comments.say(writing, submission, text, seat.user, address=request.remote_addr or "")
    except comments.BadComment as error:
        return shown(seat, submission, remark=Remark(text, str(error))), 422
    return redirect(url_for("submissions.page", submission=submission.id, _anchor="comments"), code=303)


@blueprint.post("/choose")
@for_owner
def choose(seat: Seat, submission: Submission) -> BaseResponse:
    """Lets it count, where students choose."""
    told = "This one counts from now on, until you choose another."
    try:
        with portal().database.write() as writing:
            choosing.choose(writing, submission.id, seat.user, request.remote_addr or "")
    except choosing.CannotChoose as error:
        told = str(error)
    flash(told)
    return redirect(url_for("submissions.page", submission=submission.id), code=303)


@blueprint.get("/live")
@for_owner_or_staff
def live(seat: Seat, submission: Submission) -> Response:
    """The part of the page that changes, for htmx. Once the grading is final it asks for no more of itself."""
    seat = eyes.of_owner(seat, submission)
    # Before the rest is read, so that it is never the tag of what comes later.
    tag = unchanged.tag_of(submission.id)
    response = make_response(render_template("parts/grading.html", **_live(seat, submission)))
    return cast("Response", unchanged.marked(response, tag).make_conditional(request.environ))


@blueprint.get("/receipt")
@for_owner_or_staff
def receipt(seat: Seat, submission: Submission) -> Response:
    """The signed receipt, one line of text."""
    del seat
    response = Response(submission.receipt + "\n", mimetype="text/plain")
    response.headers.set("Content-Disposition", "attachment", filename=f"receipt-{submission.id}.txt")
    return response


@blueprint.get("/file")
@for_owner_or_staff
def file(seat: Seat, submission: Submission) -> Response:
    """The very bytes that were handed in, only ever as a download."""
    del seat
    stream = contents.archive(submission)
    return send_file(stream, mimetype="application/octet-stream", as_attachment=True, download_name=submission.filename)


def shown(
    seat: Seat,
    submission: Submission,
    typed: Mapping[str, written.Form] | None = None,
    asked: Asked | None = None,
    remark: Remark | None = None,
    refused: Mapping[int, Answer] | None = None,
) -> str:
    """The whole page; `typed`, `asked`, `remark` and `refused`, answers by request, are forms that could not be taken.

    Where these tell what somebody else has done meanwhile, `reading` is rolled back before, so that the page shows it.
    """
    live = _live(seat, submission)
    standing = live["standing"]
    decides = seat.role == Role.INSTRUCTOR and not live["own"]
    made = requests.of_submission(reading(), submission.id)
    files = code.paths(submission)
    return render_template(
        "submission.html",
        left_at=people.left_at(reading(), seat.course.id, live["student"].id) if seat.staff else None,
        # Not part of what is asked for again and again: the answers are read from the archive.
        written=[] if live["unread"] else written.shown(seat, submission, typed or {}),
        deciding=decisions.empty_form(standing, live["student"]) if decides else None,
        longest_reason=LONGEST_REASON,
        # What a student took back is theirs alone, through whose eyes ever somebody looks.
        requests=[
            each for each in made if (live["own"] and not eyes.lent()) or each.outcome != requests.Outcome.WITHDRAWN
        ],
        may_ask=live["own"] and not seat.staff and requests.may_ask(submission, standing, made),
        asked=asked or Asked(),
        tasks_of=requests.tasks_of,
        longest_text=requests.LONGEST_TEXT,
        answers=requests.ANSWERS,
        refused=refused or {},
        request_states=REQUEST,
        files=files[:_MOST_FILES],
        more_files=len(files[_MOST_FILES:]),
        remark=remark or Remark(),
        longest=comments.LONGEST,
        **live,
    )


def _live(seat: Seat, submission: Submission) -> dict[str, Any]:
    """Everything that the page and its live part show, in a fixed number of queries."""
    assignment = submission.assignment
    gradings = (
        reading()
        .scalars(
            select(Grading)
            .options(
                joinedload(Grading.suite),
                joinedload(Grading.regrade).joinedload(Regrade.published_by),
                joinedload(Grading.replaces),
            )
            # What nobody has published yet is for staff alone.
            .where(Grading.submission_id == submission.id, Grading.shadow.is_(False) | seat.staff)
            .order_by(Grading.id)
        )
        .all()
    )
    grading = counting.speaking(submission)
    student = student_of(seat, submission)
    standing = outcome.standing_for(seat.staff, counting.standing(reading(), assignment, student.id))
    reader = hints.reader_of(seat, submission)
    unread = grading is not None and grading.state in (State.REFUSED, State.SUPERSEDED)
    live: dict[str, Any] = {
        "seat": seat,
        "allowance": reader.allowance,
        "submission": submission,
        "student": student,
        "standing": standing,
        "assignment": assignment,
        "own": submission.is_by(seat.user.id),
        "grading": grading,
        "regraded": grading if grading is not None and grading.regrade_id is not None else None,
        "total": counting.total(submission, grading) if outcome.shows_total(grading, reader) else None,
        "shows_total": lambda each: outcome.shows_total(each, reader),
        "gradings": gradings,
        "states": GRADING,
        "of_grading": of_grading,
        "unread": unread,
        "released": counting.is_released(assignment),
        "final": grading is not None and grading.state in FINAL,
        "late": lateness(submission),
        "counts": standing.counts.submission.id if standing.counts is not None else None,
        "said": said.shown(submission, comments.standing(reading(), submission.id), grading, reader),
        "readable": _readable(grading) if not unread else [],
        "poll_seconds": _POLL_SECONDS,
        "our_fault": CATALOGUE["grader_fault"].student,
    }
    if grading is None or grading.state == State.QUEUED:
        if grading is not None:
            live["place"] = awaiting.place(reading(), grading, portal().settings.grading_processes)
            # Hundreds of open pages before a deadline must not take from the graders what they wait for.
            patience = live["place"].ahead // _AHEAD_FOR_A_SECOND
            live["poll_seconds"] = min(max(_POLL_SECONDS, patience), _LONGEST_POLL)
    elif grading.state == State.RUNNING:
        live["ticks"], live["ticks_total"] = outcome.ticks(grading, _progress(grading), reader)
    elif grading.state == State.GRADED:
        live["tasks"] = outcome.shown_tasks(grading, reader)
        if live["total"] is None:
            speaks = counting.Attempt(submission, grading, hidden=True)
            live["why_unseen"] = outcome.why_unseen(speaks, reader.at, seat.course.timezone)
        given = {task: each.points for task, each in counting.released(submission).items()}
        live["by_hand"] = [(task, given.get(task.id)) for task in manual.written_tasks(grading.suite)]
        live["may_choose"] = (
            assignment.counted == Counted.CHOSEN
            and submission.is_by(seat.user.id)
            and live["counts"] != submission.id
            and not choosing.may(reading(), submission, seat.user.id)
        )
        live["mend"] = outcome.to_mend(grading.tests, reader)
    return live


def _readable(grading: Grading | None) -> list[str]:
    """The notebooks and Markdown files that the assignment asks for: without them the hand-in is refused."""
    asked = grading.suite.manifest["files"] if grading is not None else []
    return [path for path in asked if path.lower().endswith((answers.NOTEBOOK, answers.MARKDOWN)) and "|" not in path]


def _progress(grading: Grading) -> list[tuple[str, str]]:
    rows = reading().execute(
        select(Progress.test, Progress.verdict).where(Progress.grading_id == grading.id).order_by(Progress.position)
    )
    return [(row.test, row.verdict) for row in rows]
