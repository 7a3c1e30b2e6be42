"""A student chooses which of their submissions counts, where the rules leave it to them (`rules.Counted.CHOSEN`).

The choice stays when newer ones come, until another is chosen; the rest is `rules.rank`'s.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from submissions.clock import absolute
from submissions.handing_in import terms
from submissions.models import State, Submission, User, now
from submissions.rules.rules import Counted
from submissions.scores import counting
from submissions.storage import audit

_ABLE = (State.QUEUED, State.RUNNING, State.GRADED, State.FAULT)


class CannotChoose(Exception):
    """This one cannot be chosen now; the message says why."""


def may(session: Session, submission: Submission, student_id: int) -> str:
    """Why this student of it cannot choose it; "" where that is possible."""
    assignment = submission.assignment
    if assignment.counted != Counted.CHOSEN:
        return "In this assignment it is not the student who chooses which upload counts."
    grading = counting.speaking(submission)
    if grading is not None and grading.state not in _ABLE:
        return "It was not graded, so it cannot count."
    own = terms.of(session, assignment, assignment.course, student_id)
    if own.ends_at is not None and now() > own.ends_at:
        return f"It ended {absolute(own.ends_at, own.rules.zone)}: which upload counts stays as it is."
    return ""


def choose(session: Session, submission_id: int, by: User, address: str = "") -> None:
    """From now on this submission of the student's own counts, for them and for those of it who are in their group now:
    whoever is not in it any more decides for themselves. Raises CannotChoose.
    """
    submission = session.get_one(Submission, submission_id)
    assignment, course = terms.lock(session, submission.assignment_id, by.id)
    if reason := may(session, submission, by.id):
        raise CannotChoose(reason)
    together = terms.of(session, assignment, course, by.id).students
    chosen_at = now()
    chosen = [each for each in submission.authors if each.user_id in together]
    for each in chosen:
        each.chosen_at, each.chosen_by = chosen_at, by.login
    detail = {"assignment": assignment.slug, "students": [each.user.login for each in chosen]}
    record = f"submission {submission_id}"
    audit.record(session, by.login, "submission.choose", record, detail, address, course_id=assignment.course_id)
