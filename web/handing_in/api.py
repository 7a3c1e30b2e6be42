"""The JSON API for `curl` and `handin submit`: hand in, and ask what came of it. A token opens it, never a cookie."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from grader.verdicts import CATALOGUE
from submissions.gradings import awaiting
from submissions.models import FINAL, Assignment, Grading, State, Submission, now
from submissions.scores import counting, manual
from submissions.talk import comments
from web.frame.access import Seat, for_members_with_assignment, for_owner_or_staff, student_of
from web.frame.context import portal, reading
from web.handing_in import uploads
from web.results import comments as said
from web.results import hints, outcome

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

_NEXT = {
    State.QUEUED: "Waiting for a worker. Ask again in 2 seconds; nothing is lost if you stop asking.",
    State.RUNNING: "Grading. Ask again in 2 seconds.",
    State.GRADED: "Graded. The page has the hints.",
    State.REFUSED: "Nothing was graded. Mend the archive and hand in again.",
    State.FAULT: CATALOGUE["grader_fault"].student,
    State.SUPERSEDED: "A newer upload came before this one was graded; ask for that one.",
}


@blueprint.post("/courses/<course>/assignments/<assignment>/submissions")
@for_members_with_assignment
def hand_in(seat: Seat, assignment: Assignment) -> tuple[Response, int, dict[str, str]]:
    """Takes the part `file` of a multipart form: 201 with the submission and its signed receipt.

    The part `grace` says how many grace days may be spent on a late upload, 0 for none.
    """
    submission = uploads.take(seat, assignment)
    described = _described(submission)
    described |= {"state": State.QUEUED, "receipt": submission.receipt, "next_step": _NEXT[State.QUEUED]}
    return jsonify(described), 201, {"Location": url_for("api.show", submission=submission.id)}


@blueprint.get("/submissions/<id:submission>")
@for_owner_or_staff
def show(seat: Seat, submission: Submission) -> Response:
    """The submission's state and, when it is graded, its scores and the tests that this reader may see."""
    grading = counting.speaking(submission)
    state = State(grading.state) if grading is not None else State.QUEUED
    described = _described(submission)
    described |= {"state": state, "final": state in FINAL, "next_step": _NEXT[state]}
    described["students"] = [each.user.login for each in submission.authors]
    found = counting.standing(reading(), submission.assignment, student_of(seat, submission).id)
    standing = outcome.standing_for(seat.staff, found)
    described["counts"] = standing.counts is not None and standing.counts.submission.id == submission.id
    described["assignment_score"] = _mark(standing)
    if grading is not None and state == State.QUEUED:
        place = awaiting.place(reading(), grading, portal().settings.grading_processes)
        described |= {"ahead": place.ahead, "expected_seconds": place.seconds}
    if grading is not None and state == State.REFUSED:
        described["message"] = grading.message
    if grading is not None and state == State.GRADED:
        described |= _scores(seat, submission, grading)
        if "score" not in described:
            hidden = counting.Attempt(submission, grading, hidden=True)
            described["next_step"] = outcome.why_unseen(hidden, now(), seat.course.timezone)
    described["comments"] = _comments(seat, submission, grading)
    return jsonify(described)


def _mark(standing: counting.Standing) -> dict[str, Any]:
    """What the student gets for the assignment, which is another score than a hand-in's where staff decided so."""
    return {
        "score": standing.mark.score,
        "max_score": standing.max_score,
        "excused": standing.mark.excused,
        "decisions": [
            {
                "decision": each.decision,
                "points": each.points,
                "reason": each.reason,
                "by": each.by.name,
                "at": each.at.isoformat(),
            }
            for each in standing.decisions
        ],
    }


def _comments(seat: Seat, submission: Submission, grading: Grading | None) -> list[dict[str, Any]]:
    """What staff say that this reader may read: on the whole, at a `test`, on a `line` of a `path` (of a notebook: on
    that cell).
    """
    found = comments.standing(reading(), submission.id)
    return [
        {
            "text": each.text,
            "by": each.by.name,
            "at": each.at.isoformat(),
            "test": each.test,
            "path": each.path,
            "line": each.line,
        }
        for each in said.readable(submission, found, grading, hints.reader_of(seat, submission))
    ]


def _described(submission: Submission) -> dict[str, Any]:
    base = portal().settings.public_url.rstrip("/") or request.url_root.rstrip("/")
    return {
        "submission": submission.id,
        "received_at": submission.received_at.isoformat(),
        "due_at": submission.due_at.isoformat() if submission.due_at is not None else None,
        "late": counting.past_due(submission.due_at, submission.received_at),
        "late_penalty_percent": submission.penalty,
        "grace_days": submission.grace_days,
        "size": submission.size,
        "sha256": submission.blob,
        "page": base + url_for("submissions.page", submission=submission.id),
        "api": base + url_for("api.show", submission=submission.id),
    }


def _scores(seat: Seat, submission: Submission, grading: Grading) -> dict[str, Any]:
    reader = hints.reader_of(seat, submission)
    tasks = outcome.shown_tasks(grading, reader)
    total = counting.total(submission, grading) if outcome.shows_total(grading, reader) else None
    given = counting.released(submission)
    return {
        **({"score": total.score, "max_score": total.max_score, "ungraded": total.ungraded} if total else {}),
        "suite": grading.suite.hash,
        "tasks": [
            {"id": task.id, "title": task.title, "score": task.score, "max_score": task.max_score} for task in tasks
        ],
        "written": [
            {
                "id": task.id,
                "title": task.title,
                "score": given[task.id].points if task.id in given else None,
                "max_score": task.points,
                "comment": given[task.id].comment if task.id in given else "",
            }
            for task in manual.written_tasks(grading.suite)
        ],
        "tests": [
            {
                "id": test.id,
                "task": task.id,
                "title": test.title,
                "points": test.points,
                "max_points": test.max_points,
                "verdict": test.verdict.id,
                "message": test.message or test.verdict.student,
                "hints": list(test.hints),
                "closed_hints": test.closed,
            }
            for task in tasks
            for test in task.tests
        ],
    }
