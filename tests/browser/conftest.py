"""A portal that is served for real, and a headless Chromium to visit it with."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from submissions.people import people
from tests.school import School

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Without it these tests are skipped, which is a failure in CI."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no `chromium` on PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Says nothing: a failing test shows the page, not the server's log."""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    school = School(tmp_path / "data")
    yield school
    school.close()


@pytest.fixture
def app(school: School) -> Flask:
    return school.app()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The portal's address while the test lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    # Every request is answered before the data folder goes.
    server.daemon_threads, server.block_on_close = False, True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Visitor:
    """One person's browser window; what the page complains about in the console is kept."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self.page = self.open()

    def open(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        return page

    def _note(self, kind: str, text: str) -> None:
        # Chromium itself writes a line for each answer of 400 and above, which error pages are.
        if kind in ("error", "warning") and "the server responded with a status of" not in text:
            self.complaints.append(text)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, school: School, app: Flask, address: str) -> Iterator[Visit]:
    """Opens a browser as that person, logged in (the empty login is nobody); options go to the browser's context."""
    contexts = []

    def visit(login: str = "", **options: object) -> Visitor:
        context = browser.new_context(base_url=address, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        _log_in(context, school, app, address, login)
        return Visitor(context)

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[Visitor]:
    """One window for page after page: each new one is a process that starts, and warms up anew."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    yield Visitor(context)
    context.close()


@pytest.fixture
def turn_to(window: Visitor, school: School, app: Flask, address: str) -> Iterator[Callable[[str, str], Visitor]]:
    """Shows a page, by its path, to that person in the one window; nothing is left in it of whom it showed before."""

    def turn_to(path: str, login: str) -> Visitor:
        _log_in(window.context, school, app, address, login)
        window.page.set_viewport_size({"width": 1280, "height": 844})
        window.page.emulate_media(color_scheme="light")
        window.page.goto(address + path)
        return window

    window.context.clear_cookies()
    window.complaints.clear()
    yield turn_to
    window.page.unroute_all()
    window.page.goto("about:blank")


def _log_in(context: BrowserContext, school: School, app: Flask, address: str, login: str) -> None:
    if not login:
        return
    with school.database.write() as writing:
        token = people.start_session(writing, school.users[login].id, agent="a test's browser")
    value = app.session_interface.get_signing_serializer(app).dumps({"token": token})
    context.add_cookies([{"name": "handin", "value": value, "url": address}])


@pytest.fixture
def pictures() -> Path | None:
    """A folder for pictures of every page, when one is asked for by HANDIN_PICTURES."""
    folder = os.environ.get("HANDIN_PICTURES")
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)
