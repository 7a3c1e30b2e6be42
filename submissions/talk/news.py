"""What changed for a person in a course since they last looked, read from the rows that are there.

It must tell nothing that is hidden from them: no score stands in it, and no word about a test that they do not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from submissions.models import (
    Adjustment,
    Announcement,
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
from submissions.models.columns import PlainText, UtcDateTime
from submissions.scores import sight

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

    at: datetime
    kind: Kind
    assignment: Assignment | None = None
    submission_id: int | None = None
    words: str = ""


def of(session: Session, place: Enrolment, at: datetime, settled: datetime) -> list[News]:
    """What changed for the person who has this place, the newest first; `settled` as of `sight.Sight`."""
    rows = _shown(session, place, at, settled, at - REACHES_BACK)
    assignments = {
        each.id: each for each in session.scalars(select(Assignment).where(Assignment.course_id == place.course_id))
    }
    return [
        News(row.at, Kind(row.kind), assignments.get(row.assignment_id), row.submission_id, row.words) for row in rows
    ]


def count_new(session: Session, place: Enrolment, at: datetime, settled: datetime) -> int:
    """How much of it they have not seen yet."""
    since = max(at - REACHES_BACK, place.news_seen_at or at - REACHES_BACK)
    return len(_shown(session, place, at, settled, since))


def seen(session: Session, place: Enrolment, until: datetime) -> None:
    """The person has seen all that changed until then; earlier than before says nothing."""
    kept = session.get_one(Enrolment, place.id, with_for_update=True, populate_existing=True)
    kept.news_seen_at = max(until, kept.news_seen_at or until)


def _shown(
    session: Session, place: Enrolment, at: datetime, settled: datetime, since: datetime
) -> list[Row[*tuple[Any, ...]]]:
    known_of = {"course_id": place.course_id, "user_id": place.user_id, "section": place.section}
    rows = session.execute(_happened(), {**known_of, "at": at, "since": since}).all()
    at_tests = {row.assignment_id for row in rows if row.test}
    asked = select(Assignment).options(joinedload(Assignment.suite)).where(Assignment.id.in_(at_tests))
    known = {each.id: each for each in session.scalars(asked)} if at_tests else {}
    found = [row for row in rows if not row.test or _shows(known[row.assignment_id], row.test, row.due_at, settled)]
    return sorted(found, key=lambda row: (row.at, row.submission_id or 0), reverse=True)[:MOST]


_Part = Select[*tuple[Any, ...]]

# Of whom it is asked, and from when to when.
_COURSE, _USER = bindparam("course_id", type_=Integer), bindparam("user_id", type_=Integer)
_SECTION = bindparam("section", type_=PlainText)
_SINCE, _AT = bindparam("since", type_=UtcDateTime), bindparam("at", type_=UtcDateTime)


@cache
def _happened() -> CompoundSelect[*tuple[Any, ...]]:
    """One statement for everybody: putting it together takes longer than the database does to answer it."""
    happened = (part.where(part.selected_columns.at > _SINCE, part.selected_columns.at <= _AT) for part in _parts())
    # Each part by itself, so that many of one kind leave room for the others.
    newest = (part.order_by(part.selected_columns.at.desc()).limit(MOST).subquery() for part in happened)
    return union_all(*(select(part) for part in newest))


def _parts() -> Iterator[_Part]:
    """What can happen to the person, kind by kind, in the assignments that have opened."""
    opened = select(Assignment.id).where(
        Assignment.course_id == _COURSE, Assignment.opens_at.is_(None) | (Assignment.opens_at <= _AT)
    )
    announced = case(
        (Announcement.edited_at > Announcement.shown_from, Announcement.edited_at), else_=Announcement.shown_from
    )
    yield _part(Kind.ANNOUNCED, announced, Announcement.assignment_id, words=Announcement.title).where(
        Announcement.course_id == _COURSE,
        Announcement.withdrawn_at.is_(None),
        Announcement.shown_from <= _AT,
        Announcement.assignment_id.is_(None) | Announcement.assignment_id.in_(opened),
    )
    for kind, moment in (
        (Kind.OPENED, Assignment.opens_at),
        (Kind.POINTS_RELEASED, Assignment.points_released_at),
        (Kind.PUBLISHED, Assignment.results_published_at),
    ):
        yield _part(kind, moment, Assignment.id).where(Assignment.id.in_(opened))

    def of_own(part: _Part, link: InstrumentedAttribute[Any]) -> _Part:
        """What is about a submission of the person's."""
        return (
            part.join(link)
            .join(Author, Author.submission_id == Submission.id)
            .where(Author.user_id == _USER, Submission.assignment_id.in_(opened))
        )

    where = (Submission.assignment_id, Submission.id)
    # By expressions, of which no index leads SQLite through everybody's gradings.
    came_to = case({State.GRADED: str(Kind.GRADED), State.REFUSED: str(Kind.REFUSED)}, value=Grading.state)
    yield of_own(_part(came_to, Grading.finished_at, *where), Grading.submission).where(
        came_to.is_not(None), func.coalesce(Grading.regrade_id, 0) == 0
    )
    regraded = _part(Kind.REGRADED, Regrade.ended_at, *where, words=Regrade.reason).select_from(Grading)
    yield of_own(regraded.join(Regrade, Grading.regrade_id == Regrade.id), Grading.submission).where(
        Regrade.phase == Phase.PUBLISHED, Grading.shadow.is_(False), Grading.again.is_(False)
    )
    commented = _part(Kind.COMMENTED, Comment.at, *where, test=Comment.test, due_at=Submission.due_at)
    yield of_own(commented.select_from(Comment), Comment.submission).where(Comment.withdrawn_at.is_(None))
    answered = _part(Kind.ANSWERED, Request.answered_at, *where).select_from(Request)
    yield of_own(answered, Request.submission).where(Request.answered_by_id.is_not(None))
    yield _part(Kind.DECIDED, Adjustment.at, Adjustment.assignment_id, words=Adjustment.reason).where(
        Adjustment.user_id == _USER,
        Adjustment.assignment_id.in_(opened),
        Adjustment.withdrawn_at.is_(None),
    )
    of_section = (Extension.section == _SECTION) & (Extension.section != "")
    yield _part(Kind.EXTENDED, Extension.at, Extension.assignment_id).where(
        Extension.assignment_id.in_(opened),
        (Extension.user_id == _USER) | of_section,
        Extension.withdrawn_at.is_(None),
    )
    yield (
        _part(Kind.DUE_MOVED, AuditEntry.at, Assignment.id)
        .join(Assignment, AuditEntry.record == "assignment " + Assignment.slug)
        .where(
            Assignment.id.in_(opened),
            AuditEntry.course_id == _COURSE,
            AuditEntry.action == "rules.change",
            # Before and after hold what differs, and nothing else.
            cast(AuditEntry.detail, Text).contains('"due_at":', autoescape=True),
        )
    )


def _part(
    kind: Kind | ColumnElement[Any],
    at: ColumnElement[Any] | InstrumentedAttribute[Any],
    assignment_id: InstrumentedAttribute[Any],
    submission_id: InstrumentedAttribute[Any] | None = None,
    *,
    words: InstrumentedAttribute[Any] | None = None,
    test: InstrumentedAttribute[Any] | None = None,
    due_at: InstrumentedAttribute[Any] | None = None,
) -> _Part:
    """Columns of every part alike, as a union must have them; `test` is where a comment stands."""
    return select(
        (literal(str(kind)) if isinstance(kind, Kind) else kind).label("kind"),
        type_coerce(at, UtcDateTime).label("at"),
        assignment_id.label("assignment_id"),
        (submission_id if submission_id is not None else cast(null(), Integer)).label("submission_id"),
        (words if words is not None else literal("")).label("words"),
        (test if test is not None else literal("")).label("test"),
        (due_at if due_at is not None else cast(null(), UtcDateTime)).label("due_at"),
    )


def _shows(assignment: Assignment, test: str, due_at: datetime | None, settled: datetime) -> bool:
    # One that the published suite does not have stands on the page, and is not told here: nobody knows who may see it.
    known = assignment.suite.manifest["tests"] if assignment.suite is not None else []
    seen_now = sight.of(assignment, due_at, settled)
    return any(each["id"] == test and seen_now.test(each["visibility"]) for each in known)
