"""Invitations: links by which people whose account has no password yet set their first one; no mail server is needed.

A link opens an account, so a course makes them only for accounts that are its own to open: it was the first that the
person came to, and they are staff of no other. Otherwise an instructor could enrol somebody and become them elsewhere.
Of a link's secret only the SHA-256 is kept. No link ever changes a password that is there.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import msgspec
from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from submissions.models import Enrolment, Invitation, Role, User, now
from submissions.people import people, roster
from submissions.storage import audit


class Invitee(msgspec.Struct, frozen=True):
    """Somebody in the course who cannot log in yet, with the link that opens the account, if one is good."""

    place: Enrolment
    link: Invitation | None


class Made(msgspec.Struct, frozen=True):
    """A new link's secret, which is kept nowhere, and whose it is."""

    name: str
    login: str
    section: str
    secret: str


def count(session: Session, course_id: int) -> tuple[int, int]:
    """How many the course can invite, and how many of them have no good link."""
    every = session.scalars(_counted(_waiting(course_id))).one()
    return every, session.scalars(_counted(_without_link(course_id))).one()


def waiting(session: Session, course_id: int, limit: int, offset: int) -> list[Invitee]:
    """A page of those whom the course can invite: those without a good link first, then by name."""
    good = _good(course_id).subquery()
    link = aliased(Invitation, good)
    rows = session.execute(
        _waiting(course_id)
        .outerjoin(link, link.user_id == Enrolment.user_id)
        .add_columns(link)
        .order_by(link.id.is_not(None), User.name, User.login)
        .limit(limit)
        .offset(offset)
    )
    return [Invitee(place, found) for place, found in rows]


def make(
    session: Session, course_id: int, by: User, login: str, again: bool, days: int, address: str = ""
) -> list[Made]:
    """New links, good for so many days: for the person of that login, or with "" for all who have no good one.

    `again`: also for those who have one, which ends. Raises roster.BadRoster when `by` is no instructor any more.
    """
    course = roster.held(session, course_id, by.id)
    asked = _waiting(course_id) if again or login else _without_link(course_id)
    if login:
        asked = asked.where(User.login == login)
    places = session.scalars(asked.order_by(User.name, User.login)).all()
    if again or login:
        _revoke(session, course_id, login)
    until = now() + timedelta(days=days)
    made = [Made(place.user.name, place.user.login, place.section, secrets.token_urlsafe(32)) for place in places]
    for place, new in zip(places, made, strict=True):
        kept = people.digest(new.secret)
        session.add(
            Invitation(course_id=course_id, user_id=place.user_id, secret_hash=kept, by=by.login, expires_at=until)
        )
        what = f"course {course.slug}, user {new.login}"
        audit.record(session, by.login, "invitation.make", what, {"until": until.isoformat()}, address, course_id)
    return made


def revoke(session: Session, course_id: int, login: str, by: User, address: str = "") -> list[str]:
    """Ends the good links of the person of that login, or with "" all of the course; returns whose there were.

    Raises roster.BadRoster when `by` is no instructor any more.
    """
    course = roster.held(session, course_id, by.id)
    good = _good(course_id).join(Invitation.user).options(contains_eager(Invitation.user))
    ended = [link.user.login for link in session.scalars(good.where(User.login == login) if login else good)]
    _revoke(session, course_id, login)
    for each in ended:
        audit.record(
            session, by.login, "invitation.revoke", f"course {course.slug}, user {each}", None, address, course_id
        )
    return ended


def find(session: Session, secret: str) -> Invitation | None:
    """The link with that secret, with its person and course, while it opens anything."""
    return session.scalar(
        select(Invitation)
        .join(Invitation.user)
        .join(Enrolment, (Enrolment.user_id == Invitation.user_id) & (Enrolment.course_id == Invitation.course_id))
        .options(contains_eager(Invitation.user), joinedload(Invitation.course))
        .where(
            Invitation.secret_hash == people.digest(secret),
            *_unspent(),
            Invitation.expires_at > now(),
            User.password_hash == "",
            Enrolment.ended_at.is_(None),
            ~_elsewhere(),
        )
    )


def use(session: Session, secret: str, password_hash: str, address: str = "") -> Invitation | None:
    """Sets the account's first password, and the link has done its work; None: it opens nothing (any more)."""
    link = find(session, secret)
    if link is None:
        return None
    # Guarded: of two who send it at once, one sets the password.
    first = update(User).where(User.id == link.user_id, User.password_hash == "").values(password_hash=password_hash)
    spent = update(Invitation).where(Invitation.id == link.id, *_unspent()).values(used_at=now())
    if not session.scalars(spent.returning(Invitation.id)).all() or not session.scalars(first.returning(User.id)).all():
        return None
    what = f"course {link.course.slug}, user {link.user.login}"
    audit.record(session, link.user.login, "invitation.use", what, {"made by": link.by}, address, link.course_id)
    return link


def _waiting(course_id: int) -> Select[Enrolment]:
    """Places of those whom the course can invite, with the person."""
    return (
        select(Enrolment)
        .join(Enrolment.user)
        .options(contains_eager(Enrolment.user))
        .where(
            Enrolment.course_id == course_id,
            Enrolment.ended_at.is_(None),
            User.password_hash == "",
            ~_elsewhere(),
        )
    )


def _elsewhere() -> ColumnElement[bool]:
    """Whether the person of a place came to another course first, or is or was staff of another."""
    other = aliased(Enrolment)
    return (
        select(other.id)
        .where(
            other.user_id == Enrolment.user_id,
            other.course_id != Enrolment.course_id,
            (other.id < Enrolment.id) | (other.role != Role.STUDENT),
        )
        .correlate(Enrolment)
        .exists()
    )


def _good(course_id: int) -> Select[Invitation]:
    return select(Invitation).where(Invitation.course_id == course_id, *_unspent(), Invitation.expires_at > now())


def _without_link(course_id: int) -> Select[Enrolment]:
    return _waiting(course_id).where(~_good(course_id).where(Invitation.user_id == Enrolment.user_id).exists())


def _unspent() -> tuple[ColumnElement[bool], ...]:
    return Invitation.used_at.is_(None), Invitation.revoked_at.is_(None)


def _revoke(session: Session, course_id: int, login: str) -> None:
    wanted = [Invitation.course_id == course_id, *_unspent()]
    if login:
        wanted.append(Invitation.user_id.in_(select(User.id).where(User.login == login)))
    session.execute(update(Invitation).where(*wanted).values(revoked_at=now()))


def _counted(asked: Select[Enrolment]) -> Select[int]:
    return asked.with_only_columns(func.count(Enrolment.id)).order_by(None)
