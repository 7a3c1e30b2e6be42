"""How students form their groups themselves: one asks another by login, who accepts or declines.

A login of nobody is asked as anybody's is, and nothing comes of it: who asks must not learn who is in the course. What
was handed in together is left to staff: a student leaves a group only before.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from submissions.handing_in import terms
from submissions.models import Assignment, Course, Enrolment, GroupInvitation, Role, User, now
from submissions.people import groups
from submissions.people.groups import BadGroup, Formed
from submissions.people.reach import WHOLE
from submissions.scores import counting
from submissions.storage import audit

LONGEST_LOGIN = 100
"""Characters of a login that is asked."""


class Asked(msgspec.Struct, frozen=True):
    """An open question: to the `login`, by whom."""

    id: int
    login: str
    by_id: int
    by: str
    by_login: str
    at: datetime


class Own(msgspec.Struct, frozen=True):
    """How a student stands: the group, if any, whom it has `asked`, who is `asking`, and how many more there is room to
    ask. `may_leave`: nothing was handed in together yet.
    """

    group: Formed | None
    asked: tuple[Asked, ...]
    asking: tuple[Asked, ...]
    room: int
    may_leave: bool


def of(session: Session, assignment: Assignment, student: User) -> Own:
    """How this student stands, in a fixed number of queries."""
    group = groups.of_student(session, assignment.id, student.id)
    members = [each.user_id for each in group.members] if group is not None else [student.id]
    theirs = GroupInvitation.by_id.in_(members) | (GroupInvitation.login == student.login)
    found = [
        Asked(each.id, each.login, each.by_id, each.by.name, each.by.login, each.at)
        for each in session.scalars(_open(assignment).where(theirs))
    ]
    asked = tuple(each for each in found if each.by_id in members)
    asking = tuple(each for each in found if each.by_id not in members)
    room = assignment.group_size - len(members) - len(asked)
    together = groups.handed_in(session, assignment.id, student.id, members)
    return Own(group, asked, asking, max(0, room), group is not None and not together)


def ask(session: Session, assignment_id: int, login: str, by: User, address: str = "") -> None:
    """Asks whoever has that login, if anybody has. Raises BadGroup."""
    assignment = _held(session, assignment_id, by)
    login = login.strip().lower()
    own = of(session, assignment, by)
    if not login or len(login) > LONGEST_LOGIN or not login.isprintable():
        raise BadGroup("Write the login of the one whom you ask, as they write it to log in.")
    if login == by.login:
        raise BadGroup("That is your own login: write that of the one whom you ask.")
    if own.group is not None and any(each.login == login for each in own.group.members):
        raise BadGroup(f"{login} is in your group already.")
    if any(each.login == login for each in own.asked):
        raise BadGroup(f"{login} is asked already, and has not answered yet.")
    if not own.room:
        raise BadGroup(
            f"Up to {assignment.group_size} hand in together, and as many are in your group or asked: take a question "
            "back first."
        )
    session.add(GroupInvitation(assignment_id=assignment_id, by_id=by.id, login=login))
    _record(session, assignment, by, "group.ask", {"login": login}, address)


def accept(session: Session, assignment_id: int, invitation_id: int, by: User, address: str = "") -> Formed:
    """Joins the group of who asked; returns it. Raises BadGroup."""
    assignment = _held(session, assignment_id, by)
    found = _question(session, assignment, invitation_id)
    if found is None or found.login != by.login:
        raise BadGroup("This question was taken back: load the page again.")
    own, others = (groups.of_student(session, assignment_id, each) for each in (by.id, found.by_id))
    if own is not None and len(own.members) > 1:
        raise BadGroup(f"You are in group {own.name} already: leave it first.")
    _due_alike(session, assignment, by.id, found.by_id)
    if own is not None:
        groups.leave(session, [own.id], [by.id])
    if others is None:
        asker = session.get_one(User, found.by_id)
        # Whose place in the course ended is asked for by nobody.
        _checked(session, assignment, asker, f"{asker.name} is in the course no more.")
        made = groups.make(session, assignment_id, WHOLE, "", [asker.login, by.login], by.login, address)
        joined = made.id
    else:
        groups.add(session, assignment_id, WHOLE, others.id, by.login, by.login, address)
        joined = others.id
    at = now()
    for each in session.scalars(_open(assignment).where(GroupInvitation.login == by.login)):
        each.ended_at = at
    session.flush()
    return next(each for each in groups.listed(session, assignment_id, WHOLE) if each.id == joined)


def decline(session: Session, assignment_id: int, invitation_id: int, by: User, address: str = "") -> None:
    """Says no to who asked. Raises BadGroup."""
    assignment = _held(session, assignment_id, by)
    found = _question(session, assignment, invitation_id)
    if found is None or found.login != by.login:
        raise BadGroup("This question was taken back: load the page again.")
    found.ended_at = now()
    _record(session, assignment, by, "group.decline", {"asked by": found.by.login}, address)


def take_back(session: Session, assignment_id: int, invitation_id: int, by: User, address: str = "") -> None:
    """Takes a question of one's own, or of one's group, back. Raises BadGroup."""
    assignment = _held(session, assignment_id, by)
    found = _question(session, assignment, invitation_id)
    if found is None or all(each.id != found.id for each in of(session, assignment, by).asked):
        raise BadGroup("This question is answered, or was taken back: load the page again.")
    found.ended_at = now()
    _record(session, assignment, by, "group.take back", {"login": found.login}, address)


def leave(session: Session, assignment_id: int, by: User, address: str = "") -> Formed:
    """Leaves one's group, in which nothing was handed in together yet. Raises BadGroup."""
    assignment = _held(session, assignment_id, by)
    own = of(session, assignment, by)
    if own.group is None:
        raise BadGroup("You are in no group: load the page again.")
    if not own.may_leave:
        raise BadGroup("Your group has handed in already: the course's staff can take you out of it.")
    groups.leave(session, [own.group.id], [by.id])
    _record(session, assignment, by, "group.leave", {"group": own.group.name}, address)
    return own.group


def _held(session: Session, assignment_id: int, by: User) -> Assignment:
    assignment = groups.held(session, assignment_id)
    _checked(session, assignment, by, "Groups are formed by the students of the course.")
    if assignment.group_size < 2:
        raise BadGroup("By the rules of this assignment everybody hands in alone.")
    return assignment


def _checked(session: Session, assignment: Assignment, student: User, otherwise: str) -> None:
    place = select(Enrolment.id).where(
        Enrolment.course_id == assignment.course_id,
        Enrolment.user_id == student.id,
        Enrolment.role == Role.STUDENT,
        Enrolment.ended_at.is_(None),
    )
    if session.scalar(place) is None:
        raise BadGroup(otherwise)


def _due_alike(session: Session, assignment: Assignment, *students: int) -> None:
    """Whose deadline has passed gets no later one by joining who has an extension: that is for staff to decide."""
    course = session.get_one(Course, assignment.course_id)
    due = {terms.of(session, assignment, course, each).due_at for each in students}
    if len(due) > 1 and any(counting.past_due(each, now()) for each in due):
        raise BadGroup(
            "The deadline has passed for one of you and not for the other: the course's staff can put you in a group."
        )


def _open(assignment: Assignment) -> Select[GroupInvitation]:
    return (
        select(GroupInvitation)
        .join(GroupInvitation.by)
        .options(contains_eager(GroupInvitation.by))
        .where(GroupInvitation.assignment_id == assignment.id, GroupInvitation.ended_at.is_(None))
        .order_by(GroupInvitation.id)
    )


def _question(session: Session, assignment: Assignment, invitation_id: int) -> GroupInvitation | None:
    return session.scalar(_open(assignment).where(GroupInvitation.id == invitation_id))


def _record(
    session: Session, assignment: Assignment, by: User, action: str, detail: dict[str, object], address: str
) -> None:
    record = f"{by.login} in {assignment.slug}"
    audit.record(session, by.login, action, record, detail, address, course_id=assignment.course_id)
