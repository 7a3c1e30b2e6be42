"""One student's page for staff: every assignment with its score, uploads over time, decisions and requests."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from flask import Blueprint, render_template

from submissions.handing_in import terms
from submissions.handing_in.terms import Terms
from submissions.models import Request, State
from submissions.people import people
from submissions.scores import counting
from submissions.scores.counting import Attempt, Standing
from submissions.talk import requests
from web.frame.access import Seat, for_staff
from web.frame.context import reading
from web.frame.errors import not_found
from web.words.states import COUNTS, DECIDED, EXCUSED, GRADING, LATE, NOT_HANDED_IN, REQUEST, Chip, lateness, of_grading

blueprint = Blueprint("students", __name__, url_prefix="/courses/<course>/students")

_SHOWN = 3


class Upload(msgspec.Struct, frozen=True):
    """One upload with its states."""

    attempt: Attempt
    chips: tuple[Chip, ...]


class Work(msgspec.Struct, frozen=True):
    """One assignment: how the student stands, the newest uploads and, to be unfolded, those before them."""

    standing: Standing
    terms: Terms
    chip: Chip
    late: bool
    newest: tuple[Upload, ...]
    older: tuple[Upload, ...]
    requests: tuple[Request, ...]


@blueprint.get("/<login>/")
@for_staff
def page(seat: Seat, login: str) -> str:
    """How does this student stand, and what happened?"""
    place = people.place_of(reading(), seat.course.id, seat.reach, login)
    if place is None:
        not_found()
    standings = counting.standings(reading(), seat.course.id, place.user_id)
    asked = requests.of_student(reading(), seat.course.id, place.user_id)
    holds = terms.of_all(reading(), [each.assignment for each in standings], seat.course, place.user_id)
    works = [_work(each, holds[each.assignment.id], asked) for each in standings]
    return render_template(
        "student.html",
        seat=seat,
        place=place,
        student=place.user,
        works=works,
        late=LATE,
        decided=DECIDED,
        tasks_of=requests.tasks_of,
        request_states=REQUEST,
    )


def _work(standing: Standing, holds: Terms, asked: Sequence[Request]) -> Work:
    uploads = tuple(_upload(each, standing) for each in standing.attempts)
    counts = standing.counts
    late = counts is not None and counting.past_due(counts.submission.due_at, counts.submission.received_at)
    told = counts or next(iter(standing.attempts), None)
    chip = EXCUSED if standing.mark.excused else NOT_HANDED_IN if told is None else of_grading(told.grading)
    own = tuple(each for each in asked if each.submission.assignment_id == standing.assignment.id)
    return Work(standing, holds, chip, late, uploads[:_SHOWN], uploads[_SHOWN:], own)


def _upload(attempt: Attempt, standing: Standing) -> Upload:
    chips = [COUNTS] if attempt is standing.counts else []
    state = of_grading(attempt.grading)
    if state is not GRADING[State.GRADED]:
        chips.append(state)
    late = lateness(attempt.submission)
    return Upload(attempt, (*chips, *([late] if late is not None else [])))
