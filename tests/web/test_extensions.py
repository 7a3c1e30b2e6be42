"""Extensions on their page: given to a student or a section, seen before they move a score, withdrawn, and refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, Extension, Role, now
from submissions.people import people
from submissions.suites import courses

HERE = "/courses/dl/assignments/hw1p1/"
PAGE = HERE + "extensions/"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def school(school):
    """The deadline was some hours ago, and lateness costs."""
    school.due(now() - 5 * HOUR)
    school.rules(late_percent=10.0)
    school.joined("kenji", "mei", section="A")
    return school


def until(days: float) -> str:
    return f"{now() + timedelta(days=days):%Y-%m-%dT%H:%M}"


def seen(page) -> dict[str, str]:
    return {"seen": re.search(r'name="seen" value="(\w+)"', page.text)[1]}


def given(school) -> list[Extension]:
    with school.database.read() as session:
        return list(session.scalars(select(Extension).order_by(Extension.id)))


def actions(school) -> list[str]:
    with school.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("extension.%"))))


def test_an_extension_moves_the_deadline_of_one_student_and_of_nobody_else(school, visit) -> None:
    form = {"login": "ada", "until": until(2), "reason": "Was ill."}
    assert visit("ines").post(PAGE, form).status_code == 303
    ada = visit("ada").get(HERE).text
    assert "You have an extension: without it, this was due" in ada
    assert "Hand in late" not in ada
    assert "Hand in late" in visit("bo").get(HERE).text
    assert "Was ill." in visit("ines").get(PAGE).text
    assert actions(school) == ["extension.give"]
    school.graded("ada", "full")
    assert school.submissions()[0].penalty == 0
    assert ">88<" in visit("ada").get("/courses/dl/").text
    assert ", by an extension." in visit("stan").get("/courses/dl/students/ada/").text
    # And so it is in the gradebook: not late.
    assert "88,graded," in visit("stan").get("/courses/dl/gradebook.csv").text


def test_an_extension_of_a_section_holds_for_who_is_in_it(school, visit) -> None:
    form = {"section": "A", "until": until(2), "reason": "The room was closed."}
    assert visit("ines").post(PAGE, form).status_code == 303
    assert "You have an extension" in visit("mei").get(HERE).text
    assert "You have an extension" not in visit("ada").get(HERE).text


def test_whose_score_would_move_is_seen_before_one_is_given_and_before_it_is_withdrawn(school, visit) -> None:
    school.graded("ada", "full")
    ines = visit("ines")
    form = {"login": "ada", "until": until(2), "reason": "Was ill."}
    review = ines.post(PAGE, form)
    assert review.status_code == 409
    assert "1 score would move" in review.text
    assert "79.2" in review.text
    assert given(school) == []
    assert school.submissions()[0].penalty == 10
    # Another date is another change.
    assert ines.post(PAGE, form | seen(review) | {"until": until(3)}).status_code == 409
    assert ines.post(PAGE, form | seen(review)).status_code == 303
    assert school.submissions()[0].penalty == 0
    back = ines.post(PAGE + "1/withdraw")
    assert back.status_code == 409
    assert school.submissions()[0].penalty == 0
    assert ines.post(PAGE + "1/withdraw", seen(back)).status_code == 303
    assert school.submissions()[0].penalty == 10
    assert given(school)[0].withdrawn_at is not None
    assert "withdrawn" in ines.get(PAGE).text
    assert actions(school) == ["extension.give", "extension.withdraw"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"login": ""}, "one of the two"),
        ({"section": "A"}, "one of the two"),
        ({"login": "oz"}, "is no login of a student of this course"),
        ({"login": "stan"}, "is no login of a student of this course"),
        ({"login": "", "section": "B"}, "Nobody is in a section “B”"),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 1001}, "up to 1,000 are kept"),
        ({"until": ""}, "Give a date after"),
        ({"until": until(-2)}, "Give a date after"),
        ({"until": "soon"}, "is no date and time"),
    ],
)
def test_what_cannot_be_given_is_told_beside_the_form_as_it_was_typed(school, visit, changes, words) -> None:
    form = {"login": "ada", "until": until(2), "reason": "Was ill."} | changes
    answer = visit("ines").post(PAGE, form)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{form["login"]}"' in answer.text
    assert given(school) == []
    assert actions(school) == []


def test_what_was_withdrawn_already_is_not_withdrawn_twice(school, visit) -> None:
    ines = visit("ines")
    ines.post(PAGE, {"login": "ada", "until": until(2), "reason": "Was ill."})
    for _ in range(2):
        assert ines.post(PAGE + "1/withdraw").status_code == 303
    assert actions(school) == ["extension.give", "extension.withdraw"]
    assert "was withdrawn already" in ines.get(PAGE).text


def test_without_a_deadline_there_is_none_to_extend(school, visit) -> None:
    school.rules(late_percent=0.0, due_at=None)
    ines = visit("ines")
    assert "Give the assignment a deadline first" in ines.get(PAGE).text
    assert ines.post(PAGE, {"login": "ada", "until": until(2), "reason": "Was ill."}).status_code == 422


def test_what_is_due_next_is_due_by_ones_own_deadline(school, visit) -> None:
    with school.database.write() as session:
        other = courses.create_course(session, "other", "Other")
        for login in ("ada", "bo"):
            people.enrol(session, other.id, school.users[login].id, Role.STUDENT)
    school.extended("ada")
    assert visit("ada").get("/").text.count("Nothing is due.") == 1
    assert visit("bo").get("/").text.count("Nothing is due.") == 2


def test_an_instructor_extends_from_the_page_of_a_student_who_handed_in_nothing(school, visit) -> None:
    link = f'href="{PAGE}?login=bo">Give an extension'
    assert link in visit("ines").get("/courses/dl/students/bo/").text
    assert link not in visit("stan").get("/courses/dl/students/bo/").text
    school.graded("bo")
    assert visit("ines").get("/courses/dl/students/bo/").text.count(link) == 1
    school.due(None)
    assert link not in visit("ines").get("/courses/dl/students/bo/").text
