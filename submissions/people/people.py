"""People: accounts and passwords, logins that can be revoked, API tokens, and who may do what in which course.

Of a session token or an API token only the SHA-256 is kept: it has 256 random bits, so nothing slower is needed, and a
copy of the database lets nobody in. Passwords are argon2id.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session, contains_eager, joinedload

from submissions.models import ApiToken, Enrolment, Role, User, WebSession, now
from submissions.models.columns import plain
from submissions.people.reach import Reach
from submissions.storage.database import Database

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,119}")
LONGEST_LABEL = 120
"""Characters of what a token is called."""

_MIN_PASSWORD = 8
_MAX_PASSWORD = 1024
PASSWORD_RULE = f"a password has {_MIN_PASSWORD} to {_MAX_PASSWORD} characters"
SEEN_STEP = timedelta(minutes=5)
"""How often `seen_at` is written at most: reading a page must not be a write each time."""
_hasher = PasswordHasher()


class BadPerson(Exception):
    """An account cannot be as it was asked for; the message says what to change."""


def create_user(session: Session, login: str, name: str, password: str | None = None) -> User:
    """A new account. Without a password nobody can log in by one. Raises BadPerson."""
    check_login(login)
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise BadPerson(f"the login {login!r} is taken; choose another")
    user = User(login=login, name=name, password_hash=hash_password(password) if password is not None else "")
    session.add(user)
    session.flush()
    return user


def check_login(login: str) -> None:
    """Raises BadPerson when no account can have this login."""
    if not _LOGIN.fullmatch(login):
        raise BadPerson(
            f"the login {login!r} is not possible: up to 120 lower-case letters, digits and . _ @ + -, "
            "beginning with a letter or a digit"
        )


def hash_password(password: str) -> str:
    """The argon2id hash to keep. Raises BadPerson when the password is too short or absurdly long."""
    if not _MIN_PASSWORD <= len(password) <= _MAX_PASSWORD or not _encodable(password):
        raise BadPerson(PASSWORD_RULE)
    return _hasher.hash(password)


def set_password(session: Session, user_id: int, password: str) -> None:
    """Changes the password and ends every login and every API token of that person. Raises BadPerson.

    Whoever knew the old password may have made a token with it, which would outlive the change.
    """
    session.execute(update(User).where(User.id == user_id).values(password_hash=hash_password(password)))
    revoke_all_sessions(session, user_id)
    session.execute(
        update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now())
    )


def authenticate(db: Database, login: str, password: str) -> User | None:
    """The person, if the password is theirs. Takes as long for a login that does not exist."""
    with db.read() as session:
        user = session.scalar(select(User).where(User.login == login))
    kept = user.password_hash if user is not None else ""
    matches = _matches(kept or _decoy(), password)
    if user is None or not kept or not matches:
        return None
    if _hasher.check_needs_rehash(kept):
        with db.write() as session:
            # Only if nobody changed the password in between.
            session.execute(
                update(User)
                .where(User.id == user.id, User.password_hash == kept)
                .values(password_hash=_hasher.hash(password))
            )
    return user


def _matches(kept: str, password: str) -> bool:
    if len(password) > _MAX_PASSWORD or not _encodable(password):
        return False
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _encodable(password: str) -> bool:
    """False for NUL and half a surrogate pair, which JSON can carry and no keyboard types."""
    return bool(plain(password) == password)


@cache
def _decoy() -> str:
    """A hash that no password has, for logins that do not exist: the same work, hence the same time."""
    return _hasher.hash(secrets.token_urlsafe(32))


# Logins


def start_session(session: Session, user_id: int, address: str = "", agent: str = "") -> str:
    """A new login; returns the token for the cookie. It is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    session.add(WebSession(user_id=user_id, token_hash=digest(token), address=address, agent=agent[:300]))
    return token


# Put together once: each page asks it.
_LIVE = (
    select(WebSession)
    .options(joinedload(WebSession.user))
    .where(WebSession.token_hash == bindparam("token_hash"), WebSession.revoked_at.is_(None))
)


def find_session(db: Database, token: str, idle: timedelta) -> WebSession | None:
    """The login that the cookie's token names, with its user, unless revoked or unused for longer than `idle`."""
    with db.read() as session:
        login = session.scalar(_LIVE, {"token_hash": digest(token)})
    at = now()
    if login is None or login.seen_at + idle < at:
        return None
    if is_seen_anew(login):
        with db.write() as session:
            session.execute(update(WebSession).where(WebSession.id == login.id).values(seen_at=at))
    return login


def is_seen_anew(login: WebSession) -> bool:
    """Whether it is worth a write that this login is used, to the database and to the browser's cookie."""
    return login.seen_at + SEEN_STEP < now()


def sessions_of(session: Session, user_id: int, idle: timedelta) -> list[WebSession]:
    """A person's live logins, the last used first."""
    return list(
        session.scalars(
            select(WebSession)
            .where(
                WebSession.user_id == user_id,
                WebSession.revoked_at.is_(None),
                WebSession.seen_at >= now() - idle,
            )
            .order_by(WebSession.seen_at.desc(), WebSession.id.desc())
        )
    )


def revoke_session(session: Session, user_id: int, session_id: int) -> bool:
    """Ends one login of that person. False: they have no such live login."""
    ended = session.scalars(
        update(WebSession)
        .where(WebSession.id == session_id, WebSession.user_id == user_id, WebSession.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(WebSession.id)
    ).all()
    return bool(ended)


def revoke_all_sessions(session: Session, user_id: int, but: int | None = None) -> None:
    """Ends every login of that person, but one if it is named."""
    session.execute(
        update(WebSession)
        .where(WebSession.user_id == user_id, WebSession.revoked_at.is_(None), WebSession.id != (but or 0))
        .values(revoked_at=now())
    )


# API tokens


def create_api_token(session: Session, user_id: int, label: str) -> str:
    """A new key for `curl` and `handin submit`; it is shown once and kept nowhere."""
    token = f"handin_{secrets.token_urlsafe(32)}"
    session.add(ApiToken(user_id=user_id, token_hash=digest(token), label=label[:LONGEST_LABEL]))
    return token


def find_api_token(db: Database, token: str) -> ApiToken | None:
    """The live key with its user, or None."""
    with db.read() as session:
        key = session.scalar(
            select(ApiToken)
            .options(joinedload(ApiToken.user))
            .where(ApiToken.token_hash == digest(token), ApiToken.revoked_at.is_(None))
        )
    at = now()
    if key is not None and (key.used_at is None or key.used_at + SEEN_STEP < at):
        with db.write() as session:
            session.execute(update(ApiToken).where(ApiToken.id == key.id).values(used_at=at))
    return key


def api_tokens_of(session: Session, user_id: int) -> list[ApiToken]:
    """A person's live keys, the newest first."""
    return list(
        session.scalars(
            select(ApiToken)
            .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
            .order_by(ApiToken.id.desc())
        )
    )


def revoke_api_token(session: Session, user_id: int, token_id: int) -> bool:
    """Ends one key of that person. False: they have no such live key."""
    ended = session.scalars(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(ApiToken.id)
    ).all()
    return bool(ended)


def digest(token: str) -> str:
    """What is kept of a secret of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# Courses


def enrol(
    session: Session,
    course_id: int,
    user_id: int,
    role: Role,
    section: str = "",
    limited_to: Sequence[str] = (),
) -> Enrolment:
    """Gives a person a place in a course, or changes it; someone who left comes back. `limited_to`: of staff alone."""
    found = enrolment(session, course_id, user_id) or Enrolment(course_id=course_id, user_id=user_id)
    found.role, found.section, found.ended_at = role, section, None
    found.limited_to = list(limited_to)
    session.add(found)
    session.flush()
    return found


def enrolment(session: Session, course_id: int, user_id: int) -> Enrolment | None:
    """A person's place in a course, also one that has ended; None for who never had one."""
    return session.scalar(select(Enrolment).where(Enrolment.course_id == course_id, Enrolment.user_id == user_id))


def end_enrolment(session: Session, course_id: int, user_id: int) -> None:
    """The person may no longer enter the course; their work stays."""
    session.execute(
        update(Enrolment)
        .where(Enrolment.course_id == course_id, Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))
        .values(ended_at=now())
    )


def enrolments_of(session: Session, user_id: int) -> list[Enrolment]:
    """A person's live places, each with its course, the newest course first."""
    return list(
        session.scalars(
            select(Enrolment)
            .options(joinedload(Enrolment.course))
            .where(Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))
            .order_by(Enrolment.course_id.desc())
        )
    )


def ended(session: Session, course_id: int) -> set[int]:
    """Who was in the course and may no longer enter it."""
    asked = select(Enrolment.user_id).where(Enrolment.course_id == course_id, Enrolment.ended_at.is_not(None))
    return set(session.scalars(asked))


def left_at(session: Session, course_id: int, user_id: int) -> datetime | None:
    """When the person's place in the course ended; None while it is live."""
    return session.scalar(
        select(Enrolment.ended_at).where(Enrolment.course_id == course_id, Enrolment.user_id == user_id)
    )


def sections(session: Session, course_id: int, reach: Reach) -> list[str]:
    """The sections that students of the course are or were in."""
    asked = select(Enrolment.section).where(
        Enrolment.course_id == course_id, Enrolment.role == Role.STUDENT, Enrolment.section != "", reach.of_places()
    )
    return sorted(session.scalars(asked.distinct()), key=str.casefold)


def of_section(course_id: int, section: str) -> Select[int]:
    """The ids of the students in a section, for a query's condition."""
    return select(Enrolment.user_id).where(
        Enrolment.course_id == course_id, Enrolment.role == Role.STUDENT, Enrolment.section == section
    )


def student(session: Session, course_id: int, reach: Reach, login: str) -> User | None:
    """The student of that login who is or was in the course; None when there is none."""
    return session.scalar(_students(course_id, reach).where(User.login == login))


def place_of(session: Session, course_id: int, reach: Reach, login: str) -> Enrolment | None:
    """The place that the student of that login has or had in the course, with the person; None when there is none."""
    return session.scalar(
        select(Enrolment)
        .join(Enrolment.user)
        .options(contains_eager(Enrolment.user))
        .where(
            Enrolment.course_id == course_id,
            Enrolment.role == Role.STUDENT,
            User.login == login,
            reach.of_places(),
        )
    )


def students(session: Session, course_id: int, reach: Reach, who: str, limit: int) -> list[User]:
    """Students who are or were in the course and whose name or login contains `who`, in any letter case; by name."""
    found = _students(course_id, reach).where(
        User.name.icontains(who, autoescape=True) | User.login.icontains(who, autoescape=True)
    )
    return list(session.scalars(found.order_by(User.name, User.login).limit(limit)))


def _students(course_id: int, reach: Reach) -> Select[User]:
    return (
        select(User)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.course_id == course_id, Enrolment.role == Role.STUDENT, reach.of_places())
    )
