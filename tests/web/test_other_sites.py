"""Forms that another site made a browser send: each is refused, and nothing in the database is another than before."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from submissions import models
from submissions.models import Base, Phase, RubricItem, WebSession
from submissions.people import group_file, people
from submissions.people.reach import WHOLE
from submissions.scores import error_groups, rubric
from submissions.suites import copying
from submissions.talk import comments
from tests.school import PASSWORD, School, archive
from tests.web.conftest import Visitor
from tests.web.routes import GROUP, HW, live_in, path_of, routes

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
HOST = "http://localhost"
Made = Callable[[School], dict]


def _opened_elsewhere(school: School) -> dict[str, object]:
    with school.database.write() as session:
        people.start_session(session, school.users["ada"].id)
        session.flush()
        made = session.scalars(select(WebSession.id).order_by(WebSession.id.desc())).first()
    return {"session_id": made}


def _closed_hints(school: School) -> dict[str, str]:
    school.hint_budget(3, 24)
    school.graded("ada", "mistakes")
    with school.database.read() as session:
        newest = session.scalars(select(models.TestResult).order_by(models.TestResult.id.desc()))
        return {"test": next(str(each.id) for each in newest if each.hints and each.visibility == "always")}


def _regrade_in(phase: Phase) -> Made:
    def made(school: School) -> dict[str, object]:
        with school.database.write() as session:
            regrade = session.get_one(models.Regrade, 1)
            regrade.phase, regrade.suite_id = phase, regrade.assignment.suite_id
            regrade.released = "all" if phase == Phase.PUBLISHED else ""
        return {"course": "dl", "assignment": "hw1p1", "regrade": 1}

    return made


def _faulty_regrade(school: School) -> dict[str, object]:
    with school.database.write() as session:
        for grading in session.scalars(select(models.Grading).where(models.Grading.regrade_id == 1)):
            grading.state = models.State.FAULT
    return _regrade_in(Phase.REVIEW)(school)


def _decided(school: School) -> dict[str, object]:
    """An assignment without an undecided regrade, so that one can begin."""
    return {name: value for name, value in _regrade_in(Phase.DISCARDED)(school).items() if name != "regrade"}


def _held_by_none(school: School) -> dict[str, object]:
    """A fault whose hand-in no undecided regrade has."""
    _regrade_in(Phase.DISCARDED)(school)
    return {"course": "dl", "alert": 1}


def _asked(school: School) -> dict[str, str]:
    with school.database.read() as session:
        suite = session.get_one(models.Assignment, school.assignment.id).suite_id
    return {"suite": str(suite), "chosen": "counting", "reason": "a wrong test"}


def _unchecked(school: School) -> dict[str, object]:
    return {"course": "dl", "assignment": "hw1p1", "suite": school.unchecked()}


def _being_checked(school: School) -> dict[str, object]:
    address = _unchecked(school)
    school.checking(address["suite"])
    return address


def _all_released(school: School) -> dict[str, str]:
    with school.database.read() as session:
        return {"release": "all", "seen": session.get_one(models.Assignment, school.assignment.id).suite.hash}


def _nothing_asked(school: School) -> dict[str, object]:
    school.answered_request(1, "answered", "We looked.")
    return {"submission": 1}


def _held(school: School) -> dict[str, object]:
    school.hold_points()
    return HW


def _left(school: School) -> dict[str, object]:
    with school.database.write() as session:
        people.end_enrolment(session, school.course.id, school.users["bo"].id)
    return {"course": "dl", "login": "bo"}


def _in_sections(school: School) -> dict[str, object]:
    school.joined("kenji", section="A")
    return {"course": "dl", "login": "stan"}


def _joined(school: School) -> dict[str, object]:
    school.joined("kenji")
    return {"course": "dl"}


def _with_link(school: School) -> dict[str, object]:
    address = _joined(school)
    school.invited("kenji")
    return address


def _to_themselves(school: School) -> dict[str, object]:
    _joined(school)
    return {}


def _seen(school: School) -> dict[str, str]:
    return {"seen": school.planned().digest}


def _to_choose(school: School) -> dict[str, object]:
    school.rules(counted="chosen")
    return {"submission": 1}


def _item(school: School) -> dict[str, str]:
    with school.database.read() as session:
        known = rubric.known([session.get_one(RubricItem, 1)])
    return {"text": "In other words", "points": "3", "opened_with": known}


def _announced(school: School) -> dict[str, object]:
    return {"course": "dl", "announcement": school.announced()}


def _next_term(school: School) -> dict[str, str]:
    with school.database.read() as session:
        seen = copying.plan(session, session.get_one(models.Course, school.course.id), 7).digest
    return {"title": "Next", "term": "Fall", "slug": "next", "number": "1", "unit": "weeks", "seen": seen}


def _ruled(school: School) -> dict[str, str]:
    return {
        "show_tests": "always",
        "show_output": "never",
        "late_unit": "day",
        "counted": "best",
        "opened_with": school.known_rules(),
    }


def _groups_seen(school: School) -> dict[str, str]:
    text = "login,group\nada,2\nbo,2"
    with school.database.read() as session:
        assignment = session.get_one(models.Assignment, school.assignment.id)
        seen = group_file.plan(session, assignment, WHOLE, group_file.read(text)).digest
    return {"pasted": text, "seen": seen}


def _told(school: School) -> dict[str, object]:
    """An answer to a group."""
    with school.database.write() as session:
        group = error_groups.group(session, school.assignment, WHOLE, GROUP["key"])
        comments.reply(session, school.assignment, group.test, group.key, [1], "Use `np.tanh`.", school.users["stan"])
        (reply,) = error_groups.replies(session, school.assignment, WHOLE, group)
    return {**GROUP, "comment": reply.comment_id}


# Whoever the form is of, what the address is made of, and what is in the form: each changes something when it is ours.
FORMS: dict[str, tuple[str, Made, Made]] = {
    "login.enter": ("", lambda _: {}, lambda _: {"login": "ada", "password": PASSWORD}),
    "login.leave": ("ada", lambda _: {}, lambda _: {}),
    "account.revoke_session": ("ada", _opened_elsewhere, lambda _: {}),
    "account.create_token": ("ada", lambda _: {}, lambda _: {"label": "mine"}),
    "account.revoke_token": ("chidi", lambda _: {"token_id": 1}, lambda _: {}),
    "alerts.resolve": ("stan", lambda _: {"course": "dl", "alert": 1}, lambda _: {}),
    "alerts.grade_again": ("stan", _held_by_none, lambda _: {}),
    "assignments.hand_in": (
        "ada",
        lambda _: {"course": "dl", "assignment": "hw1p1"},
        lambda _: {"file": (io.BytesIO(archive()), "handin.tar")},
    ),
    "submissions.grade_by_hand": ("stan", lambda _: {"submission": 1, "task": "q1-1"}, lambda _: {"points": "5"}),
    "by_hand.release": ("ines", _held, lambda _: {}),
    "by_hand.take_back": ("ines", lambda _: HW, lambda _: {}),
    "by_hand.next_answer": ("stan", lambda _: {**HW, "task": "q1-1"}, lambda _: {}),
    "by_hand.skip": ("stan", lambda _: {**HW, "task": "q1-1", "submission": 1}, lambda _: {}),
    "by_hand.save": ("stan", lambda _: {**HW, "task": "q1-1", "submission": 1}, lambda _: {"points": "5"}),
    "submissions.comment": ("stan", lambda _: {"submission": 1}, lambda _: {"text": "Well done."}),
    "submissions.choose": ("ada", _to_choose, lambda _: {}),
    "comments.withdraw": ("stan", lambda _: {"submission": 1, "comment": 1}, lambda _: {}),
    "code.say": (
        "stan",
        lambda _: {"submission": 1, "path": "hw1/hw1.py"},
        lambda _: {"line": "1", "text": "Why?"},
    ),
    "documents.say": (
        "stan",
        lambda _: {"submission": 1, "path": "hw1.ipynb"},
        lambda _: {"cell": "1", "text": "Why?"},
    ),
    "error_groups.withdraw": ("stan", _told, lambda _: {}),
    "error_groups.reply": ("stan", lambda _: GROUP, lambda _: {"text": "Use `np.tanh`."}),
    "suites.publish": (
        "ines",
        lambda _: {"course": "dl", "assignment": "hw1p1", "suite": 1},
        lambda _: {"seen": "a17e" * 16},  # what `live_in` published
    ),
    "suites.check": ("ines", _unchecked, lambda _: {}),
    "suites.cancel_check": ("ines", _being_checked, lambda _: {}),
    "regrades.begin": ("ines", _decided, _asked),
    "regrades.pause": ("ines", _regrade_in(Phase.RUNNING), lambda _: {}),
    "regrades.go_on": ("ines", _regrade_in(Phase.PAUSED), lambda _: {}),
    "regrades.discard": ("ines", _regrade_in(Phase.REVIEW), lambda _: {}),
    "regrades.publish": ("ines", _regrade_in(Phase.REVIEW), _all_released),
    "regrades.retry": ("ines", _faulty_regrade, lambda _: {}),
    "regrades.revert": ("ines", _regrade_in(Phase.PUBLISHED), lambda _: {}),
    "decisions.decide": (
        "ines",
        lambda _: {"course": "dl", "assignment": "hw1p1", "login": "ada"},
        lambda _: {"decision": "points", "points": "5", "reason": "a wrong test", "seen": "1"},
    ),
    "decisions.withdraw": (
        "ines",
        lambda _: {"course": "dl", "assignment": "hw1p1", "login": "ada", "decision": 1},
        lambda _: {},
    ),
    "roster.end": ("ines", lambda _: {"course": "dl", "login": "bo"}, lambda _: {}),
    "roster.again": ("ines", _left, lambda _: {}),
    "roster.limit": ("ines", _in_sections, lambda _: {"whom": "some", "section": "A"}),
    "roster.send": ("ines", lambda _: {"course": "dl"}, lambda _: {"pasted": "login,name\nnew,New"}),
    "roster.confirm": ("ines", lambda _: {"course": "dl", "number": 1}, _seen),
    "invitations.make": ("ines", _joined, lambda _: {"login": "kenji"}),
    "invitations.revoke": ("ines", _with_link, lambda _: {"login": "kenji"}),
    "invitation.enter": ("kenji", _to_themselves, lambda _: {"password": "a new one", "repeated": "a new one"}),
    "rubric.add": ("stan", lambda _: {**HW, "task": "q1-1"}, lambda _: {"text": "Names it", "points": "1"}),
    "rubric.change": ("ines", lambda _: {**HW, "task": "q1-1", "item": 1}, _item),
    "rubric.retire": ("ines", lambda _: {**HW, "task": "q1-1", "item": 1}, lambda _: {}),
    "announcements.make": ("stan", lambda _: {"course": "dl"}, lambda _: {"title": "Room", "text": "Hall 2"}),
    "announcements.change": ("stan", _announced, lambda _: {"title": "Room", "text": "Hall 3", "edits": "0"}),
    "announcements.withdraw": ("stan", _announced, lambda _: {}),
    "news.seen": ("ada", lambda _: {"course": "dl"}, lambda _: {}),
    "rules.publish": ("ines", lambda _: {"course": "dl", "assignment": "hw1p1"}, lambda _: {"press": "take-back"}),
    "rules.change": ("ines", lambda _: {"course": "dl", "assignment": "hw1p1"}, _ruled),
    "copying.copy": ("ines", lambda _: {"course": "dl"}, _next_term),
    "own_group.ask": ("ada", lambda _: HW, lambda _: {"login": "chidi"}),
    "own_group.accept": ("bo", lambda _: {**HW, "invitation": 1}, lambda _: {}),
    "own_group.decline": ("bo", lambda _: {**HW, "invitation": 1}, lambda _: {}),
    "own_group.take_back": ("ada", lambda _: {**HW, "invitation": 1}, lambda _: {}),
    "own_group.leave": ("chidi", lambda _: HW, lambda _: {}),
    "groups.make": ("stan", lambda _: HW, lambda _: {"logins": "ada bo", "name": "The two"}),
    "group_file.send": ("stan", lambda _: HW, _groups_seen),
    "groups.add": ("stan", lambda _: {**HW, "group": 1}, lambda _: {"login": "bo"}),
    "groups.remove": ("stan", lambda _: {**HW, "group": 1}, lambda _: {"login": "chidi"}),
    "groups.dissolve": ("stan", lambda _: {**HW, "group": 1}, lambda _: {}),
    "extensions.give": (
        "ines",
        lambda _: {"course": "dl", "assignment": "hw1p1"},
        lambda _: {"login": "chidi", "until": "2190-03-02T12:00", "reason": "ill"},
    ),
    "extensions.withdraw": ("ines", lambda _: {"course": "dl", "assignment": "hw1p1", "extension": 1}, lambda _: {}),
    "requests.answer": (
        "stan",
        lambda _: {"course": "dl", "number": 1},
        lambda _: {"outcome": "declined", "answer": "It is as it should be."},
    ),
    "requests.ask": ("ada", _nothing_asked, lambda _: {"text": "Look at it again."}),
    "requests.withdraw": ("ada", lambda _: {"submission": 1, "number": 1}, lambda _: {}),
    "hints.show": ("ada", lambda _: {"submission": 3}, _closed_hints),
}


# What a browser opened before its form is there.
OPENED: dict[str, Callable[[School], str]] = {"invitation.enter": lambda school: school.invited("kenji")}
# What these make is the record itself, with who and when: a submission, a hint or an answer that was opened, a login.
OWN_RECORD = {
    "assignments.hand_in",
    "by_hand.next_answer",
    "by_hand.skip",
    "hints.show",
    "login.enter",
    "news.seen",
}
# The log of the course that it makes begins with it, too.
OF_TWO_COURSES = {"copying.copy"}
OF_NO_COURSE = {"login.leave", "account.revoke_session", "account.create_token", "account.revoke_token"}


def _rows(school: School) -> str:
    """A digest of every row of every table."""
    digest = hashlib.sha256()
    with school.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table).order_by(*table.primary_key)):
                digest.update(repr(row).encode("utf-8", "replace"))
    return digest.hexdigest()


def _entries(school: School) -> list[models.AuditEntry]:
    with school.database.read() as session:
        return list(session.scalars(select(models.AuditEntry).order_by(models.AuditEntry.id)))


def _token(client) -> str:
    for path in ("/account/", "/login"):
        if found := TOKEN.search(client.get(path).text):
            return found[1]
    raise AssertionError("no page has a form")


def test_every_form_is_tried(app) -> None:
    posts = {endpoint for method, endpoint in routes(app) if method == "POST" and not endpoint.startswith("api.")}
    assert posts == set(FORMS)


@pytest.mark.parametrize("endpoint", FORMS)
def test_a_form_is_taken_from_here_alone(school, app, visit, endpoint) -> None:
    live_in(school)
    login, arguments, fields = FORMS[endpoint]
    data = fields(school)
    path = path_of(app, endpoint, **arguments(school))
    client = visit(login).client
    if endpoint in OPENED:
        client.get(OPENED[endpoint](school))
    own, anothers = _token(client), _token(visit("bo").client)
    before = _rows(school)

    def sent(token: str | None, **headers: str) -> int:
        form = {} if token is None else {"csrf_token": token}
        for name, each in data.items():
            # An upload's stream is closed once it is sent.
            form[name] = (io.BytesIO(archive()), each[1]) if isinstance(each, tuple) else each
        return client.post(path, data=form, headers=headers).status_code

    forged = {
        "without a token": sent(None),
        "with an empty token": sent(""),
        "with another's token": sent(anothers),
        "with another's token in a header": sent(None, **{"X-CSRFToken": anothers}),
    }
    assert set(forged.values()) == {400}, forged
    elsewhere = {
        "Origin": ("https://evil.example", "http://localhost.evil.example", "http://localhost:81", "null", "http://["),
        "Referer": ("https://evil.example/localhost", "http://user@evil.example/"),
        "Sec-Fetch-Site": ("cross-site", "same-site"),
    }
    for header, values in elsewhere.items():
        for value in values:
            assert sent(own, **{header: value}) == 403, (header, value)
    assert _rows(school) == before
    # So it is the token and the origin, and nothing else, that it was refused for.
    audited = _entries(school)
    assert sent(own, Origin=HOST) in (200, 303)
    assert _rows(school) != before
    # What a person changes is in the log, and where it is about a course, its instructors can read it there.
    made = _entries(school)[len(audited) :]
    if endpoint not in OWN_RECORD:
        assert {entry.actor for entry in made} == {login}, "it left no line in the audit log"
        of = {entry.course_id for entry in made}
        assert (of == {None}) == (endpoint in OF_NO_COURSE)
        assert None in of or school.course.id in of
        assert len(of) == (2 if endpoint in OF_TWO_COURSES else 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://handin.example.edu"},
        {"Referer": "https://handin.example.edu/login"},
        {"Origin": HOST},
        # A browser that hides the address still says whose page it was.
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {},
    ],
    ids=str,
)
def test_a_form_of_our_own_is_taken_however_its_origin_is_told(tmp_path, headers) -> None:
    """Also behind a proxy that hands on another host's name, where HANDIN_PUBLIC_URL says how students reach us."""
    school = School(tmp_path / "data", public_url="https://handin.example.edu")
    client = school.app().test_client()
    client.get("/login")
    assert client.post("/login", data={}, headers=headers).status_code == 400  # the token is what it lacks
    school.close()


def test_a_refusal_says_what_to_do_and_tells_who_runs_the_service(app, caplog) -> None:
    answer = app.test_client().post("/login", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "came from another site" in answer.text
    assert "Nothing was recorded from this form" in answer.text
    assert "evil.example" in caplog.text


def test_the_api_takes_a_token_from_anywhere_and_a_cookie_from_nowhere(school, app, visit) -> None:
    path = path_of(app, "api.hand_in", course="dl", assignment="hw1p1")
    bearer = {"Authorization": f"Bearer {school.token('ada')}", "Origin": "https://ci.example"}
    file = {"file": (io.BytesIO(archive()), "handin.tar")}
    assert app.test_client().post(path, data=file, headers=bearer).status_code == 201
    ada = visit("ada").client
    file = {"file": (io.BytesIO(archive()), "handin.tar"), "csrf_token": _token(ada)}
    assert ada.post(path, data=file).status_code == 401
    assert len(school.submissions()) == 1


def test_no_answer_lets_another_site_read_it(visit) -> None:
    answer = visit("ada").get("/account/", headers={"Origin": "https://evil.example"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_a_token_of_before_the_login_is_worth_nothing_after_it(anonymous: Visitor) -> None:
    before = _token(anonymous.client)
    anonymous.log_in("ada")
    assert anonymous.client.post("/logout", data={"csrf_token": before}).status_code == 400
