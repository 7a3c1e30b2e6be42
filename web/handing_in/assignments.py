"""An assignment's page: the drop zone, what is expected, and one's own history."""

from __future__ import annotations

import msgspec
from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from grader.archive import lone_notebook
from submissions.handing_in import own_groups, terms
from submissions.models import Assignment, Role, State, Submission, now
from submissions.rules.rules import Counted
from submissions.scores import counting
from web.course import announcements
from web.frame import eyes
from web.frame.access import Seat, for_members_with_assignment
from web.frame.context import portal, reading
from web.frame.errors import Problem, Told
from web.handing_in import uploads
from web.results import contents, outcome
from web.words import rules_in_words
from web.words.states import COUNTS, REGRADED, UNSEEN, Chip, lateness, of_grading

blueprint = Blueprint("assignments", __name__, url_prefix="/courses/<course>/assignments/<assignment>")

# What the course's own `create_tarball.sh` makes.
_ARCHIVE_NAME = "handin.tar"


class Entry(msgspec.Struct, frozen=True):
    """One upload in the history; `why` is said of the one that counts."""

    submission: Submission
    total: counting.Total | None
    chips: tuple[Chip, ...]
    why: str


class Together(msgspec.Struct, frozen=True):
    """The form that asks a classmate, as it was filled in, and why it, or an answer to one, could not be taken."""

    login: str = ""
    trouble: str = ""


@blueprint.get("/")
@for_members_with_assignment
def page(seat: Seat, assignment: Assignment) -> str:
    """How to hand in, and what came of it so far."""
    return shown(eyes.of_newcomer(seat, assignment), assignment)


@blueprint.post("/submissions")
@for_members_with_assignment
def hand_in(seat: Seat, assignment: Assignment) -> tuple[str, int] | Response:
    """Takes the form's file. A refusal is shown on the page where the next try begins."""
    try:
        submission = uploads.take(seat, assignment)
    except Told as told:
        return shown(seat, assignment, told.problem), told.problem.status
    return redirect(url_for("submissions.page", submission=submission.id), code=303)


@blueprint.get("/submissions")
@for_members_with_assignment
def refused_before(seat: Seat, assignment: Assignment) -> Response:
    """Where a browser asks for the address of a refused upload again, such as by Enter in the address bar."""
    return redirect(url_for("assignments.page", course=seat.course.slug, assignment=assignment.slug), code=303)


@blueprint.get("/handout")
@for_members_with_assignment
def handout(seat: Seat, assignment: Assignment) -> Response:
    """What students begin with, packed when the assignment was published."""
    del seat
    name = f"{assignment.slug}-handout.zip"
    stream = contents.handout(assignment)
    return send_file(
        stream, mimetype="application/zip", as_attachment=True, download_name=name, etag=assignment.handout
    )


def shown(seat: Seat, assignment: Assignment, refusal: Problem | None = None, together: Together | None = None) -> str:
    """The whole page; `refusal` is of an upload, and `together` a form, that could not be taken."""
    at = now()
    standing = outcome.standing_for(seat.staff, counting.standing(reading(), assignment, seat.user.id))
    own = terms.of(reading(), assignment, seat.course, seat.user.id)
    if eyes.is_newcomer(seat):
        own = msgspec.structs.replace(own, bound=True)
    return render_template(
        "assignment.html",
        seat=seat,
        announced=announcements.shown_on(seat.course.id, assignment.id),
        due_at=own.due_at,
        late_now=rules_in_words.now(own, at),
        closed=own.refusal(at),
        offer=own.offer(at),
        agreed=request.form.get("grace", ""),
        rules=rules_in_words.sentences(own, at),
        student=seat.user,
        own_group=own_groups.of(reading(), assignment, seat.user)
        if assignment.group_size > 1 and seat.role == Role.STUDENT
        else None,
        together=together or Together(),
        assignment=assignment,
        standing=standing,
        suite=assignment.suite,
        handout_size=contents.handout_size(assignment) if assignment.handout else None,
        past_due=counting.past_due(own.due_at, at),
        history=[_entry(attempt, standing, seat.user.login) for attempt in standing.attempts],
        refusal=refusal,
        most_bytes=uploads.most_bytes(),
        archive_name=_ARCHIVE_NAME,
        notebook=lone_notebook(assignment.suite.manifest["files"]) if assignment.suite else "",
        portal_address=_portal_address(),
    )


def _entry(attempt: counting.Attempt, standing: counting.Standing, login: str) -> Entry:
    grading = attempt.grading
    counts = attempt is standing.counts
    late = lateness(attempt.submission)
    chips = [COUNTS] if counts else []
    if attempt.hidden:
        chips.append(UNSEEN)
    elif grading is None or grading.state != State.GRADED:
        chips.append(of_grading(grading))
    if late is not None and late.tone:
        chips.append(late)
    if not attempt.hidden and counting.regraded(grading, now()):
        chips.append(REGRADED)
    why = ""
    if counts:
        why = "It counts: it is your only upload."
        if standing.assignment.counted == Counted.CHOSEN and attempt.chosen_at is not None:
            others = attempt.chosen_by if attempt.chosen_by != login else ""
            why = f"It counts: {others or 'you'} chose it."
        elif standing.assignment.counted == Counted.BEST and len(standing.attempts) > 1:
            why = "It counts: of your uploads, its tests score best."
        elif attempt is not standing.attempts[0]:
            why = "It counts: of your uploads that could be graded, it is the last."
        elif len(standing.attempts) > 1:
            why = "It counts: it is your last upload."
        if grading is None or grading.score is None:
            why = "It will count once it is graded: nothing else of yours is."
            if standing.assignment.counted != Counted.BEST:
                why = "It will count once it is graded: it is your last upload."
    return Entry(attempt.submission, attempt.total, tuple(chips), why)


def _portal_address() -> str:
    return (portal().settings.public_url or request.url_root).rstrip("/")
