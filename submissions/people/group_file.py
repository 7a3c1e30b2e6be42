"""Groups as a file says them, and what the file would change about those of an assignment.

The file is comma-separated values with a login and a group in each line. It is planned first and applied as it was
planned, or not at all; while a line cannot be taken, none is.
"""

from __future__ import annotations

import csv
import hashlib
import io

import msgspec
from sqlalchemy.orm import Session

from submissions.models import Assignment, Group, GroupMember
from submissions.models.columns import plain
from submissions.people import groups
from submissions.people.groups import BadGroup, Formed, Member
from submissions.people.reach import WHOLE, Reach
from submissions.people.roster_file import BadFile, Trouble, records
from submissions.storage import audit

MOST_LINES = 2_000
_COLUMNS = ("login", "group")


class Line(msgspec.Struct, frozen=True):
    """What one line says; no `group`: the student is in none."""

    number: int
    login: str
    group: str


class File(msgspec.Struct, frozen=True):
    """All of a file."""

    lines: tuple[Line, ...]
    troubles: tuple[Trouble, ...]


class Change(msgspec.Struct, frozen=True):
    """A student who comes to be in another group, or in none (""). `user_id` is the student's."""

    user_id: int
    login: str
    name: str
    before: str
    after: str


class Plan(msgspec.Struct, frozen=True):
    """What a file would change, and why it cannot be taken."""

    changes: tuple[Change, ...]
    unchanged: int
    troubles: tuple[Trouble, ...]

    @property
    def digest(self) -> str:
        """Names all of it: the same plan, the same digest."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class ToReview(Exception):
    """Who sends the file has not seen what it changes; nothing was changed."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"{len(plan.changes)} changes")
        self.plan = plan


def read(text: str) -> File:
    """The lines of a file. Raises BadFile."""
    found = records(str(plain(text.removeprefix("\ufeff"))))
    first = next(found, None)
    if first is None:
        raise BadFile("There is nothing in it: the first line is login,group, and each line after it a student.")
    names = [" ".join(name.casefold().split()) for name in first[1]]
    if sorted(names) != sorted(_COLUMNS):
        raise BadFile(
            "Its first line must name the columns, login and group, and no others. It says: "
            f"{', '.join(name[:40] for name in names[:8])}"
        )
    login_at, group_at = names.index("login"), names.index("group")
    lines: dict[str, Line] = {}
    troubles = []
    for count, (number, record) in enumerate(found):
        if count == MOST_LINES:
            raise BadFile(f"These are more than {MOST_LINES:,} lines, the most that are taken at once.")
        if len(record) != len(_COLUMNS):
            troubles.append(Trouble(number, f"it has {len(record)} values, and the first line names 2 columns"))
            continue
        login, group = record[login_at].strip().lower(), record[group_at].strip()
        try:
            group = groups.checked_name(group) if group else ""
        except BadGroup as wrong:
            troubles.append(Trouble(number, str(wrong)))
            continue
        if login in lines:
            troubles.append(Trouble(number, f"{login[:40]} stands in line {lines[login].number} already"))
            continue
        lines[login] = Line(number, login, group)
    if not lines and not troubles:
        raise BadFile("Only the line with the names of the columns is there: each line after it is a student.")
    return File(tuple(lines.values()), tuple(troubles))


def plan(session: Session, assignment: Assignment, reach: Reach, file: File) -> Plan:
    """What the file would change now. Students whom it does not name stay where they are."""
    there = groups.listed(session, assignment.id, WHOLE)
    seen = groups.listed(session, assignment.id, reach)
    now_in = {member.login: (member, group) for group in seen for member in group.members}
    alone = {member.login: member for member in groups.in_none(session, assignment, reach)}
    troubles = [*file.troubles]
    # A group keeps the letters in which it was named first.
    called = {group.name.casefold(): group.name for group in there}
    size = {group.name: len(group.members) for group in there}
    changes: list[Change] = []
    last: dict[str, int] = {}
    unchanged = 0
    for line in file.lines:
        member, group = now_in.get(line.login, (alone.get(line.login), None))
        if member is None or not member.reached:
            whose = "your sections" if reach.limited else "this course"
            troubles.append(Trouble(line.number, f"“{line.login[:40]}” is no login of a student of {whose}"))
            continue
        after = called.setdefault(line.group.casefold(), line.group) if line.group else ""
        before = group.name if group is not None else ""
        if before == after:
            unchanged += 1
            continue
        for name, by in ((before, -1), (after, 1)):
            if name:
                size[name] = size.get(name, 0) + by
        if after:
            last[after] = line.number
        changes.append(Change(member.user_id, member.login, member.name, before, after))
    for name, number in last.items():
        if size[name] > assignment.group_size:
            what = f"group {name} would have {size[name]} students, and by the rules up to {assignment.group_size}"
            troubles.append(Trouble(number, f"{what} hand in together"))
    return Plan(tuple(changes), unchanged, tuple(sorted(troubles, key=lambda each: each.number)))


def apply(
    session: Session, assignment_id: int, reach: Reach, file: File, seen: str, by: str, address: str = ""
) -> Plan:
    """Does what the plan with the digest `seen` says, all of it. Raises ToReview, also where it cannot be taken."""
    assignment = groups.held(session, assignment_id)
    planned = plan(session, assignment, reach, file)
    if planned.troubles or not planned.changes or planned.digest != seen:
        raise ToReview(planned)
    listed = groups.listed(session, assignment_id, WHOLE)
    # Not by name: of one name there are two when somebody came back whose group had been given up.
    groups.leave(session, [group.id for group in listed], [each.user_id for each in planned.changes if each.before])
    there = {group.name: group.id for group in listed}
    into = {each.after for each in planned.changes}
    for group in listed:
        if group.name in into:
            groups.joined(session, group)
    for each in planned.changes:
        if each.after:
            if each.after not in there:
                there[each.after] = _new(session, assignment_id, each.after)
            session.add(GroupMember(group_id=there[each.after], user_id=each.user_id))
    detail = {
        "changes": [f"{each.login}: {each.before or 'none'} to {each.after or 'none'}" for each in planned.changes]
    }
    record = f"groups of {assignment.slug}"
    audit.record(session, by, "group.file", record, detail, address, course_id=assignment.course_id)
    return planned


def copied(session: Session, assignment: Assignment, earlier: Assignment, reach: Reach) -> File:
    """The groups of another assignment of the course, as a file of those who are in no group of this one yet and in
    reach: a group goes along as far as its members do.
    """
    free = {member.login for member in groups.in_none(session, assignment, reach)}
    taken = {group.name.casefold() for group in groups.listed(session, assignment.id, WHOLE)}
    lines: list[Line] = []
    for group in groups.listed(session, earlier.id, reach):
        members = [each for each in group.members if each.login in free]
        if len(members) > 1:
            name = _unused(group, taken)
            taken.add(name.casefold())
            lines += [_line(len(lines) + 2, member, name) for member in members]
    return File(tuple(lines), ())


def text_of(file: File) -> str:
    """The file as it is written."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(_COLUMNS)
    rows.writerows((line.login, line.group) for line in file.lines)
    return written.getvalue()


def _line(number: int, member: Member, name: str) -> Line:
    return Line(number, member.login, name)


def _unused(group: Formed, taken: set[str]) -> str:
    name, number = group.name, 1
    while name.casefold() in taken:
        number += 1
        name = f"{group.name[: groups.LONGEST_NAME - 6]} ({number})"
    return name


def _new(session: Session, assignment_id: int, name: str) -> int:
    group = Group(assignment_id=assignment_id, name=name)
    session.add(group)
    session.flush()
    return group.id
