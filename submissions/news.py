"""What changed for a person in a course since they last looked, read from the rows that are there.

It must tell nothing that is hidden from them: no score stands in it, and no word about a test that they do not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from submissions import announcements, sight
from submissions.models import (
    Adjustment,
    Assignment,
    AuditEntry,
    Author,
    Comment,
    Enrolment,
    Extension,
    Grading,
    Phase,
    Regrade,
    Request,
    State,
    Submission,
)

REACHES_BACK = timedelta(days=60)
MOST = 200
"""Of each kind, the newest."""


class Kind(StrEnum):
    """What happened."""

    ANNOUNCED = "announced"
    GRADED = "graded"
    REFUSED = "refused"
    REGRADED = "regraded"
    COMMENTED = "commented"
    ANSWERED = "answered"
    DECIDED = "decided"
    EXTENDED = "extended"
    OPENED = "opened"
    DUE_MOVED = "due moved"
    POINTS_RELEASED = "points released"
    PUBLISHED = "results published"


class News(msgspec.Struct, frozen=True):
    """One thing that happened, about `assignment` or the whole course; `words` are what somebody wrote about it."""

    at: datetime | None
    kind: Kind
    assignment: Assignment | None = None
    submission_id: int | None = None
    words: str = ""


def of(session: Session, place: Enrolment, at: datetime, settled: datetime) -> list[News]:
    """What changed for the person who has this place, the newest first; `settled` as of `sight.Sight`."""
    since = at - REACHES_BACK
    assignments = {
        each.id: each
        for each in session.scalars(
            select(Assignment).options(joinedload(Assignment.suite)).where(Assignment.course_id == place.course_id)
        )
        if each.opens_at is None or each.opens_at <= at
    }
    found = [
        *_announced(session, place, at),
        *_of_assignments(assignments.values()),
        *_graded(session, place, assignments, since),
        *_regraded(session, place, assignments, since),
        *_commented(session, place, assignments, since, settled),
        *_answered(session, place, assignments, since),
        *_decided(session, place, assignments, since),
        *_extended(session, place, assignments, since),
        *_due_moved(session, place, assignments, since),
    ]
    dated = [(each.at, each) for each in found if each.at is not None and since < each.at <= at]
    return [each for _, each in sorted(dated, key=lambda pair: pair[0], reverse=True)][:MOST]


def seen(session: Session, place: Enrolment, until: datetime) -> None:
    """The person has seen all that changed until then; earlier than before says nothing."""
    kept = session.get_one(Enrolment, place.id, with_for_update=True, populate_existing=True)
    kept.news_seen_at = max(until, kept.news_seen_at or until)


def _announced(session: Session, place: Enrolment, at: datetime) -> Iterator[News]:
    for each in announcements.standing(session, place.course_id, at):
        if each.assignment is None or each.assignment.opens_at is None or each.assignment.opens_at <= at:
            yield News(each.edited_at or each.shown_from, Kind.ANNOUNCED, each.assignment, words=each.title)


def _of_assignments(assignments: Iterable[Assignment]) -> Iterator[News]:
    for each in assignments:
        for moment, kind in (
            (each.opens_at, Kind.OPENED),
            (each.points_released_at, Kind.POINTS_RELEASED),
            (each.results_published_at, Kind.PUBLISHED),
        ):
            yield News(moment, kind, each)


def _graded(session: Session, place: Enrolment, assignments: dict[int, Assignment], since: datetime) -> Iterator[News]:
    kinds = {State.GRADED: Kind.GRADED, State.REFUSED: Kind.REFUSED}
    rows = session.execute(
        select(Grading.finished_at, Grading.state, Submission.id, Submission.assignment_id)
        .join(Grading.submission)
        .join(Author, Author.submission_id == Submission.id)
        .where(
            Author.user_id == place.user_id,
            Submission.assignment_id.in_(assignments),
            Grading.finished_at > since,
            Grading.state.in_(kinds),
            Grading.regrade_id.is_(None),
        )
        .order_by(Grading.finished_at.desc())
        .limit(MOST)
    )
    for finished_at, state, submission_id, assignment_id in rows:
        yield News(finished_at, kinds[State(state)], assignments[assignment_id], submission_id)


def _regraded(
    session: Session, place: Enrolment, assignments: dict[int, Assignment], since: datetime
) -> Iterator[News]:
    rows = session.execute(
        select(Regrade.ended_at, Regrade.reason, Submission.id, Submission.assignment_id)
        .join(Grading, Grading.regrade_id == Regrade.id)
        .join(Grading.submission)
        .join(Author, Author.submission_id == Submission.id)
        .where(
            Author.user_id == place.user_id,
            Submission.assignment_id.in_(assignments),
            Regrade.phase == Phase.PUBLISHED,
            Regrade.ended_at > since,
            Grading.shadow.is_(False),
            Grading.again.is_(False),
        )
        .order_by(Regrade.ended_at.desc(), Submission.id.desc())
        .limit(MOST)
    )
    for ended_at, reason, submission_id, assignment_id in rows:
        yield News(ended_at, Kind.REGRADED, assignments[assignment_id], submission_id, reason)


def _commented(
    session: Session, place: Enrolment, assignments: dict[int, Assignment], since: datetime, settled: datetime
) -> Iterator[News]:
    rows = session.execute(
        select(Comment.at, Comment.test, Submission.id, Submission.assignment_id, Submission.due_at)
        .join(Comment.submission)
        .join(Author, Author.submission_id == Submission.id)
        .where(
            Author.user_id == place.user_id,
            Submission.assignment_id.in_(assignments),
            Comment.at > since,
            Comment.withdrawn_at.is_(None),
        )
        .order_by(Comment.at.desc())
        .limit(MOST)
    )
    for said_at, test, submission_id, assignment_id, due_at in rows:
        where = assignments[assignment_id]
        if not test or _shows(where, test, sight.of(where, due_at, settled)):
            yield News(said_at, Kind.COMMENTED, where, submission_id)


def _shows(assignment: Assignment, test: str, seen_now: sight.Sight) -> bool:
    # One that the published suite does not have stands on the page, and is not told here: nobody knows who may see it.
    known = assignment.suite.manifest["tests"] if assignment.suite is not None else []
    return any(each["id"] == test and seen_now.test(each["visibility"]) for each in known)


def _answered(
    session: Session, place: Enrolment, assignments: dict[int, Assignment], since: datetime
) -> Iterator[News]:
    rows = session.execute(
        select(Request.answered_at, Submission.id, Submission.assignment_id)
        .join(Request.submission)
        .join(Author, Author.submission_id == Submission.id)
        .where(
            Author.user_id == place.user_id,
            Submission.assignment_id.in_(assignments),
            Request.answered_at > since,
            Request.answered_by_id.is_not(None),
        )
        .order_by(Request.answered_at.desc())
        .limit(MOST)
    )
    for answered_at, submission_id, assignment_id in rows:
        yield News(answered_at, Kind.ANSWERED, assignments[assignment_id], submission_id)


def _decided(session: Session, place: Enrolment, assignments: dict[int, Assignment], since: datetime) -> Iterator[News]:
    rows = session.execute(
        select(Adjustment.at, Adjustment.reason, Adjustment.assignment_id)
        .where(
            Adjustment.user_id == place.user_id,
            Adjustment.assignment_id.in_(assignments),
            Adjustment.at > since,
            Adjustment.withdrawn_at.is_(None),
        )
        .order_by(Adjustment.at.desc())
        .limit(MOST)
    )
    for decided_at, reason, assignment_id in rows:
        yield News(decided_at, Kind.DECIDED, assignments[assignment_id], words=reason)


def _extended(
    session: Session, place: Enrolment, assignments: dict[int, Assignment], since: datetime
) -> Iterator[News]:
    of_section = (Extension.section == place.section) & (Extension.section != "")
    rows = session.execute(
        select(Extension.at, Extension.assignment_id)
        .where(
            Extension.assignment_id.in_(assignments),
            (Extension.user_id == place.user_id) | of_section,
            Extension.at > since,
            Extension.withdrawn_at.is_(None),
        )
        .order_by(Extension.at.desc())
        .limit(MOST)
    )
    for given_at, assignment_id in rows:
        yield News(given_at, Kind.EXTENDED, assignments[assignment_id])


def _due_moved(
    session: Session, place: Enrolment, assignments: dict[int, Assignment], since: datetime
) -> Iterator[News]:
    by_record = {f"assignment {each.slug}": each for each in assignments.values()}
    rows = session.execute(
        select(AuditEntry.at, AuditEntry.record, AuditEntry.detail)
        .where(AuditEntry.course_id == place.course_id, AuditEntry.action == "rules.change", AuditEntry.at > since)
        .order_by(AuditEntry.at.desc())
        .limit(MOST)
    )
    for changed_at, record, detail in rows:
        if record in by_record and "due_at" in detail["after"]:
            yield News(changed_at, Kind.DUE_MOVED, by_record[record])
