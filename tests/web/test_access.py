"""Who may open what, route by route: a route without an expectation here fails the test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from flask import Flask

from submissions import people
from tests import written

CAST = ("", "oz", "bo", "ada", "stan", "ines")  # "" is nobody; ada is the owner, bo a fellow student
LOGIN, GONE, ONLY_STAFF, NO_TOKEN = 303, 404, 403, 401


@dataclass(frozen=True)
class Expected:
    """The statuses for each of the cast, in its order, and how to ask."""

    statuses: tuple[int, ...]
    arguments: dict[str, object] = field(default_factory=dict)


COURSE = {"course": "dl"}
HW = {"course": "dl", "assignment": "hw1p1"}
OWN = {"submission": 1}  # handed in by ada

EXPECTED = {
    ("GET", "health.check"): Expected((200,) * 6),
    ("GET", "help.verdicts"): Expected((200,) * 6),
    ("GET", "static"): Expected((200,) * 6, {"name": "portal.css"}),
    ("GET", "login.page"): Expected((200, 303, 303, 303, 303, 303)),
    ("POST", "login.enter"): Expected((403,) * 6),  # open to all, and wrong without a password
    ("POST", "login.leave"): Expected((NO_TOKEN, 303, 303, 303, 303, 303)),
    ("GET", "account.page"): Expected((LOGIN, 200, 200, 200, 200, 200)),
    ("POST", "account.revoke_session"): Expected((NO_TOKEN, *(GONE,) * 5), {"session_id": 1}),  # chidi's
    ("POST", "account.create_token"): Expected((NO_TOKEN, 200, 200, 200, 200, 200)),
    ("POST", "account.revoke_token"): Expected((NO_TOKEN, *(GONE,) * 5), {"token_id": 1}),  # chidi's
    ("GET", "courses.home"): Expected((LOGIN, 200, 303, 303, 303, 303)),
    ("GET", "courses.page"): Expected((LOGIN, GONE, 200, 200, 200, 200), COURSE),
    ("GET", "courses.hand_ins"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    # The first of the staff resolves it; for the second there is nothing left to resolve.
    ("POST", "alerts.resolve"): Expected(
        (NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, GONE), {"course": "dl", "alert": 1}
    ),
    ("POST", "alerts.grade_again"): Expected(
        (NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, GONE), {"course": "dl", "alert": 1}
    ),
    ("GET", "assignments.page"): Expected((LOGIN, GONE, 200, 200, 200, 200), HW),
    ("GET", "assignments.handout"): Expected((LOGIN, GONE, 200, 200, 200, 200), HW),
    ("GET", "assignments.refused_before"): Expected((LOGIN, GONE, 303, 303, 303, 303), HW),
    ("POST", "assignments.hand_in"): Expected((NO_TOKEN, GONE, 422, 422, 422, 422), HW),  # 422: no file
    ("GET", "submissions.page"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("GET", "submissions.live"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("GET", "submissions.receipt"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("GET", "submissions.file"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("POST", "submissions.grade_by_hand"): Expected(
        (NO_TOKEN, GONE, GONE, ONLY_STAFF, 422, 422),
        {**OWN, "task": "q1-1"},  # 422: no points
    ),
    ("POST", "hints.show"): Expected((NO_TOKEN, *(GONE,) * 5), OWN),  # no test is named
    ("GET", "documents.page"): Expected((LOGIN, GONE, GONE, 200, 200, 200), {**OWN, "path": "hw1.ipynb"}),
    ("GET", "documents.picture"): Expected(
        (LOGIN, GONE, GONE, 200, 200, 200), {**OWN, "path": "hw1.ipynb", "number": 0}
    ),
    ("GET", "documents.pdf"): Expected((LOGIN, GONE, GONE, 200, 200, 200), {**OWN, "path": "proofs.pdf"}),
    ("POST", "api.hand_in"): Expected((NO_TOKEN, GONE, 422, 422, 422, 422), HW),
    ("GET", "api.show"): Expected((NO_TOKEN, GONE, GONE, 200, 200, 200), OWN),
}


def _routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.endpoint) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_has_an_expectation_and_every_expectation_a_route(app: Flask) -> None:
    assert _routes(app) == set(EXPECTED)


@pytest.mark.parametrize("route", EXPECTED, ids=" ".join)
def test_each_of_the_cast_gets_what_the_route_allows(school, app, visit, route) -> None:
    school.answered("ada", **{"proofs.pdf": written.PDF})
    school.faulty("chidi")
    school.hand_out(b"a zip file")
    with school.database.write() as session:
        people.start_session(session, school.users["chidi"].id)
        people.create_api_token(session, school.users["chidi"].id, "chidi's")
    method, endpoint = route
    expected = EXPECTED[route]
    with app.test_request_context():
        from flask import url_for

        path = url_for(endpoint, **expected.arguments)
    got = []
    for login in CAST:
        if endpoint.startswith("api."):
            headers = {"Authorization": f"Bearer {school.token(login)}"} if login else {}
            got.append(app.test_client().open(path, method=method, headers=headers).status_code)
        else:
            visitor = visit(login)
            got.append((visitor.post(path) if method == "POST" else visitor.get(path)).status_code)
    assert dict(zip(CAST, got, strict=True)) == dict(zip(CAST, expected.statuses, strict=True))


def test_a_view_that_does_not_say_who_may_open_it_stops_the_start(school) -> None:
    from web import access

    app = school.app()
    app.view_functions["forgotten"] = lambda: "open to all by mistake"
    with pytest.raises(RuntimeError, match="forgotten"):
        access.refuse_unmarked_views(app)


@pytest.mark.parametrize("path", ["/courses/dl/", "/courses/dl/assignments/hw1p1/", "/submissions/1/"])
def test_an_ended_enrolment_is_out_at_once_also_with_a_live_session(school, visit, path) -> None:
    school.graded("ada")
    ada = visit("ada")
    assert ada.get(path).status_code == 200
    with school.database.write() as session:
        people.end_enrolment(session, school.course.id, school.users["ada"].id)
    assert ada.get(path).status_code == 404


def test_what_is_not_there_and_what_is_anothers_look_the_same(school, visit) -> None:
    anothers = school.graded("ada")
    bo = visit("bo")
    assert bo.get(f"/submissions/{anothers}/").text == bo.get("/submissions/999/").text


def test_an_instructor_elsewhere_is_an_outsider_here(school, visit) -> None:
    from submissions import courses
    from submissions.models import Role

    with school.database.write() as session:
        elsewhere = courses.create_course(session, "other", "Another course")
        people.enrol(session, elsewhere.id, school.users["oz"].id, Role.INSTRUCTOR)
    submission = school.graded("ada")
    oz = visit("oz")
    assert oz.get("/courses/other/").status_code == 200
    assert oz.get("/courses/dl/").status_code == 404
    assert oz.get(f"/submissions/{submission}/").status_code == 404
