"""The account page: sessions and tokens are seen by their owner, and end when told to."""

from __future__ import annotations

import re

import pytest
from limits import RateLimitItemPerHour
from sqlalchemy import select

from submissions.models import ApiToken, AuditEntry, WebSession
from submissions.people import people
from web.frame import limits


def _ids(school, model) -> list[int]:
    with school.database.read() as session:
        return list(session.scalars(select(model.id).order_by(model.id)))


def test_a_session_elsewhere_is_listed_and_can_be_ended(school, visit) -> None:
    with school.database.write() as session:
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        token = people.start_session(session, school.users["ada"].id, "192.0.2.7", agent)
    ada = visit("ada")
    said = ada.get("/account/").text
    assert "Firefox on Linux" in said
    assert "192.0.2.7" in said
    (elsewhere,) = re.findall(r"/account/sessions/(\d+)/revoke", said)
    assert ada.post(f"/account/sessions/{elsewhere}/revoke").status_code == 303
    assert "192.0.2.7" not in ada.get("/account/").text
    other = visit("")
    with other.client.session_transaction() as cookie:
        cookie["token"] = token
    assert other.get("/account/").status_code == 303


def test_one_does_not_see_or_end_anothers_session_or_token(school, visit) -> None:
    visit("bo")
    school.token("bo")
    (session_id,), (token_id,) = _ids(school, WebSession), _ids(school, ApiToken)
    ada = visit("ada")
    assert f"/account/sessions/{session_id}/" not in ada.get("/account/").text
    assert ada.post(f"/account/sessions/{session_id}/revoke").status_code == 404
    assert ada.post(f"/account/tokens/{token_id}/revoke").status_code == 404
    with school.database.read() as session:
        assert session.get_one(WebSession, session_id).revoked_at is None
        assert session.get_one(ApiToken, token_id).revoked_at is None


def test_a_token_is_shown_once_works_and_can_be_revoked(school, app, visit) -> None:
    ada = visit("ada")
    made = ada.post("/account/tokens", {"label": "my <laptop>"}).text
    (token,) = re.findall(r"HANDIN_TOKEN=(handin_[\w-]+)", made)
    assert "my &lt;laptop&gt;" in made
    assert token not in ada.get("/account/").text
    submission = school.graded("ada")
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get(f"/api/v1/submissions/{submission}", headers=headers).status_code == 200
    (token_id,) = _ids(school, ApiToken)
    assert ada.post(f"/account/tokens/{token_id}/revoke").status_code == 303
    assert app.test_client().get(f"/api/v1/submissions/{submission}", headers=headers).status_code == 401


def test_the_token_is_nowhere_in_the_database(school, visit) -> None:
    made = visit("ada").post("/account/tokens", {"label": "x"}).text
    (token,) = re.findall(r"HANDIN_TOKEN=(handin_[\w-]+)", made)
    stored = b"".join(path.read_bytes() for path in school.settings.data.glob("handin.sqlite3*"))
    assert token.encode() not in stored


def test_the_twenty_first_token_is_refused_with_what_to_do(school, visit) -> None:
    for _ in range(20):
        school.token("ada")
    answer = visit("ada").post("/account/tokens", {"label": "one more"})
    assert answer.status_code == 409
    assert "Revoke one that you do not use" in answer.text
    assert len(_ids(school, ApiToken)) == 20


def test_a_long_label_is_cut_in_the_audit_log_too(school, visit) -> None:
    visit("ada").post("/account/tokens", {"label": "x" * 100_000})
    with school.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.record == "API token")).one()
        assert entry.detail == {"label": "x" * people.LONGEST_LABEL}


def test_who_makes_and_revokes_tokens_without_end_is_stopped(school, visit, monkeypatch) -> None:
    monkeypatch.setattr(limits, "_TOKENS", RateLimitItemPerHour(3))
    ada = visit("ada")
    for _ in range(3):
        ada.post("/account/tokens", {"label": "again"})
        ada.post(f"/account/tokens/{_ids(school, ApiToken)[-1]}/revoke")
    refused = ada.post("/account/tokens", {"label": "again"})
    assert (refused.status_code, "in a short time" in refused.text) == (429, True)
    assert 0 < int(refused.headers["Retry-After"]) <= 3601
    assert len(_ids(school, ApiToken)) == 3


@pytest.mark.parametrize("path", ["/account/tokens", "/logout"])
def test_what_a_person_changes_is_in_the_audit_log(school, visit, path) -> None:
    visit("ada").post(path, {"label": "x"})
    with school.database.read() as session:
        assert [entry.actor for entry in session.scalars(select(AuditEntry))] == ["ada"]
