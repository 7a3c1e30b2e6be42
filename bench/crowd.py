"""Students before a deadline, as a portal sees them: browsers that log in and send the form, programs with a token, and
result pages that ask for their live part again and again."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from http.cookies import SimpleCookie
from queue import SimpleQueue
from urllib.parse import urlencode

import msgspec

COURSE, ASSIGNMENT, PASSWORD = "load", "hw1p1", "correct horse battery"
_FIRST_POLL = 2.0
_PATIENCE = 120.0
_POLL = re.compile(rb'hx-trigger="every (\d+)s"')
_FORM_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
_BOUNDARY = "load-load-load-load"


class Student(msgspec.Struct, frozen=True):
    """Who hands in what: with `token` as a program, else as a browser after logging in."""

    login: str
    content: bytes
    token: str = ""


class Taken(msgspec.Struct, frozen=True):
    """An upload that was acknowledged: at `at` (monotonic), `seconds` after its first byte."""

    login: str
    submission: int
    sha256: str
    receipt: str
    at: float
    seconds: float


class Poll(msgspec.Struct, frozen=True):
    """One question of an open page: seconds to its answer, and whether nothing had changed."""

    seconds: float
    unchanged: bool


Answer = tuple[http.client.HTTPResponse, bytes]


class Wrong(Exception):
    """The portal answered otherwise than it should have."""


class Browser:
    """One person's connection and cookies; it follows no redirect."""

    def __init__(self, host: str, port: int, number: int = 0) -> None:
        """The `number` chooses a loopback address of its own, since a portal gives each address a share alone."""
        source = (f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}", 0)
        self._connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE, source_address=source)
        self.cookies: dict[str, str] = {}

    def get(self, path: str, wanted: tuple[int, ...] = (200,), **headers: str) -> Answer:
        """The answer and its body. A kept connection that the portal has closed is opened anew, as browsers do."""
        try:
            return self._ask("GET", path, None, headers, wanted)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            return self._ask("GET", path, None, headers, wanted)

    def post(self, path: str, body: bytes, content_type: str, wanted: int, **headers: str) -> Answer:
        """The answer and its body; always by a new connection, since a form must not be sent twice."""
        self._connection.close()
        return self._ask("POST", path, body, {"Content-Type": content_type, **headers}, (wanted,))

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], wanted: tuple[int, ...]
    ) -> Answer:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except Exception:
            self._connection.close()
            raise
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        if answer.status not in wanted:
            raise Wrong(f"{method} {path}: {answer.status}, {text[:300]!r}")
        return answer, text


class Crowd:
    """Everybody who meets the portal at `host` and `port`; what they saw is in `taken`, `polls` and `errors`.

    `done` names the students who have handed in, or were turned away; `opened` are hand-ins that pages can show, with
    the cookies of who may see them.
    """

    def __init__(self, host: str, port: int, pages: int, opened: Sequence[tuple[dict[str, str], int]] = ()) -> None:
        self._portal = (host, port)
        self.taken: list[Taken] = []
        self.polls: list[Poll] = []
        self.errors: list[str] = []
        self.done: list[str] = []
        self.opened = [*opened]
        self._stop = threading.Event()
        self._threads: SimpleQueue[threading.Thread] = SimpleQueue()
        self._pages = pages

    def hand_in(self, student: Student) -> None:
        """Lets a student hand in, meanwhile."""
        self._start(student.login, partial(self.handed_in, student))

    def watch(self) -> None:
        """Opens the pages, which show the newest hand-ins until `leave`."""
        for number in range(self._pages):
            self._start(f"page {number}", partial(self._watch, number))

    def leave(self) -> None:
        """Waits until everybody who is handing in is done, and closes the pages."""
        self._stop.set()
        while not self._threads.empty():
            self._threads.get().join()

    def _start(self, who: str, action: Callable[[], object]) -> None:
        thread = threading.Thread(target=self._noted, args=(who, action), daemon=True)
        thread.start()
        self._threads.put(thread)

    def _noted(self, who: str, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - counted and told: a thread that dies unseen would look like a wait
            self.errors.append(f"{who}: {type(error).__name__}: {error}")

    def handed_in(self, student: Student) -> Taken:
        """Hands in, and waits for it."""
        browser = Browser(*self._portal)
        try:
            taken = _by_token(browser, student) if student.token else _by_form(browser, student)
        finally:
            self.done.append(student.login)
            browser.close()
        self.taken.append(taken)
        if browser.cookies:
            self.opened.append((browser.cookies, taken.submission))
        return taken

    def _watch(self, number: int) -> None:
        """One open page: once what it shows is final it asks no more, and the reader goes on to a newer hand-in."""
        luck = random.Random(number)
        browser = Browser(*self._portal, number)
        pause = _FIRST_POLL
        self._stop.wait(luck.uniform(0, pause))
        etag, path = "", ""
        while not self._stop.is_set():
            begun = time.monotonic()
            if not path and self.opened:
                browser.cookies, submission = luck.choice(self.opened[-self._pages :])
                path, etag = f"/submissions/{submission}/live", ""
            if path:
                headers = {"If-None-Match": etag} if etag else {}
                answer, text = browser.get(path, (200, 304), **headers)
                self.polls.append(Poll(time.monotonic() - begun, answer.status == 304))
                if answer.status == 200:
                    etag = answer.headers["ETag"]
                    asks_again = _POLL.search(text)
                    pause = float(asks_again[1]) if asks_again else _FIRST_POLL
                    path = path if asks_again else ""
            self._stop.wait(max(0.0, pause - (time.monotonic() - begun)))
        browser.close()


def _by_token(browser: Browser, student: Student) -> Taken:
    body, content_type = _form(student.content)
    path = f"/api/v1/courses/{COURSE}/assignments/{ASSIGNMENT}/submissions"
    begun = time.monotonic()
    _, text = browser.post(path, body, content_type, 201, Authorization=f"Bearer {student.token}")
    told = json.loads(text)
    return _taken(student, told["submission"], told["receipt"], begun)


def sign_in(browser: Browser, login: str) -> None:
    """Logs in, with the password that everybody has here."""
    _, page = browser.get("/login")
    form = {"csrf_token": _form_token(page), "login": login, "password": PASSWORD}
    browser.post("/login", urlencode(form).encode(), "application/x-www-form-urlencoded", 303)


def _by_form(browser: Browser, student: Student) -> Taken:
    sign_in(browser, student.login)
    path = f"/courses/{COURSE}/assignments/{ASSIGNMENT}/"
    _, page = browser.get(path)
    body, content_type = _form(student.content, csrf_token=_form_token(page))
    begun = time.monotonic()
    answer, _ = browser.post(f"{path}submissions", body, content_type, 303)
    submission = int(answer.headers["Location"].rstrip("/").rpartition("/")[2])
    taken = _taken(student, submission, "", begun)
    _, receipt = browser.get(f"/submissions/{submission}/receipt")
    browser.get(f"/submissions/{submission}/")
    return msgspec.structs.replace(taken, receipt=receipt.decode().strip())


def _taken(student: Student, submission: int, receipt: str, begun: float) -> Taken:
    at = time.monotonic()
    return Taken(student.login, submission, hashlib.sha256(student.content).hexdigest(), receipt, at, at - begun)


def _form_token(page: bytes) -> str:
    found = _FORM_TOKEN.search(page)
    if found is None:
        raise Wrong(f"a page without its form: {page[:300]!r}")
    return found[1].decode()


def _form(content: bytes, **fields: str) -> tuple[bytes, str]:
    """The body of a form with a file, and its content type."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append(b'name="file"; filename="handin.tar"\r\n\r\n' + content)
    body = b"".join(f"--{_BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts)
    return body + f"--{_BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={_BOUNDARY}"
