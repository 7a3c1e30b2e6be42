"""Groups by a file, and as in another assignment: seen first, taken whole or not at all."""

from __future__ import annotations

import io
import re

import pytest

from submissions.models import Assignment
from submissions.people import groups
from submissions.people.reach import WHOLE
from submissions.suites import courses

PAGE = "/courses/dl/assignments/hw1p1/student-groups/"
FILE = PAGE + "file/"


@pytest.fixture
def school(school):
    school.rules(group_size=2)
    school.joined("kenji", "mei", section="A")
    return school


def formed(school) -> dict[str, set[str]]:
    with school.database.read() as session:
        found = groups.listed(session, school.assignment.id, WHOLE)
    return {group.name: {each.login for each in group.members} for group in found}


def seen(page) -> dict[str, str]:
    pasted = re.search(r'<textarea id="pasted"[^>]*>(.*?)</textarea>', page.text, re.DOTALL)[1]
    return {"seen": re.search(r'name="seen" value="(\w+)"', page.text)[1], "pasted": pasted.replace("&#34;", '"')}


def test_a_file_is_seen_first_and_then_taken(school, visit) -> None:
    school.grouped("ada", "bo")
    school.rules(group_size=2)
    stan = visit("stan")
    text = "Group,Login\nTwo,ADA\n2,chidi\nTwo,kenji\n,bo\n"
    looked = stan.post(FILE, {"file": (io.BytesIO(text.encode()), "groups.csv")})
    assert looked.status_code == 409
    assert "4 students move. Nothing is changed yet." in looked.text
    assert formed(school) == {"1": {"ada", "bo"}}
    assert stan.post(FILE, seen(looked)).status_code == 303
    assert formed(school) == {"2": {"chidi"}, "Two": {"ada", "kenji"}}
    again = stan.post(FILE, {"pasted": text})
    assert again.status_code == 409
    assert "Everybody whom the file names is in that group already." in again.text


def test_what_changed_after_it_was_seen_is_shown_again(school, visit) -> None:
    stan = visit("stan")
    looked = stan.post(FILE, {"pasted": "login,group\nada,1"})
    school.grouped("ada", "bo")
    assert stan.post(FILE, {**seen(looked), "pasted": "login,group\nada,7"}).status_code == 409
    assert formed(school) == {"1": {"ada", "bo"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "No file was chosen, and nothing pasted."),
        (
            "name,group\nada,1",
            "Its first line must name the columns, login and group, and no others. It says: name, group",
        ),
        ("login,group,mark\nada,1,2", "and no others"),
        ("login,group", "Only the line with the names"),
        ("login,group\nada,1\nada,2", "Line 3: ada stands in line 2 already"),
        ("login,group\nada,1\nnobody,1", "Line 3: “nobody” is no login of a student of this course"),
        ("login,group\nada,1\nstan,1", "Line 3: “stan” is no login"),
        ("login,group\nada,1\nbo,1\nkenji,1", "Line 4: group 1 would have 3 students, and by the rules up to 2"),
        ("login,group\nada,=cmd", "Line 2: “=cmd” begins as a formula does"),
        ("login,group\nada,1,1", "Line 2: it has 3 values"),
        ('login,group\nada,"1', "do not fit together"),
        ("login,group\nada," + "x" * 61, "Line 2: A group&#39;s name has from 1 to 60 characters"),
    ],
)
def test_what_cannot_be_taken_is_told_and_nothing_is(school, visit, text, told) -> None:
    page = visit("stan").post(FILE, {"pasted": text})
    assert page.status_code == 422
    assert told in page.text
    assert 'name="seen"' not in page.text
    assert formed(school) == {}


def test_groups_as_in_another_assignment_are_seen_and_taken_where_their_members_are_free(school, visit) -> None:
    school.grouped("ada", "bo")
    school.grouped("kenji", "mei", name='Die "Un, entwegten"')
    with school.database.write() as session:
        made = courses.create_assignment(session, school.course.id, "b", "Part B", suite=school.suite)
        made.group_size = 2
    there = "/courses/dl/assignments/b/student-groups/"
    stan = visit("stan")
    assert '<option value="hw1p1">' in stan.get(there).text
    stan.post(there, {"logins": "bo chidi"})
    looked = stan.get(there + "file/?from=hw1p1")
    assert "2 students move" in looked.text
    assert stan.post(there + "file/", seen(looked)).status_code == 303
    with school.database.read() as session:
        found = groups.listed(session, session.query(Assignment).filter_by(slug="b").one().id, WHOLE)
    assert {group.name: {each.login for each in group.members} for group in found} == {
        "1": {"bo", "chidi"},
        'Die "Un, entwegten"': {"kenji", "mei"},
    }


def test_staff_of_a_section_move_its_students_alone(school, visit) -> None:
    school.limited("sena", "A")
    sena = visit("sena")
    assert "“ada” is no login of a student of your sections" in sena.post(FILE, {"pasted": "login,group\nada,1"}).text
    looked = sena.post(FILE, {"pasted": "login,group\nkenji,1\nmei,1"})
    assert sena.post(FILE, seen(looked)).status_code == 303
    school.grouped("ada", "bo")
    page = sena.get(PAGE).text
    assert "1 group of up to 3" in page
    assert "Ada" not in page


def test_who_came_back_to_a_group_whose_name_another_has_by_now_is_taken_out_of_their_own(school, visit) -> None:
    school.grouped("ada", "bo")
    school.left("ada", "bo")
    school.grouped("chidi", "kenji")
    for each in ("ada", "bo"):
        visit("ines").post(f"/courses/dl/roster/{each}/again")
    stan = visit("stan")
    stan.post(FILE, seen(stan.post(FILE, {"pasted": "login,group\nada,Two\nchidi,\nbo,\nkenji,Two\n"})))
    assert formed(school) == {"Two": {"ada", "kenji"}}


def test_who_comes_back_is_in_no_group_that_a_file_gave_others_meanwhile(school, visit) -> None:
    school.grouped("ada", "bo")
    school.rules(group_size=2)
    school.left("bo")
    stan = visit("stan")
    stan.post(FILE, seen(stan.post(FILE, {"pasted": "login,group\nchidi,1\n"})))
    visit("ines").post("/courses/dl/roster/bo/again")
    assert formed(school) == {"1": {"ada", "chidi"}}
