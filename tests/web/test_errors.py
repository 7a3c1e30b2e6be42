"""Errors: what happened, whether anything was lost, what to do, as a page or as JSON."""

from __future__ import annotations

import pytest

from tests.school import School


@pytest.fixture
def broken(app):
    """A portal in which opening the help page fails, as by a fault of ours."""

    def fail() -> str:
        raise ZeroDivisionError("a secret of the inside")

    fail.access = "everyone"
    app.view_functions["help.verdicts"] = fail
    return app


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nix", "GET", 404),
        ("/courses/dl/hand-ins", "GET", 403),
        ("/logout", "GET", 405),
        ("/submissions/99/", "GET", 404),
        ("/submissions/99999999999999999999/", "GET", 404),
    ],
)
def test_an_error_page_answers_the_three_questions(visit, path, method, status) -> None:
    answer = visit("ada").client.open(path, method=method)
    assert answer.status_code == status
    assert "Was anything lost?" in answer.text
    assert "What to do:" in answer.text
    assert "Handin" in answer.text  # in the portal's own frame


def test_our_own_failure_says_so_shows_nothing_of_the_inside_and_is_logged(broken, caplog) -> None:
    answer = broken.test_client().get("/help")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "secret of the inside" not in answer.text
    assert "secret of the inside" in caplog.text


def test_a_program_that_asks_for_json_gets_json(broken) -> None:
    answer = broken.test_client().get("/help", headers={"Accept": "application/json"})
    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "our_fault"


def test_an_unknown_address_of_the_api_is_json(app) -> None:
    answer = app.test_client().get("/api/v1/nix")
    assert answer.status_code == 404
    assert answer.json["error"]["next_step"]


def test_pages_are_not_stored_and_static_files_are(visit) -> None:
    ada = visit("ada")
    page = ada.get("/courses/dl/")
    assert page.headers["Cache-Control"] == "no-store"
    address = page.text.split('href="/static/portal.css', 1)[1].split('"', 1)[0]
    assert "immutable" in ada.get("/static/portal.css" + address).headers["Cache-Control"]
    assert "immutable" not in ada.get("/static/portal.css?v=old").headers["Cache-Control"]


def test_static_files_come_compressed_to_who_can_read_them(app) -> None:
    client = app.test_client()
    packed = client.get("/static/vendor/pico/pico.min.css", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/static/vendor/pico/pico.min.css")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 4
    assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    "path", ["/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "/static/nix.css", "/static/vendor/pico/VERSION"]
)
def test_nothing_else_is_served_as_a_static_file(app, path) -> None:
    assert app.test_client().get(path).status_code == 404


def test_without_isolation_every_page_says_so(tmp_path) -> None:
    school = School(tmp_path / "unsafe", sandbox="none")
    client = school.app().test_client()
    for path in ("/login", "/help", "/nix"):
        assert "runs hand-ins without a sandbox" in client.get(path).text
    school.close()


def test_with_isolation_no_page_says_so(anonymous) -> None:
    assert "without a sandbox" not in anonymous.get("/login").text


def test_health_answers_and_says_when_the_database_is_gone(school, app) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    school.database.close()
    school.settings.data.joinpath("handin.sqlite3").unlink()
    school.settings.data.joinpath("handin.sqlite3").mkdir()
    assert client.get("/healthz").status_code == 503


def test_the_help_page_lists_every_verdict(anonymous) -> None:
    from grader.verdicts import CATALOGUE

    said = anonymous.get("/help").text
    for verdict in CATALOGUE.values():
        assert f'id="{verdict.id}"' in said
        assert verdict.word in said
