"""Who may open what, route by route and by every method: `routes.py` holds what each of the cast may expect."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from submissions.models import Role
from submissions.people import people
from submissions.suites import courses
from tests.school import School
from tests.web.conftest import Visit, visits
from tests.web.routes import CAST, EXPECTED, ask, live_in, path_of, routes


def test_every_route_has_an_expectation_and_every_expectation_a_route(app: Flask) -> None:
    assert routes(app) == set(EXPECTED)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """A lived-in service for those who only look."""
    school = School(tmp_path_factory.mktemp("school") / "data")
    live_in(school)
    yield school
    school.close()


@pytest.mark.parametrize("route", [route for route in EXPECTED if route[0] == "GET"], ids=" ".join)
def test_each_of_the_cast_is_shown_what_the_route_allows(looked_at, route) -> None:
    app = looked_at.app()
    _assert_each_gets_what_is_expected(looked_at, app, visits(looked_at, app), route)


@pytest.mark.parametrize("route", [route for route in EXPECTED if route[0] != "GET"], ids=" ".join)
def test_each_of_the_cast_may_do_what_the_route_allows(school, app, visit, route) -> None:
    live_in(school)
    _assert_each_gets_what_is_expected(school, app, visit, route)


def _assert_each_gets_what_is_expected(school: School, app: Flask, visit: Visit, route: tuple[str, str]) -> None:
    got = [ask(school, app, visit, route, login).status_code for login in CAST]
    assert dict(zip(CAST, got, strict=True)) == dict(zip(CAST, EXPECTED[route].statuses, strict=True))


def _left(school) -> str:
    with school.database.write() as session:
        people.end_enrolment(session, school.course.id, school.users["ada"].id)
    return "ada"


def _elsewhere(school) -> str:
    with school.database.write() as session:
        other = courses.create_course(session, "other", "Another course")
        people.enrol(session, other.id, school.users["oz"].id, Role.INSTRUCTOR)
    return "oz"


@pytest.mark.parametrize("becomes", [_left, _elsewhere])
def test_who_left_the_course_and_who_teaches_another_gets_of_it_what_an_outsider_gets(
    school, app, visit, becomes
) -> None:
    live_in(school)
    login = becomes(school)
    of_the_course = {
        route: row
        for route, row in EXPECTED.items()
        if {"course", "assignment", "submission", "alert"} & set(row.arguments)
    }
    assert len(of_the_course) > 15
    got = {route: ask(school, app, visit, route, login).status_code for route in of_the_course}
    assert got == {route: row.statuses[CAST.index("oz")] for route, row in of_the_course.items()}


@pytest.mark.parametrize("login", ["", "oz", "ada", "stan"])
def test_head_says_what_get_says_and_options_says_no_more_than_the_methods(school, app, visit, login) -> None:
    live_in(school)
    visitor = visit(login)
    token = {"Authorization": f"Bearer {school.token(login)}"} if login else {}
    for (method, endpoint), row in EXPECTED.items():
        path = path_of(app, endpoint, **row.arguments)
        headers = token if endpoint.startswith("api.") else {}
        expected = row.statuses[CAST.index(login)]
        if method == "GET":
            head = visitor.client.head(path, headers=headers, buffered=True)
            assert (head.status_code, head.data) == (expected, b""), path
        options = visitor.client.options(path, headers=headers)
        everyone = app.view_functions[endpoint].access == "everyone"
        assert options.status_code == (200 if login or everyone else 401), path
        if options.status_code == 200:
            assert (method in options.headers["Allow"], options.data) == (True, b""), path


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_route_knows_another_method(school, app, visit, method) -> None:
    live_in(school)
    stan = visit("stan")
    for path in {path_of(app, endpoint, **row.arguments) for (_, endpoint), row in EXPECTED.items()}:
        assert stan.client.open(path, method=method).status_code == 405, path


def test_a_token_opens_no_page_and_a_session_nothing_of_the_api(school, app, visit) -> None:
    live_in(school)
    stan = visit("stan")
    bearer = {"Authorization": f"Bearer {school.token('stan')}"}
    for (method, endpoint), row in EXPECTED.items():
        path = path_of(app, endpoint, **row.arguments)
        if endpoint.startswith("api."):
            assert stan.client.open(path, method=method).status_code == 401, path
        elif app.view_functions[endpoint].access != "everyone" and method == "GET":
            assert app.test_client().get(path, headers=bearer).status_code == 303, path


def test_a_view_that_does_not_say_who_may_open_it_stops_the_start(school) -> None:
    from web.frame import access

    app = school.app()
    app.view_functions["forgotten"] = lambda: "open to all by mistake"
    with pytest.raises(RuntimeError, match="forgotten"):
        access.refuse_unmarked_views(app)


def test_an_ended_enrolment_is_out_at_once_also_with_a_live_session(school, visit) -> None:
    live_in(school)
    ada = visit("ada")
    assert ada.get("/submissions/1/").status_code == 200
    _left(school)
    assert ada.get("/submissions/1/").status_code == 404


def test_what_is_not_there_and_what_is_anothers_look_the_same(school, visit) -> None:
    anothers = school.graded("ada")
    bo = visit("bo")
    # A form's token holds the second in which it was signed.
    there, nowhere = (
        re.sub(r'name="csrf_token" value="[^"]+"', "", bo.get(f"/submissions/{each}/").text) for each in (anothers, 999)
    )
    assert there == nowhere
