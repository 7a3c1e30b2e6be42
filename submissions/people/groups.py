"""Groups that hand in together: who is in which, in an assignment, and how that changes.

A group says for whom the next upload counts. It never touches what was handed in: for whom that counts was recorded
with it. Where the rules say that everybody hands in alone, no group holds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Subquery, exists, func, select
from sqlalchemy.orm import Session, aliased

from submissions.models import Assignment, Author, Enrolment, Group, GroupMember, Role, Submission, User, now
from submissions.people.reach import WHOLE, Reach
from submissions.storage import audit

LONGEST_NAME = 60
"""Characters of a group's name."""

# A spreadsheet takes what begins so for a formula.
_FORMULA = "=+-@"


class BadGroup(Exception):
    """This cannot be done to a group; the message says why, and what can."""


class Member(msgspec.Struct, frozen=True):
    """A student in a group, with their section in the course; `reached`: whoever asks sees them."""

    user_id: int
    name: str
    section: str
    login: str = ""
    reached: bool = True


class Formed(msgspec.Struct, frozen=True):
    """A group with its members by name."""

    id: int
    name: str
    members: tuple[Member, ...]


# Who hands in together


def together(session: Session, assignments: Sequence[int], user_id: int) -> dict[int, tuple[Member, ...]]:
    """With whom a student hands in, by assignment and in the order of their ids, the student among them; nothing for
    assignments in which they are in no group.
    """
    mine = aliased(GroupMember)
    rows = session.execute(
        _live(Group.assignment_id, User.id, User.name, Enrolment.section, User.login)
        .join(mine, (mine.group_id == Group.id) & mine.left_at.is_(None))
        .where(Group.assignment_id.in_(assignments), Assignment.group_size > 1, mine.user_id == user_id)
        .order_by(User.id)
    )
    found: dict[int, tuple[Member, ...]] = {}
    for assignment, *member in rows:
        found[assignment] = (*found.get(assignment, ()), Member(*member))
    # Whose place in the course ended is in no group of it.
    return {key: members for key, members in found.items() if any(each.user_id == user_id for each in members)}


def fellows(user_id: int) -> Subquery:
    """The others of a student's groups, for a query: assignment_id and user_id."""
    mine = aliased(GroupMember)
    return (
        _live(Group.assignment_id, User.id.label("user_id"))
        .join(mine, (mine.group_id == Group.id) & mine.left_at.is_(None))
        .where(Assignment.group_size > 1, mine.user_id == user_id, User.id != user_id)
        .subquery()
    )


def of_course(session: Session, course_id: int) -> dict[tuple[str, int], tuple[Member, ...]]:
    """The members of every student's group that holds in the course, by the assignment's short name and the student."""
    rows = session.execute(
        _live(Assignment.slug, Group.id, User.id, User.name, Enrolment.section).where(
            Assignment.course_id == course_id, Assignment.group_size > 1
        )
    )
    groups: dict[tuple[str, int], list[Member]] = {}
    for slug, group, *member in rows:
        groups.setdefault((slug, group), []).append(Member(*member))
    return {(slug, each.user_id): tuple(members) for (slug, _), members in groups.items() for each in members}


def listed(session: Session, assignment_id: int, reach: Reach) -> list[Formed]:
    """The groups of an assignment in which somebody is in reach, by name, whether or not its rules let them hand in
    together.
    """
    found = _formed(session, Group.assignment_id == assignment_id, reach)
    return sorted(
        (group for group in found if any(each.reached for each in group.members)), key=lambda group: _order(group.name)
    )


def of_student(session: Session, assignment_id: int, user_id: int) -> Formed | None:
    """The group in which a student is, whether or not it holds."""
    own = select(GroupMember.group_id).where(GroupMember.user_id == user_id, GroupMember.left_at.is_(None))
    found = _formed(session, (Group.assignment_id == assignment_id) & Group.id.in_(own), WHOLE)
    return next((group for group in found if any(each.user_id == user_id for each in group.members)), None)


def _formed(session: Session, which: ColumnElement[bool], reach: Reach) -> list[Formed]:
    reached = reach.of_places()
    rows = session.execute(
        _live(Group.id, Group.name.label("called"), User.id, User.name, Enrolment.section, User.login, reached)
        .where(which)
        .order_by(func.lower(User.name), User.id)
    )
    members: dict[tuple[int, str], list[Member]] = {}
    for group, called, *member in rows:
        members.setdefault((group, called), []).append(Member(*member))
    return [Formed(group, called, tuple(each)) for (group, called), each in members.items()]


def in_none(session: Session, assignment: Assignment, reach: Reach) -> list[Member]:
    """The students in reach who are in no group of the assignment, by name."""
    inside = (
        select(GroupMember.user_id)
        .join(GroupMember.group)
        .where(Group.assignment_id == assignment.id, GroupMember.left_at.is_(None))
    )
    rows = session.execute(
        _students(assignment.course_id, reach).where(User.id.not_in(inside)).order_by(func.lower(User.name), User.id)
    )
    return [Member(*row) for row in rows]


def with_groups(session: Session, assignment: Assignment) -> Sequence[Assignment]:
    """The other assignments of the course in which there are groups, the newest first."""
    inside = exists().where(Group.assignment_id == Assignment.id, GroupMember.group_id == Group.id)
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.course_id == assignment.course_id,
            Assignment.id != assignment.id,
            inside.where(GroupMember.left_at.is_(None)).correlate(Assignment),
        )
        .order_by(Assignment.id.desc())
    ).all()


def _live(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Asks of everybody who is in a group, and a student of the course."""
    return (
        select(*columns)
        .select_from(GroupMember)
        .join(GroupMember.group)
        .join(GroupMember.user)
        .join(Assignment, Assignment.id == Group.assignment_id)
        .join(Enrolment, (Enrolment.course_id == Assignment.course_id) & (Enrolment.user_id == GroupMember.user_id))
        .where(GroupMember.left_at.is_(None), Enrolment.role == Role.STUDENT, Enrolment.ended_at.is_(None))
    )


def _students(course_id: int, reach: Reach) -> Select[int, str, str, str]:
    return (
        select(User.id, User.name, Enrolment.section, User.login)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(
            Enrolment.course_id == course_id,
            Enrolment.role == Role.STUDENT,
            Enrolment.ended_at.is_(None),
            reach.of_places(),
        )
    )


def _order(name: str) -> tuple[bool, int, str]:
    """Numbers by their size, before names."""
    number = name.isascii() and name.isdecimal()
    return (not number, int(name) if number else 0, name.casefold())


# What staff change


def make(
    session: Session, assignment_id: int, reach: Reach, name: str, logins: Sequence[str], by: str, address: str = ""
) -> Group:
    """A new group of these students, who are in reach; without a `name` it gets the next number. Raises BadGroup."""
    assignment = held(session, assignment_id)
    there = listed(session, assignment_id, WHOLE)
    if not logins:
        raise BadGroup("Name the logins of those who hand in together.")
    name = checked_name(name) if name.strip() else _next_number(there)
    if any(each.name.casefold() == name.casefold() for each in there):
        raise BadGroup(f"There is a group “{name}” already: choose another name, or add to it.")
    members = [_free(session, assignment, there, reach, login) for login in dict.fromkeys(logins)]
    _fits(assignment, len(members))
    group = Group(assignment_id=assignment_id, name=name)
    group.members = [GroupMember(user_id=each.user_id) for each in members]
    session.add(group)
    session.flush()
    _record(session, assignment, name, "group.make", {"members": [each.login for each in members]}, by, address)
    return group


def add(
    session: Session, assignment_id: int, reach: Reach, group_id: int, login: str, by: str, address: str = ""
) -> Member:
    """Adds a student to a group; what was handed in before stays as it is. Raises BadGroup."""
    assignment = held(session, assignment_id)
    there = listed(session, assignment_id, WHOLE)
    group = _of(listed(session, assignment_id, reach), group_id)
    member = _free(session, assignment, there, reach, login)
    _fits(assignment, len(group.members) + 1)
    joined(session, group)
    session.add(GroupMember(group_id=group_id, user_id=member.user_id))
    _record(session, assignment, group.name, "group.add", {"member": member.login}, by, address)
    return member


def remove(
    session: Session, assignment_id: int, reach: Reach, group_id: int, login: str, by: str, address: str = ""
) -> Member:
    """Takes a student out of a group; what was handed in together stays theirs, too. Raises BadGroup."""
    assignment = held(session, assignment_id)
    group = _of(listed(session, assignment_id, reach), group_id)
    member = next((each for each in group.members if each.login == login and each.reached), None)
    if member is None:
        raise BadGroup(f"“{login[:40]}” is not in group {group.name} any more: load the page again.")
    leave(session, [group_id], [member.user_id])
    _record(session, assignment, group.name, "group.remove", {"member": member.login}, by, address)
    return member


def dissolve(session: Session, assignment_id: int, reach: Reach, group_id: int, by: str, address: str = "") -> Formed:
    """Takes everybody out of a group. Raises BadGroup."""
    assignment = held(session, assignment_id)
    group = _of(listed(session, assignment_id, reach), group_id)
    if not all(each.reached for each in group.members):
        raise BadGroup(f"Not all of group {group.name} are students of your sections: take out those who are.")
    leave(session, [group_id], [each.user_id for each in group.members])
    members = [each.login for each in group.members]
    _record(session, assignment, group.name, "group.dissolve", {"members": members}, by, address)
    return group


def checked_name(name: str) -> str:
    """The name as it is kept. Raises BadGroup."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadGroup(f"A group's name has from 1 to {LONGEST_NAME} characters.")
    if name[0] in _FORMULA:
        raise BadGroup(f"“{name}” begins as a formula does in spreadsheets: let a letter or a digit come first.")
    if any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co") for each in name):
        raise BadGroup("A group's name has a character that is not seen: type it anew.")
    return name


def held(session: Session, assignment_id: int) -> Assignment:
    """The assignment as it is now: until the commit nobody else changes its groups, and nothing is handed in."""
    return session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)


def _free(session: Session, assignment: Assignment, there: Sequence[Formed], reach: Reach, login: str) -> Member:
    """The student in reach of that login, who is in no group yet. Raises BadGroup."""
    found = session.execute(_students(assignment.course_id, reach).where(User.login == login)).one_or_none()
    if found is None:
        whose = "your sections" if reach.limited else "this course"
        raise BadGroup(f"“{login[:40]}” is no login of a student of {whose}.")
    member = Member(*found)
    for group in there:
        if any(each.user_id == member.user_id for each in group.members):
            raise BadGroup(f"{member.name} ({login}) is in group {group.name} already: take them out of it first.")
    return member


def _fits(assignment: Assignment, number: int) -> None:
    if assignment.group_size < 2:
        raise BadGroup("By the rules of this assignment everybody hands in alone: change these first.")
    if number > assignment.group_size:
        raise BadGroup(f"These are {number} students, and by the rules up to {assignment.group_size} hand in together.")


def _of(there: Sequence[Formed], group_id: int) -> Formed:
    found = next((each for each in there if each.id == group_id), None)
    if found is None:
        raise BadGroup("There is no such group any more: load the page again.")
    return found


def leave(session: Session, groups: Sequence[int], users: Sequence[int]) -> None:
    """Ends the places of these students in these groups."""
    places = select(GroupMember).where(
        GroupMember.group_id.in_(groups), GroupMember.user_id.in_(users), GroupMember.left_at.is_(None)
    )
    at: datetime = now()
    for place in session.scalars(places):
        place.left_at = at


def joined(session: Session, group: Formed) -> None:
    """Somebody joins these members: whoever of the group left the course is in it no more, should they come back. Who
    joins agreed to hand in with those who were there.
    """
    gone = select(GroupMember.user_id).where(
        GroupMember.group_id == group.id,
        GroupMember.left_at.is_(None),
        GroupMember.user_id.not_in([each.user_id for each in group.members]),
    )
    leave(session, [group.id], session.scalars(gone).all())


def _next_number(there: Sequence[Formed]) -> str:
    numbers = [int(each.name) for each in there if each.name.isascii() and each.name.isdecimal()]
    return str(max(numbers, default=0) + 1)


def _record(
    session: Session, assignment: Assignment, name: str, action: str, detail: dict[str, object], by: str, address: str
) -> None:
    record = f"group {name} of {assignment.slug}"
    audit.record(session, by, action, record, detail, address, course_id=assignment.course_id)


def handed_in(session: Session, assignment_id: int, user_id: int, members: Sequence[int]) -> bool:
    """Whether this student has handed in together with one of the others."""
    one, other = aliased(Author), aliased(Author)
    asked = exists().where(
        Submission.assignment_id == assignment_id,
        one.submission_id == Submission.id,
        one.user_id == user_id,
        other.submission_id == Submission.id,
        other.user_id != user_id,
        other.user_id.in_(members),
    )
    return bool(session.scalar(select(asked)))
