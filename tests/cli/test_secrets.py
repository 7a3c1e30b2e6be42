"""No secret in what the service writes or says: canaries are planted, everything is broken, all of it is searched."""

from __future__ import annotations

import base64
import http.cookiejar
import io
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from submissions.models import Role
from submissions.people import people
from submissions.storage.database import Database
from submissions.suites import courses
from tests.services import Broker, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(400)]

TYPED, WRONG, DATABASE, BROKER = "canary-typed-1", "canary-wrong-2", "canary-database-3", "canary-broker-4"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# Each breaks what some request needs, so that it fails with a traceback in the middle of handling a secret.
BREAKS = ("user", "api_token", "web_session", "submission", "grading")


class Reader:
    """Somebody's browser, which keeps what it was told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.pages: list[str] = []
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, path: str, data: dict[str, str] | None = None, **headers: str) -> str:
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            with self._opener.open(request, timeout=60) as answer:
                said = answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode()
        self.pages.append(said)
        return said

    def token(self, path: str = "/login") -> str:
        found = TOKEN.search(self.open(path))
        assert found, self.pages[-1]
        return found[1]


@pytest.fixture
def environment(tmp_path: Path, postgresql_url: str, broker: Broker) -> dict[str, str]:
    """A service's settings with a canary in each; both servers take whoever names the password."""
    with broker.client() as client:
        client.config_set("requirepass", BROKER)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HANDIN_")}
    database = make_url(postgresql_url).set(password=DATABASE).render_as_string(hide_password=False)
    return clean | {
        "HANDIN_DATA": str(tmp_path / "var"),
        "HANDIN_DATABASE": database,
        "HANDIN_BROKER": broker.url.replace("://", f"://:{BROKER}@"),
        "HANDIN_PORT": str(port),
        "HANDIN_SANDBOX": "none",
        "HANDIN_WEB_PROCESSES": "2",
        "HANDIN_SWEEP_SECONDS": "0.5",
        "PYTHONUNBUFFERED": "1",
    }


def _handin(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "cli", *arguments], env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_no_secret_is_in_a_log_a_page_an_error_or_what_a_command_prints(environment, broker, tmp_path) -> None:
    db = Database(environment["HANDIN_DATABASE"])
    with db.write() as session:
        ada = people.create_user(session, "ada", "Ada Lovelace", TYPED)
        hashed = ada.password_hash
        course = courses.create_course(session, "dl", "Deep Learning")
        people.enrol(session, course.id, ada.id, Role.STUDENT)
        key = people.create_api_token(session, ada.id, "a test's")
    printed = io.StringIO()
    output = tmp_path / "output"
    with output.open("wb") as log:
        service = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: "Handin serves" in output.read_text() or service.poll() is not None, "serving", 200)
        assert service.poll() is None, output.read_text()
        reader = Reader(f"http://127.0.0.1:{environment['HANDIN_PORT']}")
        reader.open("/login", {"login": "ada", "password": WRONG, "csrf_token": reader.token()})
        reader.open("/login", {"login": "ada", "password": TYPED, "csrf_token": reader.token()})
        csrf = reader.token("/account/")
        made = re.search(r"handin_[\w-]+", reader.open("/account/tokens", {"label": "mine", "csrf_token": csrf}))
        assert made
        reader.pages.pop()  # the one page that shows it, this once
        for table in BREAKS:
            with db.write() as session:
                session.execute(text(f'ALTER TABLE "{table}" RENAME TO away'))
            stranger = Reader(reader.url)
            stranger.open("/login", {"login": "ada", "password": TYPED, "csrf_token": stranger.token()})
            for path in ("/account/", "/courses/dl/", "/healthz"):
                reader.open(path)
            reader.open("/account/tokens", {"label": "x", "csrf_token": csrf})
            reader.open("/api/v1/submissions/1", Authorization=f"Bearer {key}")
            with db.write() as session:
                session.execute(text(f'ALTER TABLE away RENAME TO "{table}"'))
            reader.pages += stranger.pages
        broker.stop()
        reader.open("/login", {"login": "ada", "password": WRONG, "csrf_token": csrf})
        printed.write(_handin(environment, "settings") + _handin(environment, "doctor"))
        logs = tmp_path / "var" / "log"
        wait_until(lambda: "onnect" in (logs / "worker.log").read_text(), "the worker misses the broker", 60)
    finally:
        service.terminate()
        service.wait(timeout=120)
        db.close()

    written = {path.name: path.read_text() for path in logs.iterdir()}
    assert {"web.log", "worker.log", "sweeper.log"} <= set(written)
    assert written["web.log"].count("Traceback") >= len(BREAKS)
    assert "Something broke on our side" in "".join(reader.pages)
    (cookie,) = [each.value for each in reader.cookies if each.name == "handin"]
    payload = cookie.split(".")[1] if cookie.startswith(".") else cookie.split(".")[0]
    keys = [path.read_bytes() for path in (tmp_path / "var" / "secrets").iterdir()]
    canaries = {
        "the password that was typed": TYPED,
        "a wrong password, which is often the right one of elsewhere": WRONG,
        "the database's password": DATABASE,
        "the broker's password": BROKER,
        "an API token": key,
        "the API token that a page made": made[0],
        "the session's cookie": cookie,
        "what is in it": payload,
        "the hash of the password": hashed,
        "its salt": hashed.split("$")[4],
        **{f"key {n} in hex": each.hex() for n, each in enumerate(keys)},
        **{f"key {n} in base 64": base64.b64encode(each).decode() for n, each in enumerate(keys)},
        **{f"key {n} as Python writes it": repr(each)[2:-1] for n, each in enumerate(keys)},
    }
    said = {"output": output.read_text(), "settings and doctor": printed.getvalue(), "pages": "".join(reader.pages)}
    found = [
        (name, where) for name, canary in canaries.items() for where, each in (written | said).items() if canary in each
    ]
    assert found == []
    # A form must carry its token; nothing else may.
    assert not [where for where, each in written.items() if csrf in each]
