"""What a roster file would change, and the change itself.

A file is planned first and applied as it was planned, or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from submissions.changes import rule_changes, section_moves
from submissions.changes.section_moves import Deadline
from submissions.models import Course, Enrolment, Role, RosterDraft, User, now
from submissions.people import roster, roster_file
from submissions.people.roster import BadRoster, Place
from submissions.people.roster_file import File, Trouble
from submissions.storage import audit
from submissions.storage.database import parts


class Outdated(Exception):
    """The roster is not as it was when the plan was shown; nothing was changed."""


class Kind(StrEnum):
    """What happens to a person."""

    ADDED = "added"
    BACK = "back"
    MOVED = "moved"
    RENAMED = "renamed"
    ENDED = "ended"


class Change(msgspec.Struct, frozen=True):
    """What becomes of one person. `line` 0: the file does not name them.

    `before` None: not in the course; `after` None: no longer. `former_name` is the account's where that changes.
    `deadlines` are those of theirs that move with another section.
    """

    kind: Kind
    line: int
    login: str
    name: str
    user_id: int | None
    before: Place | None
    after: Place | None
    former_name: str = ""
    deadlines: tuple[Deadline, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """What a file would change. `troubles`: lines that cannot be taken; `notes`: what of others is left as it is.

    `withheld`: nobody's place is ended, as asked, since a line that cannot be read may be the one that names them.
    """

    changes: tuple[Change, ...]
    unchanged: int
    troubles: tuple[Trouble, ...]
    notes: tuple[Trouble, ...]
    unused: tuple[str, ...]
    end_missing: bool
    withheld: bool

    @property
    def digest(self) -> str:
        """Names all of it: the same plan, the same digest."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()

    @property
    def accounts(self) -> list[str]:
        """Logins that are new to the installation."""
        return [change.login for change in self.changes if change.user_id is None]

    @property
    def moving(self) -> dict[int, tuple[Deadline, ...]]:
        """The deadlines that move, by whose they are."""
        return {each.user_id: each.deadlines for each in self.changes if each.user_id is not None and each.deadlines}

    def of(self, kind: str) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind == kind]


# Drafts


def keep_draft(session: Session, course_id: int, by: User, text: str, end_missing: bool, address: str = "") -> int:
    """Keeps a file until it is confirmed, in place of this person's last one. Raises roster_file.BadFile."""
    read = roster_file.read(text)
    session.execute(delete(RosterDraft).where(RosterDraft.course_id == course_id, RosterDraft.by_id == by.id))
    draft = RosterDraft(course_id=course_id, by_id=by.id, text=text, end_missing=end_missing)
    session.add(draft)
    session.flush()
    detail = {"people": len(read.lines)}
    audit.record(session, by.login, "roster.preview", f"roster file {draft.id}", detail, address, course_id)
    return draft.id


def draft(session: Session, course_id: int, by_id: int, number: int) -> RosterDraft | None:
    """The file that this person sent and has not confirmed yet."""
    return session.scalar(
        select(RosterDraft).where(
            RosterDraft.id == number, RosterDraft.course_id == course_id, RosterDraft.by_id == by_id
        )
    )


# Plans


def plan(session: Session, course_id: int, file: File, end_missing: bool, by_id: int | None = None) -> Plan:
    """What the file would change now, were it applied by this person (None: by the command line)."""
    places = roster.everybody(session, course_id)
    accounts = _accounts(session, [line.login for line in file.lines if line.login not in places])
    elsewhere = _elsewhere(session, course_id)
    troubles, notes, changes = [*file.troubles], [], []
    unchanged = 0
    for line in file.lines:
        place = places.get(line.login)
        user = place.user if place is not None else accounts.get(line.login)
        if user is None and line.name is None:
            what = f"there is no account {line.login} yet, and a new one needs a name: add it in a column “name”"
            troubles.append(Trouble(line.number, what))
            continue
        live = place is not None and place.ended_at is None
        before = Place.of(place) if place is not None and live else None
        # Who comes back by a file without roles comes back with the least of them.
        role = line.role or (before.role if before is not None else Role.STUDENT)
        section = line.section if line.section is not None else place.section if place is not None else ""
        limits = (
            line.limited_to if line.limited_to is not None else tuple(place.limited_to) if place is not None else ()
        )
        after = Place(str(role), section, limits if role == Role.STAFF else ())
        if line.limited_to and role != Role.STAFF:
            what = f"only staff are limited to sections, and {line.login} is no staff: leave that column empty"
            troubles.append(Trouble(line.number, what))
            continue
        if user is not None and user.id == by_id and after.role != Role.INSTRUCTOR:
            what = "you cannot take the role of instructor from yourself: another instructor can"
            troubles.append(Trouble(line.number, what))
            continue
        former = ""
        name = user.name if user is not None else line.name or ""
        if user is not None and line.name is not None and line.name != user.name:
            if place is None or user.id in elsewhere:
                # An account is its owner's, and other courses': no course of theirs renames it for all.
                notes.append(Trouble(line.number, f"{line.login} has an account already and stays “{user.name}”"))
            else:
                former, name = user.name, line.name
        if before == after and not former:
            unchanged += 1
            continue
        if before is not None:
            kind = Kind.MOVED if before != after else Kind.RENAMED
        else:
            kind = Kind.ADDED if place is None else Kind.BACK
        user_id = user.id if user is not None else None
        changes.append(Change(kind, line.number, line.login, name, user_id, before, after, former))
    if end_missing and not troubles:
        named = {line.login for line in file.lines}
        changes += [
            Change(Kind.ENDED, 0, login, place.user.name, place.user_id, Place.of(place), None)
            for login, place in places.items()
            if place.ended_at is None and place.role == Role.STUDENT and login not in named
        ]
    to = {
        change.user_id: change.after.section
        for change in changes
        if change.user_id is not None and change.after is not None
    }
    moving = section_moves.deadlines(session, course_id, to)
    return Plan(
        tuple(_with_deadlines(change, moving) for change in changes),
        unchanged,
        tuple(sorted(troubles, key=lambda trouble: trouble.number)),
        tuple(notes),
        file.unused,
        end_missing,
        end_missing and bool(troubles),
    )


def _with_deadlines(change: Change, moving: Mapping[int, tuple[Deadline, ...]]) -> Change:
    theirs = moving.get(change.user_id) if change.user_id is not None else None
    return msgspec.structs.replace(change, deadlines=theirs) if theirs else change


def apply(
    session: Session,
    course_id: int,
    file: File,
    end_missing: bool,
    seen: str,
    actor: str,
    address: str = "",
    by_id: int | None = None,
    passwords: Mapping[str, str] | None = None,
    *,
    moves: str = "",
) -> Plan:
    """Does what the plan with the digest `seen` says, all of it. Raises Outdated, BadRoster, and rule_changes.ToReview
    where deadlines that move with their students would move scores; `moves` is the digest of those that were seen.

    `passwords` holds the hashes for new accounts; without one nobody can log in by a password until one is set.
    """
    section_moves.hold(session, course_id)
    course = roster.held(session, course_id, by_id)
    planned = plan(session, course_id, file, end_missing, by_id)
    if planned.digest != seen:
        raise Outdated
    led = roster.instructors(session, course_id)
    users = {
        change.login: User(login=change.login, name=change.name, password_hash=(passwords or {}).get(change.login, ""))
        for change in planned.changes
        if change.user_id is None
    }
    session.add_all(users.values())
    try:
        session.flush()
    except IntegrityError:
        # Another course's roster brought one of them in this moment.
        raise Outdated from None
    places = roster.everybody(session, course_id)

    def make() -> None:
        for change in planned.changes:
            _make(session, course_id, change, places.get(change.login), users.get(change.login))
            _record(session, course, change, actor, address)
        session.flush()

    moved = section_moves.reviewed(session, course_id, planned.moving, make, moves, planned.digest)
    if led and not roster.instructors(session, course_id):
        raise BadRoster("The course would be left without an instructor.")
    detail: dict[str, object] = {str(kind): len(planned.of(kind)) for kind in Kind}
    if moved:
        detail["scores moved"] = rule_changes.summary(moved)
    audit.record(session, actor, "roster.import", f"course {course.slug}", detail, address, course_id)
    if by_id is not None:
        session.execute(delete(RosterDraft).where(RosterDraft.course_id == course_id, RosterDraft.by_id == by_id))
    return planned


def _make(session: Session, course_id: int, change: Change, place: Enrolment | None, account: User | None) -> None:
    if change.after is None:
        if place is not None:
            place.ended_at = now()
        return
    if place is None:
        user_id = account.id if account is not None else change.user_id
        place = Enrolment(course_id=course_id, user_id=user_id)
        session.add(place)
    place.role, place.section, place.ended_at = change.after.role, change.after.section, None
    place.limited_to = list(change.after.limited_to)
    if change.former_name:
        place.user.name = change.name


def _record(session: Session, course: Course, change: Change, actor: str, address: str) -> None:
    if change.before != change.after:
        roster.record_move(session, course, change.login, change.before, change.after, actor, address)
    if change.former_name:
        detail = {"before": change.former_name, "after": change.name}
        record = f"course {course.slug}, user {change.login}"
        audit.record(session, actor, "user.rename", record, detail, address, course.id)


def _accounts(session: Session, logins: Sequence[str]) -> dict[str, User]:
    found: dict[str, User] = {}
    for part in parts(logins):
        found |= {user.login: user for user in session.scalars(select(User).where(User.login.in_(part)))}
    return found


def _elsewhere(session: Session, course_id: int) -> set[int]:
    """Those of the course who are or were in another one, too."""
    here = select(Enrolment.user_id).where(Enrolment.course_id == course_id)
    asked = select(Enrolment.user_id).where(Enrolment.course_id != course_id, Enrolment.user_id.in_(here))
    return set(session.scalars(asked))
