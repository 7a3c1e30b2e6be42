"""Requests: a student asks staff for another look at a submission that counts, and staff answer. Each stays for good.

An answer moves no score by itself: whoever accepts a request decides about the score
(`submissions.scores.adjustments`), gives points by hand or has it graded again, and each of these leaves a line of its
own in the audit log.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from submissions.models import Assignment, Request, State, Submission, User, now
from submissions.people.reach import Reach
from submissions.scores import counting
from submissions.storage import audit

LONGEST_TEXT = 4000
"""Characters of a request, and of its answer."""

MOST = 10
"""Requests about one submission, with those that were withdrawn: each stays for good."""

_OPEN = ""


class CannotRequest(Exception):
    """This cannot be asked, answered or withdrawn; the message says why, and what to do."""


class NoRequest(Exception):
    """There is no such request here."""


class Outcome(StrEnum):
    """What became of a request that is no longer open."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


ANSWERS = (Outcome.ACCEPTED, Outcome.DECLINED, Outcome.ANSWERED)
"""The outcomes that staff choose from."""


class Task(msgspec.Struct, frozen=True):
    """A task that a request can be about."""

    id: str
    title: str


def tasks_of(submission: Submission) -> tuple[Task, ...]:
    """The tasks of the tests that graded a submission, by a person or not; none before it is graded."""
    grading = counting.speaking(submission)
    if grading is None:
        return ()
    return tuple(Task(each["id"], each["title"]) for each in grading.suite.manifest["tasks"])


def may_ask(submission: Submission, standing: counting.Standing, asked: Sequence[Request]) -> bool:
    """Whether another look can be asked for: it counts, it is graded, no other request about it is open, and there were
    not too many.
    """
    counts = standing.counts
    return (
        counts is not None
        and counts.submission.id == submission.id
        and counts.grading is not None
        and counts.grading.state == State.GRADED
        and not any(each.outcome == _OPEN for each in asked)
        and len(asked) < MOST
    )


def ask(
    session: Session, submission_id: int, task: str, text: str, by: User, settled: datetime, address: str = ""
) -> Request:
    """A new request of the submission's own student; `task` may be empty. Raises CannotRequest.

    `settled` as of `sight.Sight`: of uploads whose scores are hidden, what is taken must not tell which one counts.
    """
    # Until the commit nobody else asks about it: of two presses one finds the other's.
    submission = session.get_one(Submission, submission_id, with_for_update=True)
    standing = counting.seen(counting.standing(session, submission.assignment, by.id), settled)
    asked = of_submission(session, submission_id)
    own = submission.is_by(by.id)
    if own and len(asked) >= MOST:
        raise CannotRequest(
            f"There were {MOST} requests about this hand-in, and no more are taken: write to the course's staff."
        )
    if not own or not may_ask(submission, standing, asked):
        raise CannotRequest(
            "Another look can be asked for once a hand-in is graded and counts, and while no other request about it "
            "is open: load the page again."
        )
    if task and task not in {each.id for each in tasks_of(submission)}:
        raise CannotRequest("Choose a task of the list, or the whole hand-in.")
    made = Request(
        submission_id=submission_id, task=task, text=_checked(text, "Say what should be looked at, and why.")
    )
    session.add(made)
    session.flush()
    _record(session, made, by, "request.ask", {"task": task, "text": made.text}, address)
    return made


def answer(
    session: Session, course_id: int, reach: Reach, request_id: int, outcome: str, text: str, by: User, address: str
) -> Request:
    """Answers an open request of the course. Raises CannotRequest; NoRequest when there is no such request in reach."""
    if session.scalar(_in(course_id, reach).where(Request.id == request_id)) is None:
        raise NoRequest
    found = session.get_one(Request, request_id, with_for_update=True, populate_existing=True)
    if found.outcome == Outcome.WITHDRAWN:
        raise CannotRequest("The student has withdrawn this request: it needs no answer, and yours is not saved.")
    if found.outcome != _OPEN:
        raise CannotRequest(f"This request is {found.outcome} already: what stands is above, and yours is not saved.")
    if outcome not in ANSWERS:
        raise CannotRequest("Choose what becomes of the request.")
    found.answer = _checked(text, "Write an answer: the student reads it.")
    found.outcome, found.answered_by_id, found.answered_at = outcome, by.id, now()
    _record(session, found, by, "request.answer", {"outcome": outcome, "answer": found.answer}, address)
    return found


def withdraw(session: Session, submission_id: int, request_id: int, by: User, address: str = "") -> None:
    """Takes one's own open request about this submission back. Raises CannotRequest, NoRequest."""
    found = _locked(session, request_id)
    if found is None or found.submission_id != submission_id or not found.submission.is_by(by.id):
        raise NoRequest
    if found.outcome != _OPEN:
        raise CannotRequest(f"This request is {found.outcome} already.")
    found.outcome, found.answered_at = Outcome.WITHDRAWN, now()
    _record(session, found, by, "request.withdraw", {}, address)


def of_submission(session: Session, submission_id: int) -> Sequence[Request]:
    """Every request about a submission, the newest first, with who answered."""
    return session.scalars(
        select(Request)
        .options(joinedload(Request.answered_by))
        .where(Request.submission_id == submission_id)
        .order_by(Request.id.desc())
    ).all()


def of_student(session: Session, course_id: int, user_id: int) -> Sequence[Request]:
    """A student's requests in a course, as staff read them: the newest first, without those that were withdrawn."""
    return session.scalars(
        select(Request)
        .join(Request.submission)
        .join(Submission.assignment)
        .options(contains_eager(Request.submission), joinedload(Request.answered_by))
        .where(Assignment.course_id == course_id, Submission.by(user_id), Request.outcome != Outcome.WITHDRAWN)
        .order_by(Request.id.desc())
    ).all()


def count_open(session: Session, course_id: int, reach: Reach) -> int:
    """How many requests in reach wait for an answer."""
    return session.scalars(_counted(course_id, reach, Request.outcome == _OPEN)).one()


def count(session: Session, course_id: int, reach: Reach) -> int:
    """How many requests in reach there are, but those that were withdrawn."""
    return session.scalars(_counted(course_id, reach, Request.outcome != Outcome.WITHDRAWN)).one()


def listed(session: Session, course_id: int, reach: Reach, limit: int, offset: int) -> Sequence[Request]:
    """A page of the requests in reach, with all that a row shows: the open ones first, the oldest of them first; then
    the answered ones, the last answered first. Those that were withdrawn are their students' alone.
    """
    return (
        session.scalars(
            select(Request)
            .join(Request.submission)
            .join(Submission.assignment)
            .options(
                contains_eager(Request.submission).contains_eager(Submission.assignment),
                contains_eager(Request.submission).joinedload(Submission.user),
                contains_eager(Request.submission).options(*counting.TOTALS),
                joinedload(Request.answered_by),
            )
            .where(Request.id.in_(_in(course_id, reach)), Request.outcome != Outcome.WITHDRAWN)
            .order_by(*_LISTED)
            .limit(limit)
            .offset(offset)
        )
        .unique()
        .all()
    )


def place(session: Session, course_id: int, reach: Reach, request_id: int) -> int:
    """How many requests stand before this one in all that is `listed`; 0 for one that is not."""
    ids = session.scalars(
        select(Request.id)
        .where(Request.id.in_(_in(course_id, reach)), Request.outcome != Outcome.WITHDRAWN)
        .order_by(*_LISTED)
    ).all()
    return ids.index(request_id) if request_id in ids else 0


_LISTED = (Request.outcome != _OPEN, Request.answered_at.desc(), Request.id)


def _counted(course_id: int, reach: Reach, which: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(Request).where(Request.id.in_(_in(course_id, reach)), which)


def _in(course_id: int, reach: Reach) -> Select[int]:
    """The requests of a course that are in reach."""
    return (
        select(Request.id)
        .join(Request.submission)
        .join(Submission.assignment)
        .where(Assignment.course_id == course_id, reach.of_submissions(course_id))
    )


def _locked(session: Session, request_id: int) -> Request | None:
    return session.get(Request, request_id, with_for_update=True)


def _checked(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise CannotRequest(missing)
    if len(text) > LONGEST_TEXT:
        raise CannotRequest(f"This has {len(text):,} characters; up to {LONGEST_TEXT:,} are kept.")
    return text


def _record(session: Session, found: Request, by: User, action: str, detail: dict[str, str], address: str) -> None:
    submission = session.get_one(Submission, found.submission_id)
    record = f"request {found.id} about submission {submission.id}"
    audit.record(session, by.login, action, record, detail, address, course_id=submission.assignment.course_id)
