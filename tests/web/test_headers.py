"""What every answer carries, whatever is asked and whoever asks: over all routes, and over every kind of error."""

from __future__ import annotations

import pytest

from tests.school import School
from tests.web.conftest import Visitor
from tests.web.routes import EXPECTED, ask, live_in
from web.frame.security import POLICY

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NOWHERE = ("X-Powered-By", "Access-Control-Allow-Origin")
# What may differ, and only where it is answered with 200.
POLICIES = {
    "documents.picture": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "documents.media": "default-src 'none'; object-src 'self'; frame-ancestors 'self'",
}
KEPT = {
    "static": "public, max-age=60",
    "submissions.live": "private, no-cache",
    "regrades.live": "private, no-cache",
    "suites.live": "private, no-cache",
    "documents.picture": "private, max-age=3600, immutable",
}


def hold(answer, endpoint: str = "") -> None:
    """Fails for an answer that lacks a header, or says more than it should."""
    headers, found = answer.headers, answer.status_code == 200
    for name, value in EVERYWHERE.items():
        assert headers.getlist(name) == [value], (endpoint, name)
    assert not [name for name in NOWHERE if name in headers]
    assert headers.getlist("Content-Security-Policy") == [POLICIES.get(endpoint, POLICY) if found else POLICY], endpoint
    assert headers.getlist("Cache-Control") == [KEPT.get(endpoint, "no-store") if found else "no-store"], endpoint
    assert "charset" in headers["Content-Type"] or not headers["Content-Type"].startswith("text/"), endpoint


@pytest.mark.parametrize("login", ["", "bo", "ada", "ines"])
def test_every_route_answers_everyone_with_every_header(school, app, visit, login) -> None:
    live_in(school)
    for route in EXPECTED:
        answer = ask(school, app, visit, route, login)
        hold(answer, route[1])
        assert "Strict-Transport-Security" not in answer.headers  # this one is http
        if answer.headers["Cache-Control"].startswith("private"):
            assert "Cookie" in answer.headers["Vary"], route


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nix", "GET", 404),
        ("/static/nix.css", "GET", 404),
        ("/api/v1/nix", "GET", 404),
        ("/logout", "GET", 405),
        ("/login", "POST", 400),  # without a token
        ("/courses/dl", "GET", 308),
        ("/help", "BREW", 405),
        ("/api/v1/submissions/1", "GET", 401),
    ],
)
def test_every_kind_of_error_carries_them_too(app, path, method, status) -> None:
    answer = app.test_client().open(path, method=method)
    assert answer.status_code == status
    hold(answer)


def test_our_own_failures_carry_them_too(app) -> None:
    def fail() -> str:
        raise ZeroDivisionError

    fail.access = "everyone"
    app.view_functions["help.verdicts"] = fail
    for wanted in ("text/html", "application/json"):
        answer = app.test_client().get("/help", headers={"Accept": wanted})
        assert answer.status_code == 500
        hold(answer)


def test_the_policy_is_strict() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert "form-action 'self'" in POLICY
    assert "base-uri 'none'" in POLICY


def test_behind_a_proxy_that_serves_https_every_answer_says_to_stay_there(tmp_path) -> None:
    school = School(tmp_path / "behind", behind_proxy=True, public_url="https://handin.example.edu")
    client = school.app().test_client()
    for path in ("/login", "/nix", "/api/v1/nix", "/static/portal.css", "/healthz"):
        assert "Strict-Transport-Security" not in client.get(path).headers
        headers = client.get(path, headers={"X-Forwarded-Proto": "https"}).headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
    school.close()


def test_what_a_client_says_of_itself_counts_only_behind_a_proxy(tmp_path) -> None:
    """Who could choose an address would choose one whose failed logins were never counted."""
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Host": "evil.example"}
    for behind in (True, False):
        school = School(tmp_path / str(behind), behind_proxy=behind)
        seen = {}
        app = school.app()
        app.before_request_funcs[None].insert(0, lambda seen=seen: seen.update(_request()))
        Visitor(app.test_client()).get("/login", headers=forged)
        own = {"address": "127.0.0.1", "host": "localhost", "secure": False}
        told = {"address": "198.51.100.7", "host": "evil.example", "secure": True}
        assert seen == (told if behind else own)
        school.close()


def _request() -> dict[str, object]:
    from flask import request

    return {"address": request.remote_addr, "host": request.host, "secure": request.is_secure}
