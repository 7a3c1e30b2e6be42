"""Groups that students form on the assignment's page, and what that page must not tell."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from submissions.models import now

HERE = "/courses/dl/assignments/hw1p1/"
ASK = HERE + "group/ask"


@pytest.fixture
def school(school):
    school.rules(group_size=2)
    return school


def without_login(text: str, login: str) -> str:
    """A page, but for what differs from one request to the next, and the login that was typed."""
    text = re.sub(r'name="csrf_token" value="[^"]+"|<time.*?</time>', "", text)
    return re.sub(rf"\b{login}\b", "LOGIN", text)


def test_one_asks_and_the_other_accepts(school, visit) -> None:
    ada, bo = visit("ada"), visit("bo")
    assert "You hand in alone until you are in a group" in ada.get(HERE).text
    assert ada.post(ASK, {"login": " BO "}).status_code == 303
    assert "Take back<span" in ada.get(HERE).text
    assert "(ada) asks you to hand in together." in bo.get(HERE).text
    assert "Ada Lovelace asks you to hand in together</a>: answer first" in bo.get(HERE).text
    assert "asks you" not in visit("chidi").get(HERE).text
    answer = bo.post(HERE + "group/1/accept", follow_redirects=True)
    assert "counts for Ada Lovelace and Bo Søndergård." in answer.text
    for each in (ada, bo):
        page = each.get(HERE).text
        assert "What one of you hands in counts for all of you." in page
        assert "It counts for Ada Lovelace and Bo Søndergård." in page
        assert "asks you" not in page
        assert "Login of a classmate" not in page  # there is no room
    made = school.graded("ada")
    assert bo.get(f"/submissions/{made}/").status_code == 200


def test_one_declines_or_the_question_is_taken_back(school, visit) -> None:
    ada, bo = visit("ada"), visit("bo")
    ada.post(ASK, {"login": "bo"})
    assert bo.post(HERE + "group/1/decline").status_code == 303
    assert bo.post(HERE + "group/1/accept").status_code == 422
    ada.post(ASK, {"login": "bo"})
    assert visit("chidi").post(HERE + "group/2/take-back").status_code == 422
    assert ada.post(HERE + "group/2/take-back").status_code == 303
    assert bo.post(HERE + "group/2/accept").status_code == 422
    assert "You hand in alone until you are in a group" in bo.get(HERE).text


def test_a_login_of_nobody_and_one_of_a_stranger_look_like_a_classmate_s(school, visit) -> None:
    told = set()
    ada = visit("ada")
    for number, login in enumerate(("bo", "chidi", "oz", "stan", "no-such-login"), start=1):
        answer = ada.post(ASK, {"login": login}, follow_redirects=True)
        told.add((answer.status_code, without_login(answer.text, login).replace(f"group/{number}/", "group/N/")))
        assert ada.post(f"{HERE}group/{number}/take-back").status_code == 303
        ada.get(HERE)  # reads what the last press said
    assert len(told) == 1
    for each in ("oz", "stan"):
        assert "asks you" not in visit(each).get(HERE).text


@pytest.mark.parametrize(
    ("login", "told"),
    [
        ("", "Write the login of the one whom you ask"),
        ("ada", "That is your own login"),
        ("x" * 101, "Write the login of the one whom you ask"),
        ("a\0b", "Write the login of the one whom you ask"),
    ],
)
def test_what_cannot_be_asked_is_told_on_the_page(school, visit, login, told) -> None:
    answer = visit("ada").post(ASK, {"login": login})
    assert answer.status_code == 422
    assert told in answer.text


def test_no_more_are_asked_than_there_is_room_for(school, visit) -> None:
    ada = visit("ada")
    ada.post(ASK, {"login": "nobody"})
    assert "is asked already" in ada.post(ASK, {"login": "nobody"}).text
    answer = ada.post(ASK, {"login": "bo"})
    assert answer.status_code == 422
    assert "take a question back first" in answer.text


def test_a_group_that_is_full_meanwhile_takes_nobody_more(school, visit) -> None:
    school.rules(group_size=3)
    ada, bo, chidi = visit("ada"), visit("bo"), visit("chidi")
    ada.post(ASK, {"login": "bo"})
    ada.post(ASK, {"login": "chidi"})
    school.rules(group_size=2)
    assert bo.post(HERE + "group/1/accept").status_code == 303
    refused = chidi.post(HERE + "group/2/accept")
    assert refused.status_code == 422
    assert "up to 2 hand in together" in refused.text


def test_who_is_in_a_group_leaves_it_before_joining_another(school, visit) -> None:
    school.grouped("ada", "bo")
    school.asks_to_join("chidi", "ada")
    ada = visit("ada")
    assert "You are in group 1 already: leave it first." in ada.post(HERE + "group/1/accept").text
    assert ada.post(HERE + "group/leave").status_code == 303
    assert ada.post(HERE + "group/1/accept").status_code == 303
    assert "Your group" in visit("chidi").get(HERE).text


def test_nobody_leaves_a_group_that_has_handed_in(school, visit) -> None:
    school.grouped("ada", "bo")
    school.graded("bo")
    ada = visit("ada")
    assert "Leave the group" not in ada.get(HERE).text
    refused = ada.post(HERE + "group/leave")
    assert refused.status_code == 422
    assert "the course&#39;s staff can take you out of it" in refused.text


def test_where_everybody_hands_in_alone_nobody_is_asked(school, visit) -> None:
    school.rules(group_size=1)
    answer = visit("ada").post(ASK, {"login": "bo"})
    assert answer.status_code == 422
    assert "everybody hands in alone" in answer.text


def test_nobody_gets_a_later_deadline_by_joining_once_their_own_has_passed(school, visit) -> None:
    school.due(now() - timedelta(hours=1))
    school.extended("ada")
    ada, bo, chidi = visit("ada"), visit("bo"), visit("chidi")
    ada.post(ASK, {"login": "bo"})
    refused = bo.post(HERE + "group/1/accept")
    assert refused.status_code == 422
    assert "The deadline has passed for one of you and not for the other" in refused.text
    ada.post(HERE + "group/1/take-back")
    bo.post(ASK, {"login": "ada"})
    assert ada.post(HERE + "group/2/accept").status_code == 422
    bo.post(HERE + "group/2/take-back")
    # Of two who are late alike, nobody gains anything.
    chidi.post(ASK, {"login": "bo"})
    assert bo.post(HERE + "group/3/accept").status_code == 303


def test_who_comes_back_to_the_course_is_in_no_group_that_others_joined_meanwhile(school, visit) -> None:
    school.grouped("ada", "bo")
    school.rules(group_size=2)
    school.left("bo")
    ada, chidi = visit("ada"), visit("chidi")
    ada.post(ASK, {"login": "chidi"})
    assert chidi.post(HERE + "group/1/accept").status_code == 303
    visit("ines").post("/courses/dl/roster/bo/again")
    made = school.graded("ada")
    assert [visit(each).get(f"/submissions/{made}/").status_code for each in ("chidi", "bo")] == [200, 404]
    assert "You hand in alone until you are in a group" in visit("bo").get(HERE).text
