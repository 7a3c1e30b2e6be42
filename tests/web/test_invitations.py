"""Instructors invite who cannot log in yet; a link sets one password, once, and nothing else opens by it."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from submissions.models import AuditEntry, Invitation, Role, User, now
from submissions.people import people
from tests.school import PASSWORD

HERE = "/courses/dl/roster/invitations/"
LINK = re.compile(r"http://localhost(/invitation/[\w-]{43})")
NEW = {"password": "a new password", "repeated": "a new password"}


@pytest.fixture
def ines(school, visit):
    school.joined("kenji", "zoe", section="A")
    return visit("ines")


def link_of(ines, login: str = "kenji") -> str:
    return LINK.search(ines.post(HERE, {"login": login}).text)[1]


def opens(visit, link: str) -> int:
    return visit("").get(link, follow_redirects=True).status_code


def hash_of(school, login: str) -> str:
    with school.database.read() as session:
        return session.scalars(select(User.password_hash).where(User.login == login)).one()


def test_a_link_sets_the_password_once_and_leads_into_the_course(school, visit, ines) -> None:
    link = link_of(ines)
    kenji = visit("")
    at_once = kenji.get(link)
    assert (at_once.status_code, at_once.location) == (303, "/invitation/")
    page = kenji.get("/invitation/")
    assert ("Welcome, Kenji" in page.text, "Introduction to Deep Learning" in page.text) == (True, True)
    assert kenji.post("/invitation/", NEW).location == "/courses/dl/"
    assert "you are logged in as kenji" in kenji.get("/courses/dl/").text
    assert visit("").log_in("kenji", "a new password").status_code == 303
    assert opens(visit, link) == 404
    assert "kenji" not in ines.get(HERE).text


@pytest.mark.parametrize(
    "bad", [{}, {"password": "short", "repeated": "short"}, {"password": PASSWORD, "repeated": PASSWORD + "!"}]
)
def test_a_password_that_cannot_be_leaves_the_link_good(school, visit, ines, bad) -> None:
    kenji = visit("")
    kenji.get(link_of(ines))
    assert kenji.post("/invitation/", bad).status_code == 422
    assert hash_of(school, "kenji") == ""
    assert kenji.post("/invitation/", NEW).status_code == 303


def _revoked(school, ines) -> None:
    assert ines.post(f"{HERE}revoke", {"login": "kenji"}).status_code == 303


def _all_revoked(school, ines) -> None:
    assert ines.post(f"{HERE}revoke").status_code == 303


def _replaced(school, ines) -> None:
    ines.post(HERE, {"whom": "all"})


def _left(school, ines) -> None:
    school.left("kenji")


def _password_meanwhile(school, ines) -> None:
    with school.database.write() as session:
        people.set_password(session, school.users["kenji"].id, PASSWORD)


def _staff_elsewhere(school, ines) -> None:
    school.in_another_course("kenji", Role.STAFF)


@pytest.mark.parametrize("happened", [_revoked, _all_revoked, _replaced, _left, _password_meanwhile, _staff_elsewhere])
def test_a_link_that_lost_its_ground_opens_nothing_and_says_what_every_dead_link_says(
    school, visit, ines, happened
) -> None:
    link = link_of(ines)
    kenji = visit("")
    kenji.get(link)
    happened(school, ines)
    before = hash_of(school, "kenji")
    answers = [kenji.post("/invitation/", NEW), kenji.get("/invitation/")]
    never = visit("").get("/invitation/never-made", follow_redirects=True)
    assert {answer.status_code for answer in (*answers, never)} == {404}
    assert {"This link opens no account" in answer.text for answer in (*answers, never)} == {True}
    assert hash_of(school, "kenji") == before


def test_a_link_ends_after_its_days(school, visit, ines) -> None:
    link = link_of(ines)
    assert opens(visit, link) == 200
    with time_machine.travel(now() + timedelta(days=15), tick=False):
        assert opens(visit, link) == 404


def test_who_can_log_in_or_belongs_to_another_course_gets_no_link(school, visit, ines) -> None:
    """An instructor could enrol anybody, and would become them elsewhere."""
    school.in_another_course("dean", Role.INSTRUCTOR)
    school.in_another_course("first", Role.STUDENT)
    with school.database.write() as session:
        for login in ("dean", "first", "oz"):
            people.enrol(session, school.course.id, school.users[login].id, Role.STUDENT)
            school.users[login] = session.scalars(select(User).where(User.login == login)).one()
    with school.database.write() as session:
        people.set_password(session, school.users["zoe"].id, PASSWORD)
    for login in ("dean", "first", "oz", "zoe", "ada", "nobody"):
        assert ines.post(HERE, {"login": login}).status_code == 303, login
    made = ines.post(HERE, {"whom": "all", "as": "file"})
    assert [row[1] for row in csv.reader(io.StringIO(made.text.lstrip("\ufeff")))] == ["login", "kenji"]


def test_links_come_as_a_file_for_those_who_have_none(school, visit, ines) -> None:
    kept = link_of(ines)
    made = ines.post(HERE, {"whom": "new", "as": "file"})
    assert made.headers["Content-Disposition"] == "attachment; filename=dl-invitations.csv"
    (_, row) = csv.reader(io.StringIO(made.text.lstrip("\ufeff")))
    assert row[:3] == ["Zoe", "zoe", "A"]
    assert opens(visit, LINK.fullmatch(row[3])[1]) == 200
    assert opens(visit, kept) == 200
    assert ines.post(HERE, {"whom": "new", "as": "file"}).status_code == 303


def test_no_secret_is_kept_and_the_log_says_who_made_and_who_used_a_link(school, visit, ines) -> None:
    link = link_of(ines)
    secret = link.rpartition("/")[2]
    kenji = visit("")
    kenji.get(link)
    kenji.post("/invitation/", NEW)
    link_of(ines, "zoe")
    ines.post(f"{HERE}revoke", {"login": "zoe"})
    with school.database.read() as session:
        rows = [*session.scalars(select(AuditEntry)), *session.scalars(select(Invitation))]
        assert secret not in repr([vars(row) for row in rows])
        said = session.execute(
            select(AuditEntry.action, AuditEntry.actor, AuditEntry.record)
            .where(AuditEntry.action.startswith("invitation"), AuditEntry.course_id == school.course.id)
            .order_by(AuditEntry.id)
        ).all()
    assert said == [
        ("invitation.make", "ines", "course dl, user kenji"),
        ("invitation.use", "kenji", "course dl, user kenji"),
        ("invitation.make", "ines", "course dl, user zoe"),
        ("invitation.revoke", "ines", "course dl, user zoe"),
    ]


def test_a_fault_of_ours_does_not_write_the_secret_into_the_log(school, app, visit, monkeypatch, caplog) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setitem(app.view_functions, "invitation.open_link", broken)
    broken.access = "everyone"
    assert visit("").get("/invitation/a-secret-of-somebody").status_code == 500
    assert "the portal failed" in caplog.text
    assert "a-secret" not in caplog.text


def test_who_tries_many_links_has_to_wait(tmp_path, school, visit) -> None:
    guesser = visit("")
    statuses = set()
    for number in range(70):
        guesser.get(f"/invitation/guess-{number}")
        statuses.add(guesser.post("/invitation/", NEW).status_code)
    assert statuses == {404, 429}


def test_who_is_logged_in_as_somebody_else_is_told_and_leaves_that(school, visit, ines) -> None:
    link = link_of(ines)
    bo = visit("bo")
    bo.get(link)
    assert "You are logged in here as Bo" in bo.get("/invitation/").text
    bo.post("/invitation/", NEW)
    assert "kenji" in bo.get("/account/").text
