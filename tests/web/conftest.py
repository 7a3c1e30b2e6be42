"""A lived-in service, and people who visit it with a browser's manners: cookies, forms with their token."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from submissions.people import people
from tests.school import PASSWORD, School, archive

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """One person's browser. `post` sends what a form on a page would send, its CSRF token with it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options) -> TestResponse:
        # Buffered: the answer is read to its end, and what it was sent from is closed.
        return self.client.get(path, buffered=True, **options)

    def post(self, path: str, data: dict | None = None, **options) -> TestResponse:
        page = self.client.get("/account/")
        if page.status_code != 200:
            page = self.client.get("/login")
        # Encoded here: the test client would leave the temporary file of a large form open.
        fields = {"csrf_token": _TOKEN.search(page.text)[1], **(data or {})}
        boundary, body = encode_multipart(
            {name: FileStorage(*value) if isinstance(value, tuple) else value for name, value in fields.items()}
        )
        content_type = f"multipart/form-data; boundary={boundary}"
        return self.client.post(path, data=body, content_type=content_type, **options)

    def log_in(self, login: str, password: str = PASSWORD, following: str = "") -> TestResponse:
        query = {"next": following} if following else None
        return self.post("/login", {"login": login, "password": password}, query_string=query)

    def hand_in(self, content: bytes | None = None, filename: str = "handin.tar", **options) -> TestResponse:
        file = (io.BytesIO(archive() if content is None else content), filename)
        return self.post("/courses/dl/assignments/hw1p1/submissions", {"file": file}, **options)


Visit = Callable[[str], Visitor]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """The service and its cast."""
    school = School(tmp_path / "data")
    yield school
    school.close()


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 at its least, for tests that try many passwords: it is slow on purpose. Ask for it before the school."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    kept = quick.hash(PASSWORD)
    monkeypatch.setattr(people, "_hasher", quick)
    monkeypatch.setattr("tests.school._password_hash", lambda: kept)
    people._decoy.cache_clear()
    yield
    people._decoy.cache_clear()


@pytest.fixture
def app(school: School) -> Flask:
    return school.app()


@pytest.fixture
def anonymous(app: Flask) -> Visitor:
    """Nobody yet."""
    return Visitor(app.test_client())


@pytest.fixture
def visit(school: School, app: Flask) -> Visit:
    """See `visits`."""
    return visits(school, app)


def visits(school: School, app: Flask) -> Visit:
    """Gives a logged-in person's browser, by login; an empty login stays anonymous.

    The session is given and not fought for: argon2 is slow on purpose, and `test_login.py` is about the form.
    """

    def visit(login: str) -> Visitor:
        visitor = Visitor(app.test_client())
        if login:
            with school.database.write() as writing, visitor.client.session_transaction() as cookie:
                cookie["token"] = people.start_session(writing, school.users[login].id)
        return visitor

    return visit
