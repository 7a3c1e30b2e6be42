"""Staff who are limited to sections see their students alone: on every route, in every list and in every number."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from submissions.models import Comment, Decision
from tests.school import School
from tests.web.conftest import visits
from tests.web.routes import CAST, EXPECTED, ask, live_in

# What tells that something is of a student, and of which: names, logins, and a score that nobody else has.
OF_OTHERS = re.compile(r"Ada Lovelace|Bo Sønder|Chidi|\b(?:ada|bo|chidi)\b|61\.37")
# In an address, what is of one student, or of the hand-ins of some.
OF_ONE = {"submission", "login", "alert", "key", "regrade", "decision"}
ELSEWHERE = {
    ("POST", "requests.answer"): 404,
    # There is no such comment in reach, and so nothing to take back.
    ("POST", "error_groups.withdraw"): 303,
    ("POST", "groups.dissolve"): 422,  # it is told on the page that there is no such group
}


def lived_in(school: School) -> None:
    """Everything happened to Ada, Bo and Chidi, who are in no section; Sena sees section B, in which Dora is."""
    live_in(school)
    school.decided("ada", Decision.OVERRIDE, 61.37)
    school.joined("dora", section="B")
    school.limited("sena", "B")


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """For those who only look."""
    school = School(tmp_path_factory.mktemp("reach") / "data")
    lived_in(school)
    yield school
    school.close()


def text_of(shown: TestResponse) -> str:
    return shown.get_data().decode("utf-8", "replace")


def expected(route: tuple[str, str]) -> int:
    """What somebody of another section gets where Stan may go."""
    row = EXPECTED[route]
    stan = row.statuses[CAST.index("stan")]
    if route in ELSEWHERE or "submission" in row.arguments:
        return ELSEWHERE.get(route, 404)
    return 404 if OF_ONE & set(row.arguments) and stan != 403 else stan


@pytest.mark.parametrize("route", [route for route in EXPECTED if route[0] == "GET"], ids=" ".join)
def test_a_page_of_another_section_is_not_there_and_a_list_names_nobody_of_it(looked_at, route) -> None:
    app = looked_at.app()
    shown = ask(looked_at, app, visits(looked_at, app), route, "sena")
    assert shown.status_code == expected(route)
    if route != ("GET", "static"):
        assert OF_OTHERS.findall(text_of(shown)) == []


def test_what_is_looked_for_does_stand_on_the_pages_of_who_sees_the_whole_course(looked_at) -> None:
    app = looked_at.app()
    visit = visits(looked_at, app)
    told = [
        route
        for route, row in EXPECTED.items()
        if route[0] == "GET"
        and row.statuses[CAST.index("stan")] == 200
        and OF_OTHERS.search(text_of(ask(looked_at, app, visit, route, "stan")))
    ]
    assert len(told) > 12, told


@pytest.mark.parametrize("route", [route for route in EXPECTED if route[0] != "GET"], ids=" ".join)
def test_nothing_can_be_done_to_a_student_of_another_section(school, app, visit, route) -> None:
    lived_in(school)
    done = ask(school, app, visit, route, "sena")
    assert done.status_code == expected(route)
    assert OF_OTHERS.findall(text_of(done)) == []


def test_everything_of_the_sections_students_is_there_and_goes_with_them_when_they_move(school, visit) -> None:
    own, others = school.answered("bo"), school.answered("ada")
    school.moved("bo", "B")
    school.moved("ada", "A")
    school.limited("sena", "B", "C")
    sena = visit("sena")
    of_bo = [f"/submissions/{own}/{each}" for each in ("", "file", "receipt", "live", "code/hw1/hw1.py")]
    of_bo += ["/courses/dl/students/bo/", "/courses/dl/assignments/hw1p1/decisions/bo/"]
    for path in of_bo:
        assert sena.get(path).status_code == 200, path
    for path in ("/courses/dl/gradebook", "/courses/dl/hand-ins", "/courses/dl/gradebook.csv"):
        page = sena.get(path).text
        assert ("Bo S" in page, "Ada L" in page) == (True, False), path
    assert sena.get(f"/submissions/{others}/").status_code == 404
    school.moved("bo", "A")
    school.moved("ada", "C")
    for path in of_bo:
        assert sena.get(path).status_code == 404, path
    assert sena.get(f"/submissions/{others}/").status_code == 200
    assert "Bo S" not in sena.get("/courses/dl/gradebook.csv").text


def test_the_queue_by_hand_offers_no_answer_out_of_reach(school, visit) -> None:
    for login, section in (("ada", "A"), ("bo", "B"), ("chidi", "A")):
        school.moved(login, section)
        school.answered(login)
    school.limited("sena", "B")
    sena, here = visit("sena"), "/courses/dl/assignments/hw1p1/grading/"
    assert "2 of 2 answers" in sena.get(here).text  # of two tasks
    offered = sena.post(f"{here}q1-1/next").location
    assert offered == f"{here}q1-1/2/"
    following = sena.post(offered, {"points": "1"})
    assert following.location == here
    assert "nothing left here for you" in sena.get(here).text
    assert sena.post(f"{here}q1-1/1/", {"points": "1"}).status_code == 404


def test_an_answer_to_all_of_a_group_goes_to_those_in_reach(school, visit) -> None:
    for login, section in (("ada", "A"), ("bo", "B")):
        school.moved(login, section)
        school.graded(login, "poor")
    school.limited("sena", "B")
    sena = visit("sena")
    groups = "/courses/dl/assignments/hw1p1/groups/"
    here = re.search(rf"{groups}\w{{16}}/", sena.get(groups).text)
    assert "1 student" in sena.get(here[0]).text
    assert sena.post(here[0], {"text": "Look at the shapes."}).status_code == 303
    assert "Said to 1 student:" in sena.get(here[0]).text
    with school.database.read() as session:
        assert [each.submission_id for each in session.scalars(select(Comment))] == [2]


def test_of_what_several_handed_in_together_a_page_tells_the_standing_of_who_is_in_reach(school, visit) -> None:
    school.rules(group_size=2)
    school.grouped("ada", "bo")
    submission = school.graded("ada")
    school.moved("ada", "A")
    school.moved("bo", "B")
    school.decided("ada", Decision.OVERRIDE, 61.37)
    school.decided("bo", Decision.POINTS, 3)
    school.limited("sena", "B")
    sena = visit("sena")
    for path in (f"/submissions/{submission}/", f"/submissions/{submission}/live"):
        page = sena.get(path).text
        assert ("61.37" in page, "decisions/bo/" in page) == (False, True)
    bearer = {"Authorization": f"Bearer {school.token('sena')}"}
    told = sena.get(f"/api/v1/submissions/{submission}", headers=bearer).json
    assert [each["points"] for each in told["assignment_score"]["decisions"]] == [3]
    assert "You see this page as Bo" in sena.get(f"/submissions/{submission}/?as=student").text
    assert sena.get("/courses/dl/students/ada/").status_code == 404
