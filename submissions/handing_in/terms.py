"""On what terms a student hands in: the rules of the assignment, and the student's own extension, grace and uploads.

Read from rows, whatever a queue or a page believes. `admitted` decides about one upload, once before its bytes are
read and once in the transaction that records it; `judge` keeps with every upload how the rules judge it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Select, func, select, true, update
from sqlalchemy.orm import Session

from submissions.models import Assignment, Author, Course, Enrolment, Extension, Role, State, Submission, User
from submissions.people import groups
from submissions.people.groups import Member
from submissions.rules import rules
from submissions.rules.rules import Counted, Judged, Own, Refusal, Rules, Shown, Unit
from submissions.scores import counting

STORED = tuple(name for name in Rules.__struct_fields__ if name != "zone")
"""What of the rules stands in the assignment's own columns."""

# What could not be graded costs nothing.
_COSTS_NOTHING = (State.REFUSED, State.FAULT)


class NotTaken(Exception):
    """The rules do not let this upload in now; `refusal` says why, and from when on."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class GraceAsked(Exception):
    """The upload is late, and the student has grace days and has not said whether they are to be spent."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(f"{offer.days} of {offer.left}")
        self.offer = offer


class Offer(msgspec.Struct, frozen=True):
    """What `days` grace days of the `left` ones would do: the penalty in percent without them, and with them."""

    days: int
    left: int
    without: float
    with_them: float


class Terms(msgspec.Struct, frozen=True):
    """What holds for one person in one assignment, or for a group that hands in together.

    `students` are their ids, in order. `earlier` are for each of them the times of the uploads that use up what one
    has: an upload is let in where it would be for each of them alone. `fellows` are the others by name, and `short`
    those among all who have the fewest grace days left, where others have more.
    `bound`: a student is. Staff who try an assignment are not: nothing of theirs counts.
    """

    rules: Rules
    own: Own
    students: tuple[int, ...]
    earlier: tuple[tuple[datetime, ...], ...] = ((),)
    bound: bool = True
    fellows: tuple[str, ...] = ()
    short: tuple[str, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """The person's own deadline."""
        return rules.due(self.rules, self.own)

    @property
    def ends_at(self) -> datetime | None:
        """After this nothing of theirs is taken."""
        return rules.end(self.rules, self.own)

    def judged(self, at: datetime) -> Judged:
        """How an upload of that moment would be judged, without spending anything more."""
        return rules.judged(self.rules, at, self.own)

    def refusal(self, at: datetime) -> Refusal | None:
        """Why an upload of that moment is not taken."""
        if not self.bound:
            return None
        found = [rules.refusal(self.rules, at, self.own, each) for each in self.earlier]
        # Of several, the one that holds for longest; None means for ever.
        return max(
            (each for each in found if each is not None),
            key=lambda each: (each.again_at is None, each.again_at or at),
            default=None,
        )

    def uploads_left(self, at: datetime) -> int | None:
        """How many uploads are left; None: no matter how many."""
        left = [rules.uploads_left(self.rules, at, each) for each in self.earlier] if self.bound else []
        return min((each for each in left if each is not None), default=None)

    def costs_more_at(self, at: datetime) -> datetime | None:
        """The last moment at which an upload costs no more than at this one; None where it never will."""
        return rules.costs_more_at(self.rules, at, self.own)

    def offer(self, at: datetime) -> Offer | None:
        """The grace days that could be spent on an upload of that moment."""
        days = rules.grace_needed(self.rules, at, self.own) if self.bound else 0
        if not days:
            return None
        after = rules.judged(self.rules, at, rules.spending(self.own, days))
        return Offer(days, self.own.left, self.judged(at).penalty, after.penalty)


class Admitted(msgspec.Struct, frozen=True):
    """An upload that is taken: how it is judged, how many grace days are given for the assignment by now, and whether
    this upload spends any of them.
    """

    judged: Judged
    grace_days: int
    spends: bool = False


def admitted(terms: Terms, at: datetime, agreed: int | None) -> Admitted:
    """Decides about an upload. Raises NotTaken, GraceAsked.

    `agreed` is how many grace days the student said may be spent, 0 none, None nothing was said. No more are spent than
    are needed, and none where more are needed than was agreed to: a day may have ended since the page was opened.
    """
    if refusal := terms.refusal(at):
        raise NotTaken(refusal)
    own = terms.own
    if (offer := terms.offer(at)) and agreed != 0:
        if agreed is None or agreed < offer.days:
            raise GraceAsked(offer)
        own = rules.spending(own, offer.days)
    return Admitted(rules.judged(terms.rules, at, own), own.spent, own != terms.own)


def rules_of(assignment: Assignment, course: Course) -> Rules:
    """The assignment's rules as they are stored."""
    return Rules(
        zone=course.timezone,
        opens_at=assignment.opens_at,
        due_at=assignment.due_at,
        ends_at=assignment.ends_at,
        late_percent=assignment.late_percent,
        late_unit=Unit(assignment.late_unit),
        takes_grace=assignment.takes_grace,
        counted=Counted(assignment.counted),
        most_uploads=assignment.most_uploads,
        upload_hours=assignment.upload_hours,
        pause_minutes=assignment.pause_minutes,
        group_size=assignment.group_size,
        show_tests=Shown(assignment.show_tests),
        show_output=Shown(assignment.show_output),
    )


def of(session: Session, assignment: Assignment, course: Course, user_id: int) -> Terms:
    """The terms of one person, or of their group, in one assignment."""
    return of_all(session, [assignment], course, user_id)[assignment.id]


def of_all(session: Session, assignments: Sequence[Assignment], course: Course, user_id: int) -> dict[int, Terms]:
    """The terms of one person, or of their group, in each of these assignments of a course, in a fixed number of
    queries.
    """
    place = session.execute(
        select(Enrolment.role, Enrolment.section, User.name)
        .join(Enrolment.user)
        .where(Enrolment.course_id == course.id, Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))
    ).one_or_none()
    alone = Member(user_id, place.name if place else "", place.section if place else "")
    together = groups.together(session, [each.id for each in assignments], user_id)
    users = {user_id, *(each.user_id for members in together.values() for each in members)}
    made = session.execute(_uploads(course.id, sorted(users))).all()
    spent: dict[tuple[int, int], int] = {}
    earlier: dict[tuple[int, int], list[datetime]] = {}
    for upload in made:
        key = upload.assignment_id, upload.user_id
        if upload.state != State.REFUSED:
            spent[key] = max(spent.get(key, 0), upload.grace_days)
        if upload.state not in _COSTS_NOTHING:
            earlier.setdefault(key, []).append(upload.received_at)
    gone = {user: sum(days for (_, whose), days in spent.items() if whose == user) for user in users}
    extensions = holding(session, [each.id for each in assignments])
    bound = place is not None and place.role == Role.STUDENT
    found = {}
    for each in assignments:
        of_this = [extension for extension in extensions if extension.assignment_id == each.id]
        members = together.get(each.id, (alone,))
        owns = [
            Own(
                extended_to=latest(of_this, member.user_id, member.section),
                spent=spent.get((each.id, member.user_id), 0),
                left=max(0, course.grace_days - gone[member.user_id]),
            )
            for member in members
        ]
        days = [own.spent + own.left for own in owns]
        found[each.id] = Terms(
            rules_of(each, course),
            rules.together(owns),
            tuple(member.user_id for member in members),
            tuple(tuple(earlier.get((each.id, member.user_id), ())) for member in members),
            bound,
            tuple(member.name for member in members if member.user_id != user_id),
            tuple(member.name for member, has in zip(members, days, strict=True) if has == min(days) < max(days)),
        )
    return found


def extended(session: Session, courses: Sequence[int], user_id: int) -> dict[int, datetime]:
    """Until when extensions hold for a person, or for their group, by assignment, in all of these courses."""
    fellow = groups.fellows(user_id)
    found = session.execute(
        select(Extension.assignment_id, func.max(Extension.due_at))
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .outerjoin(fellow, fellow.c.assignment_id == Assignment.id)
        .join(
            Enrolment,
            (Enrolment.course_id == Assignment.course_id)
            & ((Enrolment.user_id == user_id) | (Enrolment.user_id == fellow.c.user_id)),
        )
        .where(
            Assignment.course_id.in_(courses),
            Extension.withdrawn_at.is_(None),
            (Extension.user_id == Enrolment.user_id)
            | ((Extension.section != "") & (Extension.section == Enrolment.section)),
        )
        .group_by(Extension.assignment_id)
    )
    return dict(found.all())


def lock(session: Session, assignment_id: int, user_id: int) -> tuple[Assignment, Course]:
    """The assignment and its course as they are now. Until the commit its rules and its groups stay as they are, and
    nothing else of this student, or of their group, is recorded in the course: of two uploads at the same moment one
    finds the other's.
    """
    assignment = session.get_one(Assignment, assignment_id, with_for_update={"read": True}, populate_existing=True)
    course = session.get_one(Course, assignment.course_id, populate_existing=True)
    members = groups.together(session, [assignment_id], user_id).get(assignment_id, ())
    students = {user_id, *(each.user_id for each in members)}
    places = select(Enrolment.id).where(Enrolment.course_id == course.id, Enrolment.user_id.in_(students))
    # Always in the same order, so that no two wait for each other.
    session.scalars(places.order_by(Enrolment.id).with_for_update()).all()
    return assignment, course


def judge(session: Session, assignment: Assignment, students: Sequence[int] | None = None) -> int:
    """Keeps with every upload of the assignment, or of these students', how the rules judge it now; returns how many
    are judged otherwise. The caller holds the assignment (`lock`, or its row for update).

    An upload of several is judged by the latest of their extensions, and by the grace days that each of them gave.
    """
    session.flush()
    course = session.get_one(Course, assignment.course_id)
    of_all = rules_of(assignment, course)
    extensions = holding(session, [assignment.id])
    places = session.execute(select(Enrolment.user_id, Enrolment.section).where(Enrolment.course_id == course.id))
    sections = dict(places.all())
    made = session.execute(
        select(
            Submission.id,
            Submission.received_at,
            Submission.grace_days,
            Submission.due_at,
            Submission.penalty,
            Author.user_id,
            counting.SPEAKING_STATE.label("state"),
        )
        .join(Submission.authors)
        .where(Submission.assignment_id == assignment.id, _with(students) if students is not None else true())
    ).all()
    spent: dict[int, int] = {}
    authors: dict[int, list[int]] = {}
    for row in made:
        authors.setdefault(row.id, []).append(row.user_id)
        if row.state != State.REFUSED:
            spent[row.user_id] = max(spent.get(row.user_id, 0), row.grace_days)
    extended = {user: latest(extensions, user, sections.get(user, "")) for user in {row.user_id for row in made}}
    changed = []
    for upload in {row.id: row for row in made}.values():
        each = authors[upload.id]
        if students is not None and not set(each) & set(students):
            continue
        own = rules.together([Own(extended_to=extended[user], spent=spent.get(user, 0)) for user in each])
        found = rules.judged(of_all, upload.received_at, own)
        if (found.due_at, found.penalty) != (upload.due_at, upload.penalty):
            changed.append({"id": upload.id, "due_at": found.due_at, "penalty": found.penalty})
    if changed:
        session.execute(update(Submission), changed)
    return len(changed)


def _with(students: Sequence[int]) -> ColumnElement[bool]:
    """The condition on uploads of these students, and on those of whom they ever handed in with: all that says what
    holds for the former.
    """
    theirs = select(Author.submission_id).where(Author.user_id.in_(students))
    together = select(Author.user_id).where(Author.submission_id.in_(theirs))
    return Submission.id.in_(select(Author.submission_id).where(Author.user_id.in_(together)))


def _uploads(course_id: int, users: Sequence[int]) -> Select[int, int, datetime, int, str | None]:
    return (
        select(
            Submission.assignment_id,
            Author.user_id,
            Submission.received_at,
            Submission.grace_days,
            counting.SPEAKING_STATE.label("state"),
        )
        .join(Submission.authors)
        .join(Submission.assignment)
        .where(Assignment.course_id == course_id, Author.user_id.in_(users))
    )


def holding(session: Session, assignments: Sequence[int]) -> Sequence[Extension]:
    """The extensions of these assignments that hold."""
    return session.scalars(
        select(Extension).where(Extension.assignment_id.in_(assignments), Extension.withdrawn_at.is_(None))
    ).all()


def latest(extensions: Sequence[Extension], user_id: int, section: str) -> datetime | None:
    """Of several that hold for a student, the latest does."""
    own = (each.due_at for each in extensions if each.user_id == user_id or (each.section and each.section == section))
    return max(own, default=None)
