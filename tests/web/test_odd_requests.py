"""Requests that no page of ours makes: odd values in every place that a client fills. None may be our fault (500)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import web
from submissions.people import people
from tests.school import School, outcomes
from tests.web.routes import EXPECTED, live_in, routes

# As they stand in an address: escaped, so that what reaches the portal is what a client can really send.
TEXTS = (
    *("%00", "a%00b", "%FF%FE", "%C0%AF", "%ED%A0%80", "%F0%9F%92%A9", "%E2%80%AE", "%0D%0ASet-Cookie:x=1", "%", "%25"),
    *("'%22%3Cscript%3E", "..%2F..%2Fetc%2Fpasswd", "%2e%2e", "..", ".", "%5C", "a%20b", "{{7*7}}", "%25s", "a" * 3000),
)
NUMBERS = (
    *("0", "-1", "+1", "1.0", "1e3", "0x1", "00000001", "%EF%BC%91", "%D9%A1", "1%00", "%20", "1_0"),
    *(
        "2147483647",
        "2147483648",
        "9223372036854775808",
        "9" * 40,
        "9" * 3500,
        "-" + "9" * 40,
        "NaN",
        "Infinity",
        "true",
    ),
)
QUERIES = {
    "extensions.page": ("login",),
    "announcements.page": ("of",),
    "groups.page": ("who", "page"),
    "group_file.page": ("from",),
    "courses.hand_ins": ("who", "of", "only", "section", "page"),
    "audit.page": ("words", "who", "action", "record", "from", "to", "page"),
    "requests.page": ("page",),
    "gradebook.page": ("of", "show", "section", "who", "sort", "down", "left"),
    "gradebook.file": ("of", "show", "section", "who", "sort", "down", "left"),
    "decisions.page": ("who", "page"),
    "roster.page": ("who", "only", "page"),
    "invitations.page": ("page",),
    "login.page": ("next",),
    "regrades.page": ("suite", "alike"),
    "regrades.one": ("only", "page"),
    "static": ("v",),
    "error_groups.one": ("page",),
    "code.page": ("line",),
    "documents.page": ("cell",),
    "by_hand.one": ("who",),
}
FIELDS = {
    "login.enter": ("login", "password"),
    "account.create_token": ("label",),
    "assignments.hand_in": ("file", "grace"),
    "submissions.grade_by_hand": ("points", "comment", "rubric", "seen", "offered"),
    "extensions.give": ("login", "section", "until", "reason", "seen"),
    "extensions.withdraw": ("seen",),
    "rubric.add": ("text", "points"),
    "rubric.change": ("text", "points", "opened_with", "seen"),
    "announcements.make": ("title", "text", "where", "shown_from", "pinned"),
    "announcements.change": ("title", "text", "where", "shown_from", "pinned", "edits"),
    "news.seen": ("until",),
    "copying.copy": ("slug", "title", "term", "number", "unit", "seen", "press"),
    "groups.make": ("name", "logins"),
    "group_file.send": ("file", "pasted", "seen"),
    "own_group.ask": ("login",),
    "groups.add": ("login",),
    "groups.remove": ("login",),
    "rules.change": (
        *("opens_at", "due_at", "ends_at", "late_percent", "late_unit", "takes_grace", "grace_days", "counted"),
        *("most_uploads", "upload_hours", "pause_minutes", "group_size", "show_tests", "show_output", "opened_with"),
        *("seen", "press"),
    ),
    "rules.publish": ("press",),
    "by_hand.save": ("points", "comment", "rubric", "seen", "offered"),
    "requests.ask": ("task", "text"),
    "requests.answer": ("outcome", "answer", "from"),
    "decisions.decide": ("decision", "points", "reason", "seen"),
    "submissions.comment": ("text",),
    "roster.send": ("file", "pasted", "missing"),
    "roster.confirm": ("seen", "moves"),
    "roster.limit": ("whom", "section"),
    "invitations.make": ("whom", "login", "as"),
    "invitations.revoke": ("login",),
    "invitation.enter": ("password", "repeated"),
    "code.say": ("text", "line"),
    "documents.say": ("text", "cell"),
    "error_groups.reply": ("text",),
    "hints.show": ("test",),
    "suites.publish": ("seen",),
    # The reason last: with it one begins, and none other can.
    "regrades.begin": ("suite", "chosen", "task", "login", "reason"),
    "regrades.publish": ("release", "seen"),
}
# What stands in a form's other fields, so that the odd one is not turned away before it is read.
BESIDE = {
    "groups.make": {"name": "The three", "logins": "bo"},
    "roster.limit": {"whom": "some"},
    "rubric.add": {"text": "Names it", "points": "1"},
    "rubric.change": {"text": "Names it", "points": "1"},
    "announcements.make": {"title": "Room", "text": "Hall 2"},
    "announcements.change": {"title": "Room", "text": "Hall 2", "edits": "0"},
    "copying.copy": {"title": "Next", "term": "Fall", "number": "1", "unit": "weeks", "slug": "next"},
    "regrades.begin": {"suite": "1", "chosen": "student", "login": "ada", "reason": "why"},
    "rules.change": {
        "show_tests": "always",
        "show_output": "never",
        "late_unit": "day",
        "counted": "best",
        "due_at": "2026-03-02T12:00",
    },
}
# What a field of a form can hold; a form's text is UTF-8, well or badly.
VALUES = (
    *(b"\0", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", "\u202e💩".encode(), b"'\"><script>", b"{{7*7}}", b"a" * 50_000),
    *(b"0", b"-1", b"1e999999999", b"NaN", b"-Infinity", b"9" * 5000, b"0." + b"0" * 5000 + b"1", b"1_0", b"1,5"),
    *(b"\xef\xbc\x91", b"2026-01-01", b"9999-12-31T23:59:59+00:00", b"0001-01-01T00:00:00+23:59", b"2026-01-01T00:00"),
)
HEADERS = (
    *(
        {"Authorization": each}
        for each in ("Bearer", "Bearer ", "Bearer \xff", "Basic !!!", "x", "Bearer " + "a" * 999)
    ),
    *({"Cookie": f"handin={each}"} for each in ("", "x", ".", "a.b.c", "\xff", "e30.x.y", "." * 3000)),
    *({"Accept": each} for each in ("", "*", "x/y;q=nan", "text/html;q=-1", "application/json;q=1e999", "," * 2000)),
    *({"Range": each} for each in ("bytes=0-0", "bytes=-0", "bytes=9-1", "bytes=0-99999999999999", "x", "bytes=a-b")),
    *({"If-Modified-Since": each} for each in ("x", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 50)),
    *({"If-None-Match": each} for each in ("*", '"', "W/", "x" * 3000)),
    *({"User-Agent": each} for each in ("", "\xff", "x" * 4000)),
    *({"Accept-Encoding": each} for each in ("gzip;q=0", "gzip;q=x", "*;q=0")),
    *({"X-Forwarded-For": each} for each in ("", "x", ",,,", "::1, unknown", "a" * 4000)),
)
TYPES = (
    "",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "application/json",
    "text/plain",
    "x",
    "\xff/\xff",
)


@dataclass(frozen=True)
class Odd:
    """What is tried: in addresses and queries, in forms, and of requests as a whole."""

    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    values: tuple[bytes, ...]
    headers: tuple[dict[str, str], ...] = ()
    types: tuple[str, ...] = ()


EVERYTHING = Odd(TEXTS, NUMBERS, VALUES, HEADERS, TYPES)
# What only a database refuses, and each in its own way: bytes that are no text, and numbers beyond its integers.
STORED = Odd(TEXTS[:5], ("0", *NUMBERS[12:16]), (*VALUES[:4], *VALUES[8:12]))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def school(request, tmp_path, quick_passwords) -> Iterator[School]:
    """The service, once on each of the two databases."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    school = School(tmp_path / "data", database=url, behind_proxy=True)
    live_in(school)
    # Its page then says what it changed, and another one may begin.
    school.reviewed(outcomes("full"))
    school.published(1)
    yield school
    school.close()


@pytest.fixture
def app(school: School) -> Flask:
    return school.app()


@pytest.fixture
def staff(school: School, app: Flask) -> FlaskClient:
    """Ines's browser, with her API token as well; forms need no token here, as forged ones are tried elsewhere."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with school.database.write() as writing, client.session_transaction() as cookie:
        cookie["token"] = people.start_session(writing, school.users["ines"].id)
    return client


def _addresses(app: Flask, route: tuple[str, str], seen: set[tuple[str, str]], odd_ones: Odd) -> Iterator[str]:
    """The route's address with one odd part at a time; what `web.frame.access` reads for all, once of each."""
    (rule,) = [each for each in app.url_map.iter_rules(route[1]) if route[0] in each.methods]
    known = EXPECTED[route].arguments
    for odd in sorted(rule.arguments):
        if odd in ("course", "assignment", "submission"):
            if (odd, app.view_functions[route[1]].access) in seen:
                continue
            seen.add((odd, app.view_functions[route[1]].access))
        converter = type(rule._converters[odd]).__name__
        for value in odd_ones.numbers if converter in ("RowId", "IntegerConverter") else odd_ones.texts:
            yield re.sub(
                r"<(?:[a-z]+:)?(\w+)>",
                lambda match, odd=odd, value=value: value if match[1] == odd else str(known[match[1]]),
                rule.rule,
            )


def _broken(app: Flask, client: FlaskClient, token: str, odd: Odd) -> Iterator[tuple[str, int]]:
    """Everything that is tried, with what came of it."""
    bearer = {"Authorization": f"Bearer {token}"}
    seen: set[tuple[str, str]] = set()
    for route in sorted(routes(app)):
        method, endpoint = route
        headers = bearer if endpoint.startswith("api.") else {}
        for address in _addresses(app, route, seen, odd):
            yield address[:80], client.open(address, method=method, headers=headers, buffered=True).status_code
        with app.test_request_context():
            from flask import url_for

            here = url_for(endpoint, **EXPECTED[route].arguments)
        for name in QUERIES.get(endpoint, ()):
            for value in odd.numbers if name in ("page", "line") else odd.texts:
                yield f"?{name}={value}"[:80], client.get(f"{here}?{name}={value}", buffered=True).status_code
        for name in FIELDS.get(endpoint, ()):
            for value in odd.values:
                beside = BESIDE.get(endpoint, {}) | ({"chosen": "failing"} if name == "task" else {})
                fields = {key: each.encode() for key, each in beside.items()} | {name: value}
                form = b"".join(
                    b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (key.encode(), each)
                    for key, each in fields.items()
                )
                kind = "multipart/form-data; boundary=b"
                got = client.post(here, data=form + b"--b--\r\n", content_type=kind, buffered=True).status_code
                yield f"{endpoint} {name}={value[:40]!r}", got
        if method == "POST" and endpoint != "login.leave":
            for kind in odd.types:
                got = client.post(here, data=b"--\r\nx", headers=headers | {"Content-Type": kind}, buffered=True)
                yield f"{endpoint} as {kind!r}", got.status_code
    for headers in odd.headers:
        for path in (
            "/submissions/1/",
            "/submissions/1/file",
            "/submissions/1/live",
            "/api/v1/submissions/1",
            "/login",
        ):
            # `bearer` first: what is odd may be the token itself.
            answer = client.get(path, headers=bearer | headers, buffered=True)
            yield f"{path} with {str(headers)[:60]}", answer.status_code


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_whatever_is_asked_is_not_our_fault(school, app, staff, request) -> None:
    odd = EVERYTHING if "sqlite" in request.node.name else STORED
    token = school.token("ines")
    app.view_functions["login.leave"] = app.view_functions["help.verdicts"]  # it would end the session of the others
    tried = list(_broken(app, staff, token, odd))
    assert len(tried) > (1000 if odd is EVERYTHING else 200)
    assert [each for each in tried if each[1] >= 500] == []
    # Not all of it was turned away at the door.
    assert {200, 303, 404, 422} <= {status for _, status in tried}


def test_whatever_the_pages_read_is_tried() -> None:
    files = [*Path(web.__file__).parent.rglob("*.py"), *Path(web.__file__).parent.rglob("*.html")]
    reads = re.compile(
        r'\b(?:form|args|files)\.get(?:list)?\("(\w+)"|<(?:input|select|textarea|button)\b[^>]* name="(\w+)"'
    )
    read = {name for file in files for found in reads.findall(file.read_text("utf-8")) for name in found if name}
    tried = {name for names in (*QUERIES.values(), *FIELDS.values()) for name in names}
    assert {"reason", "release", "only", "rubric"} <= read
    assert read - tried == {"csrf_token"}


def test_odd_file_names_are_taken(school, app, staff) -> None:
    from tests.school import archive

    for name in ("\0.tar", "a\0b.tar", "\u202e.tar", "..", "/", "\\", "a" * 5000, "\ud800.tar", "x\r\nSet-Cookie: a=b"):
        file = (io.BytesIO(archive()), name.encode("utf-8", "surrogatepass").decode("latin-1"))
        answer = staff.post("/courses/dl/assignments/hw1p1/submissions", data={"file": file})
        assert answer.status_code in (303, 422), name
        if answer.status_code == 303:
            for below in ("", "file"):
                assert staff.get(answer.location + below, buffered=True).status_code == 200
