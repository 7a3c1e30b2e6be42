"""Instructors change the roster by its pages: what a file does is seen first, and who left is not lost."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.changes import extensions
from submissions.models import AuditEntry, Role, now
from submissions.people import people

SEEN = re.compile(r'name="seen" value="(\w+)"')
HERE = "/courses/dl/roster/"


@pytest.fixture
def ines(visit):
    return visit("ines")


def test_a_file_is_seen_first_and_then_taken_as_it_was_seen(school, visit, ines) -> None:
    file = (io.BytesIO("login,name,section\nkenji,山田 <b>健二</b>,A\nada,,A\nx y,,".encode()), "class.csv")
    sent = ines.post(f"{HERE}file", {"file": file})
    assert sent.status_code == 303
    shown = ines.get(sent.location)
    assert "1 added, 1 moved, 0 unchanged, 1 line that cannot be taken" in shown.text
    assert "山田 &lt;b&gt;健二&lt;/b&gt;" in shown.text
    assert "kenji" not in ines.get(HERE).text
    assert ines.post(sent.location, {"seen": SEEN.search(shown.text)[1]}).status_code == 303
    assert "1 added, 1 moved" in (page := ines.get(HERE).text)
    assert "kenji" in page
    again = ines.get(sent.location)
    assert (again.status_code, "not kept any more" in again.text) == (404, True)


def test_a_roster_that_changed_meanwhile_is_shown_again(school, ines) -> None:
    sent = ines.post(f"{HERE}file", {"pasted": "login,section\nada,A\nbo,A"})
    seen = SEEN.search(ines.get(sent.location).text)[1]
    school.left("bo")
    answer = ines.post(sent.location, {"seen": seen})
    assert answer.status_code == 409
    assert "The roster changed after this page was opened" in answer.text
    assert "1 back, 1 moved" in answer.text
    assert ines.post(sent.location, {"seen": SEEN.search(answer.text)[1]}).status_code == 303


def test_whose_score_moves_with_a_section_s_extension_is_shown_before_the_file_is_taken(school, ines) -> None:
    school.due(now() - timedelta(hours=5))
    school.rules(late_percent=10.0)
    school.joined("mei", section="A")
    with school.database.write() as session:
        until = now() + timedelta(days=2)
        extensions.give(session, school.assignment.id, "", "A", until, "The room was closed.", "ines")
    school.graded("mei", "full")
    sent = ines.post(f"{HERE}file", {"pasted": "login,section\nmei,B\nada,B"})
    page = ines.get(sent.location).text
    assert "the deadlines of 1 student move" in page
    assert "Homework 1 Part 1: MyTorch due" in page
    assert "would move" not in page
    seen = SEEN.search(page)[1]
    review = ines.post(sent.location, {"seen": seen})
    assert review.status_code == 409
    assert "1 score would move" in review.text
    assert "in Homework 1 Part 1: MyTorch" in review.text
    assert "Make these 2 changes, and move 1 score" in review.text
    assert [each.penalty for each in school.submissions()] == [0]
    # It is that move, and no other, that was seen.
    assert ines.post(sent.location, {"seen": seen, "moves": "0" * 16}).status_code == 409
    moves = re.search(r'name="moves" value="(\w+)"', review.text)[1]
    assert ines.post(sent.location, {"seen": seen, "moves": moves}).status_code == 303
    assert [each.penalty for each in school.submissions()] == [10]


def test_what_cannot_be_read_comes_back_as_it_was_typed(ines) -> None:
    answer = ines.post(f"{HERE}file", {"pasted": "name\n<Ada>", "missing": "end"})
    assert answer.status_code == 422
    assert "names no column with logins" in answer.text
    assert "&lt;Ada&gt;</textarea>" in answer.text
    assert 'value="end" checked' in answer.text


def test_another_instructors_file_is_not_there(school, visit, ines) -> None:
    ines.post(f"{HERE}file", {"pasted": "login,role\nstan,instructor"})
    with school.database.write() as session:
        people.enrol(session, school.course.id, school.users["stan"].id, Role.INSTRUCTOR)
    assert visit("stan").get(f"{HERE}file/1/").status_code == 404


def test_who_left_cannot_enter_and_their_work_shows_to_staff_until_they_are_back(school, visit, ines) -> None:
    submission = school.graded("ada")
    assert ines.post(f"{HERE}ada/end").status_code == 303
    ada = visit("ada")
    assert {ada.get(path).status_code for path in ("/courses/dl/", f"/submissions/{submission}/")} == {404}
    assert "Ada Lovelace" not in ines.get("/courses/dl/gradebook").text.partition("<h1>")[2]
    assert "1 who left" in ines.get("/courses/dl/gradebook").text
    for path in ("gradebook?left=1", "gradebook.csv?left=1", "roster/?only=ended"):
        page = ines.get(f"/courses/dl/{path}").text
        assert ("Ada Lovelace" in page, "Chidi" in page) == (True, False), path
    for path in ("gradebook?left=1", "gradebook?of=hw1p1&left=1"):
        assert f"/submissions/{submission}/" in ines.get(f"/courses/dl/{path}").text, path
    assert ines.get("/courses/dl/gradebook.csv?left=1").text.splitlines()[1].startswith("Ada Lovelace,ada,,58,graded")
    for path in ("/courses/dl/hand-ins", f"/submissions/{submission}/"):
        assert "left the course" in ines.get(path).text, path
    assert ines.post(f"{HERE}ada/again").status_code == 303
    assert ada.get(f"/submissions/{submission}/").status_code == 200
    for path in ("/courses/dl/hand-ins", f"/submissions/{submission}/"):
        assert "left the course" not in ines.get(path).text, path


def test_an_instructor_cannot_end_their_own_place(ines) -> None:
    assert ines.post(f"{HERE}ines/end").status_code == 303
    assert "You cannot end your own place" in ines.get(HERE).text


def test_hand_ins_of_a_section_alone_are_listed_when_asked(school, ines) -> None:
    school.joined("kenji", section="A")
    school.joined("zoe", section="B & <b>C</b>")
    for login in ("ada", "kenji", "zoe"):
        school.graded(login)

    def listed(section: str) -> set[str]:
        page = ines.get(f"/courses/dl/hand-ins?section={section}").text
        return {login for login in ("ada", "kenji", "zoe") if f'<span class="soft">{login}</span>' in page}

    assert listed("") == {"ada", "kenji", "zoe"}
    assert listed("A") == {"kenji"}
    assert listed("B+%26+%3Cb%3EC%3C/b%3E") == {"zoe"}
    assert "Nothing from section Z is as asked for" in ines.get("/courses/dl/hand-ins?section=Z").text


def test_staff_are_limited_to_sections_by_a_form_that_says_which_are_gone(school, visit, ines) -> None:
    stan = visit("stan")
    here = f"{HERE}stan/sections"
    assert "No sections yet" in ines.get(here).text
    school.joined("kenji", section="A")
    school.joined("zoe", section="<b>")
    refused = ines.post(here, {"whom": "some"})
    assert (refused.status_code, "at least one section" in refused.text) == (422, True)
    refused = ines.post(here, {"whom": "some", "section": "C"})
    assert (refused.status_code, "There is no section “C” any more" in refused.text) == (422, True)
    assert "Zoe" in stan.get("/courses/dl/gradebook").text
    assert ines.post(here, {"whom": "some", "section": "A"}).status_code == 303
    assert "Stan Staff sees section A from now on" in ines.get(HERE).text
    page = stan.get("/courses/dl/gradebook").text
    assert ("You see section A alone" in page, "Kenji" in page, "Zoe" in page) == (True, True, False)
    school.moved("kenji", "<b>")
    assert "no student is in it any more" in ines.get(here).text
    assert "sees section A" in ines.get(HERE).text
    assert ines.post(here, {"whom": "all", "section": "A"}).status_code == 303
    assert "Zoe" in stan.get("/courses/dl/gradebook").text
    assert "You see" not in stan.get("/courses/dl/gradebook").text
    with school.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "roster.limit")).all()
    assert [each.detail["after"].get("limited_to") for each in entries] == [["A"], None]


@pytest.mark.parametrize("login", ["ines", "ada", "nobody"])
def test_only_staff_are_limited(school, ines, login) -> None:
    school.joined("kenji", section="A")
    assert ines.get(f"{HERE}{login}/sections").status_code == 404
    assert ines.post(f"{HERE}{login}/sections", {"whom": "some", "section": "A"}).status_code == 404
