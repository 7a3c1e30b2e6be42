"""Logging in and out: passwords, sessions that end on the server, forged forms and forged addresses."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from submissions.models import WebSession, now
from submissions.people import people
from tests.school import PASSWORD, School


def _cookie(visitor):
    return visitor.client.get_cookie("handin")


def test_the_right_password_opens_the_course(anonymous) -> None:
    answer = anonymous.log_in("ada")
    assert (answer.status_code, answer.location) == (303, "/")
    assert anonymous.get("/courses/dl/").status_code == 200


@pytest.mark.parametrize(
    ("login", "password"), [("ada", "wrong password"), ("nobody", PASSWORD), ("", ""), ("ada", "")]
)
def test_a_wrong_password_and_an_unknown_name_get_the_same_words(anonymous, login, password) -> None:
    answer = anonymous.log_in(login, password)
    assert answer.status_code == 403
    assert "do not belong together" in answer.text
    assert anonymous.get("/courses/dl/").status_code == 303


def test_the_login_may_be_typed_with_capitals_and_spaces(anonymous) -> None:
    assert anonymous.log_in("  Ada ").status_code == 303


def test_the_cookie_is_for_this_host_and_not_for_scripts(anonymous) -> None:
    anonymous.log_in("ada")
    cookie = _cookie(anonymous)
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.path == "/"
    assert cookie.origin_only


def test_the_cookie_is_signed_anew_now_and_then_and_lasts_as_long_as_it_is_used(anonymous) -> None:
    anonymous.log_in("ada")
    anonymous.get("/courses/dl/")  # the form's token is put into it here
    began, sent = now(), []
    for later in (timedelta(), timedelta(minutes=10), timedelta(days=13), timedelta(days=26)):
        with time_machine.travel(began + later):
            answer = anonymous.get("/courses/dl/")
            assert answer.status_code == 200
            sent.append("Set-Cookie" in answer.headers)
    assert sent == [False, True, True, True]
    with time_machine.travel(began + timedelta(days=41)):
        assert anonymous.get("/courses/dl/").status_code == 303


def test_under_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path) -> None:
    school = School(tmp_path / "https", public_url="https://handin.example.edu")
    client = school.app().test_client()
    answer = client.get("/login", base_url="https://handin.example.edu")
    assert answer.headers["Set-Cookie"].startswith("__Host-handin=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    school.close()


def test_the_session_before_the_login_is_not_the_session_after_it(school, anonymous) -> None:
    anonymous.get("/login")
    with anonymous.client.session_transaction() as cookie:
        cookie["token"] = "planted by somebody else"
        forged = cookie["csrf_token"]
    anonymous.log_in("ada")
    with anonymous.client.session_transaction() as cookie:
        assert cookie["token"] != "planted by somebody else"
        assert cookie.get("csrf_token") != forged


def test_logging_in_again_ends_the_older_session_of_this_browser(school, anonymous) -> None:
    anonymous.log_in("ada")
    anonymous.log_in("bo")
    with school.database.read() as session:
        live = session.scalars(select(WebSession).where(WebSession.revoked_at.is_(None))).all()
    assert [each.user_id for each in live] == [school.users["bo"].id]


def test_logging_out_ends_the_session_on_the_server_too(school, visit) -> None:
    ada = visit("ada")
    stolen = _cookie(ada).value
    assert ada.post("/logout").status_code == 303
    assert ada.get("/courses/dl/").status_code == 303
    ada.client.set_cookie("handin", stolen)
    assert ada.get("/courses/dl/").status_code == 303


def test_logging_out_by_a_link_is_not_possible(visit) -> None:
    assert visit("ada").get("/logout").status_code == 405


def test_a_revoked_session_is_out_at_its_next_click(school, visit) -> None:
    ada = visit("ada")
    with school.database.write() as session:
        people.revoke_all_sessions(session, school.users["ada"].id)
    assert ada.get("/courses/dl/").status_code == 303


def test_a_new_password_ends_every_login_and_every_token(school, app, visit) -> None:
    ada = visit("ada")
    bearer = {"Authorization": f"Bearer {school.token('ada')}"}
    submission = school.upload("ada")
    assert app.test_client().get(f"/api/v1/submissions/{submission}", headers=bearer).status_code == 200
    with school.database.write() as session:
        people.set_password(session, school.users["ada"].id, "another password")
    assert ada.get("/courses/dl/").status_code == 303
    assert app.test_client().get(f"/api/v1/submissions/{submission}", headers=bearer).status_code == 401


def test_a_session_cookie_that_the_portal_did_not_sign_is_nobodys(school, app, visit) -> None:
    """Not even one with the right token in it, as somebody who reads the cookie could make."""
    value = _cookie(visit("ada")).value
    payload, at, signature = value.rsplit(".", 2)
    for forged in (payload, f"{payload}.{at}.", f"{payload}.{at}.{signature[::-1]}", f"{payload}x.{at}.{signature}"):
        stranger = app.test_client()
        stranger.set_cookie("handin", forged)
        assert stranger.get("/courses/dl/").status_code == 303
    thief = app.test_client()
    thief.set_cookie("handin", value)
    assert thief.get("/courses/dl/").status_code == 200  # so it is the signature that the others lacked


def test_an_unused_session_ends_after_the_days_of_the_settings(school, visit) -> None:
    ada = visit("ada")
    with school.database.write() as session:
        session.execute(
            update(WebSession).values(seen_at=now() - timedelta(days=school.settings.session_days, minutes=1))
        )
    assert ada.get("/courses/dl/").status_code == 303


def test_whoever_was_sent_to_log_in_goes_on_to_where_they_were(school, anonymous) -> None:
    answer = anonymous.get("/courses/dl/hand-ins?who=bo&page=1")
    assert answer.location == "/login?next=/courses/dl/hand-ins?who%3Dbo%26page%3D1"
    following = "/courses/dl/hand-ins?who=bo&page=1"
    assert anonymous.log_in("ines", following=following).location == following


@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example/",
        "//evil.example/",
        "//[",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "\t//evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
        "/\r\nSet-Cookie: x=1",
    ],
)
def test_next_leads_nowhere_else(anonymous, hostile) -> None:
    assert anonymous.log_in("ada", following=hostile).location == "/"
    assert anonymous.get("/login", query_string={"next": hostile}).location == "/"


def test_every_form_on_a_page_carries_its_token(school, visit) -> None:
    school.graded("ada")
    ada = visit("ada")
    for path in ("/courses/dl/assignments/hw1p1/", "/account/", "/submissions/1/"):
        page = ada.get(path).text
        forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL)
        assert forms
        assert all('name="csrf_token"' in form for form in forms)
