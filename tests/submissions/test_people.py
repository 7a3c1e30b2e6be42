"""Who gets in, and as what."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import select

from submissions.models import ApiToken, Role, User, WebSession, now
from submissions.people import people

PASSWORD = "correct horse battery"
IDLE = timedelta(days=14)


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    """argon2id as everywhere, with less work: what is tested is not the hash."""
    monkeypatch.setattr(people, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    people._decoy.cache_clear()
    yield
    people._decoy.cache_clear()


@pytest.fixture
def ada(database):
    with database.write() as session:
        return people.create_user(session, "ada", "Ada Lovelace", PASSWORD)


def kept(database, table):
    with database.read() as session:
        return session.scalars(select(table)).one()


# passwords


def test_the_right_password_lets_in_and_any_other_does_not(database, ada):
    assert people.authenticate(database, "ada", PASSWORD).id == ada.id
    for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "x" * 2_000_000, "\ud800" * 9):
        assert people.authenticate(database, "ada", wrong) is None


def test_a_password_is_kept_as_argon2id_only(database, ada):
    assert kept(database, User).password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("login", ["nobody", "", "ADA", "ada\0", "ada' OR 1=1 --", "\ud800"])
def test_a_login_that_does_not_exist_lets_nobody_in(database, ada, login):
    assert people.authenticate(database, login, PASSWORD) is None


@pytest.mark.parametrize("login", ["ada", "nobody", "shell"])
def test_every_attempt_costs_one_verification(database, ada, login, monkeypatch):
    """So the time of an answer does not tell which logins exist."""
    with database.write() as session:
        people.create_user(session, "shell", "No password")
    people._decoy()
    verified = []

    class Counting(PasswordHasher):
        def verify(self, kept, password):
            verified.append(kept)
            return super().verify(kept, password)

    monkeypatch.setattr(people, "_hasher", Counting(time_cost=1, memory_cost=64, parallelism=1))
    assert people.authenticate(database, login, "wrong password") is None
    assert len(verified) == 1


def test_a_person_without_a_password_cannot_log_in_by_one(database):
    with database.write() as session:
        people.create_user(session, "bo", "Bo Søndergård")
    for password in ("", "anything at all"):
        assert people.authenticate(database, "bo", password) is None


def test_an_old_hash_is_renewed_at_login(database, ada, monkeypatch):
    before = kept(database, User).password_hash
    monkeypatch.setattr(people, "_hasher", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    assert people.authenticate(database, "ada", PASSWORD) is not None
    after = kept(database, User).password_hash
    assert (before != after, "t=2" in after) == (True, True)
    assert people.authenticate(database, "ada", PASSWORD) is not None
    assert kept(database, User).password_hash == after


@pytest.mark.parametrize("login", ["", "Ada", "a b", "../ada", "ada\n", "x" * 121, "-ada"])
def test_a_login_that_could_be_mistaken_is_refused(database, login):
    with pytest.raises(people.BadPerson, match="not possible"), database.write() as session:
        people.create_user(session, login, "Ada")


def test_a_taken_login_and_a_short_password_are_refused(database, ada):
    with pytest.raises(people.BadPerson, match="taken"), database.write() as session:
        people.create_user(session, "ada", "Another Ada")
    for password in ("short", "x" * 1025, "\ud800" * 9):
        with pytest.raises(people.BadPerson, match="8 to 1024"), database.write() as session:
            people.create_user(session, "bo", "Bo", password)


def test_a_changed_password_ends_every_login(database, ada):
    with database.write() as session:
        token = people.start_session(session, ada.id)
    with database.write() as session:
        people.set_password(session, ada.id, "another password")
    assert people.find_session(database, token, IDLE) is None
    assert people.authenticate(database, "ada", PASSWORD) is None
    assert people.authenticate(database, "ada", "another password") is not None


# logins


def test_a_session_is_found_by_its_token_with_its_user_until_revoked(database, ada):
    with database.write() as session:
        token = people.start_session(session, ada.id, "127.0.0.1", "Firefox")
    found = people.find_session(database, token, IDLE)
    assert (found.user.login, found.address, found.agent) == ("ada", "127.0.0.1", "Firefox")
    with database.write() as session:
        assert people.revoke_session(session, ada.id, found.id)
        assert not people.revoke_session(session, ada.id, found.id)
    assert people.find_session(database, token, IDLE) is None


@pytest.mark.parametrize(
    "start", [people.start_session, lambda session, user: people.create_api_token(session, user, "x")]
)
def test_the_database_holds_no_token(database, ada, start):
    with database.write() as session:
        token = start(session, ada.id)
    with database.read() as session:
        row = session.scalars(select(WebSession)).first() or session.scalars(select(ApiToken)).one()
    assert len(token) >= 43
    assert token not in "".join(map(str, vars(row).values()))


def test_tokens_differ(database, ada):
    with database.write() as session:
        assert len({people.start_session(session, ada.id) for _ in range(20)}) == 20


@pytest.mark.parametrize("token", ["", "x", "\ud800", "\0", "0" * 64])
def test_a_made_up_token_is_nobodys(database, ada, token):
    assert people.find_session(database, token, IDLE) is None
    assert people.find_api_token(database, token) is None


def test_the_kept_digest_itself_is_no_token(database, ada):
    with database.write() as session:
        people.start_session(session, ada.id)
    assert people.find_session(database, kept(database, WebSession).token_hash, IDLE) is None


def test_an_unused_login_ends_and_a_used_one_goes_on(database, ada):
    with database.write() as session:
        token = people.start_session(session, ada.id)
    began = now()
    with time_machine.travel(began + timedelta(days=13)):
        assert people.find_session(database, token, IDLE) is not None
    with time_machine.travel(began + timedelta(days=26)):
        assert people.find_session(database, token, IDLE) is not None
    with time_machine.travel(began + timedelta(days=41)):
        assert people.find_session(database, token, IDLE) is None
        with database.read() as session:
            assert people.sessions_of(session, ada.id, IDLE) == []


def test_reading_pages_does_not_write_each_time(database, ada):
    with database.write() as session:
        token = people.start_session(session, ada.id)
    before = kept(database, WebSession).seen_at
    people.find_session(database, token, IDLE)
    assert kept(database, WebSession).seen_at == before


def test_nobody_can_end_anothers_login_or_key(database, ada):
    with database.write() as session:
        bo = people.create_user(session, "bo", "Bo")
        people.start_session(session, ada.id)
        people.create_api_token(session, ada.id, "laptop")
    with database.write() as session:
        (login,) = people.sessions_of(session, ada.id, IDLE)
        (key,) = people.api_tokens_of(session, ada.id)
        assert people.sessions_of(session, bo.id, IDLE) == people.api_tokens_of(session, bo.id) == []
        assert not people.revoke_session(session, bo.id, login.id)
        assert not people.revoke_api_token(session, bo.id, key.id)


def test_all_logins_but_this_one_can_be_ended(database, ada):
    with database.write() as session:
        tokens = [people.start_session(session, ada.id) for _ in range(3)]
    this = people.find_session(database, tokens[1], IDLE)
    with database.write() as session:
        people.revoke_all_sessions(session, ada.id, but=this.id)
    assert [people.find_session(database, token, IDLE) is not None for token in tokens] == [False, True, False]


def test_an_api_token_works_until_revoked_and_says_when_it_was_used(database, ada):
    with database.write() as session:
        token = people.create_api_token(session, ada.id, "laptop")
    assert token.startswith("handin_")
    key = people.find_api_token(database, token)
    assert (key.user.login, key.label) == ("ada", "laptop")
    assert kept(database, ApiToken).used_at is not None
    with database.write() as session:
        assert people.revoke_api_token(session, ada.id, key.id)
    assert people.find_api_token(database, token) is None


def test_a_changed_password_ends_every_login_and_every_key(database, ada):
    with database.write() as session:
        bo = people.create_user(session, "bo", "Bo")
        login, key = people.start_session(session, ada.id), people.create_api_token(session, ada.id, "laptop")
        bos_login, bos_key = people.start_session(session, bo.id), people.create_api_token(session, bo.id, "laptop")
    with database.write() as session:
        people.set_password(session, ada.id, "another password")
    assert people.find_session(database, login, IDLE) is None
    assert people.find_api_token(database, key) is None
    assert people.find_session(database, bos_login, IDLE) is not None
    assert people.find_api_token(database, bos_key) is not None


# courses


def roles(cast, session, login):
    """The person's live places, by course."""
    return {place.course_id: place.role for place in people.enrolments_of(session, cast.user_ids[login])}


def test_a_role_holds_in_its_course_alone_and_until_it_ends(cast):
    with cast.db.write() as session:
        assert roles(cast, session, "ines") == {cast.course_id: Role.INSTRUCTOR}
        assert roles(cast, session, "ada") == {cast.course_id: Role.STUDENT}
        assert roles(cast, session, "oz") == {}
        people.end_enrolment(session, cast.course_id, cast.user_ids["ada"])
        assert roles(cast, session, "ada") == {}


def test_someone_who_left_can_come_back_in_another_role(cast):
    with cast.db.write() as session:
        people.end_enrolment(session, cast.course_id, cast.user_ids["bo"])
        people.enrol(session, cast.course_id, cast.user_ids["bo"], Role.STAFF, "B")
        assert roles(cast, session, "bo") == {cast.course_id: Role.STAFF}
        (place,) = people.enrolments_of(session, cast.user_ids["bo"])
        assert (place.course.slug, place.section) == ("dl", "B")
