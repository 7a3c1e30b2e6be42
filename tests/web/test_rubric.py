"""The rubric is kept by staff: an item is one for all answers that have it, and a change of one changes them all."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, ManualScore, RubricItem
from submissions.scores import rubric
from submissions.suites import copying

GRADING = "/courses/dl/assignments/hw1p1/grading/q1-1/"
PAGE = GRADING + "rubric/"
DEFINITION, CANCELS, DIVIDES = 1, 2, 3  # +3, +5, -2 of 8 points


@pytest.fixture
def answers(school) -> list[int]:
    """Of Ada, Bo and Chidi, with points that are not released."""
    found = [school.answered(login) for login in ("ada", "bo", "chidi")]
    school.hold_points()
    return found


@pytest.fixture
def change(school, visit):
    """Ines changes an item as its form was when the page was opened."""

    def change(item: int, text: str, points: str, login: str = "ines", page: str = "", **fields: str):
        visitor = visit(login)
        page = page or visitor.get(PAGE).text
        part = page[page.index(f'id="item-{item}"') :]
        fields = {"opened_with": re.search(r'name="opened_with" value="([^"]+)"', part)[1], **fields}
        return visitor.post(f"{PAGE}{item}/", {"text": text, "points": points, **fields}, follow_redirects=True)

    return change


def kept(school) -> list[tuple[int, float, list[int]]]:
    with school.database.read() as session:
        found = session.scalars(select(ManualScore).order_by(ManualScore.submission_id))
        return [(each.submission_id, each.points, each.rubric) for each in found]


def items(school) -> list[tuple[str, float, bool]]:
    with school.database.read() as session:
        found = session.scalars(select(RubricItem).where(RubricItem.task == "q1-1").order_by(RubricItem.position))
        return [(each.text, each.points, each.retired_at is not None) for each in found]


def test_it_begins_as_the_published_suite_has_it(school, visit, answers) -> None:
    said = visit("stan").get(PAGE).text
    assert [text for text, _, _ in items(school)] == [
        "Writes the definition for x + c",
        "Cancels the common factor",
        "Divides by something that may be 0",
    ]
    assert "0 answers have it." in said
    assert 'action="' + PAGE + "1/" not in said


def test_a_change_of_an_item_changes_every_answer_that_has_it_and_no_other(school, visit, answers, change) -> None:
    school.give(answers[0], "q1-1", 3, rubric=(0,))
    school.give(answers[1], "q1-1", 8, rubric=(0, 1))
    school.give(answers[2], "q1-1", 5, rubric=(1,))
    said = change(DEFINITION, "Writes the definition", "1.5").text
    assert "Changed. 2 answers have it: 0 rise, 2 fall, 0 stay. No score moved." in said
    assert kept(school) == [(1, 1.5, [1]), (2, 6.5, [1, 2]), (3, 5.0, [2])]
    with school.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "rubric.change")).one()
    assert entry.actor == "ines"
    assert entry.detail["before"] == {"text": "Writes the definition for x + c", "points": 3.0}
    assert (entry.detail["answers"], entry.detail["fall"]) == (2, 2)


def test_what_a_grader_gave_beside_the_items_stays(school, answers, change) -> None:
    school.give(answers[0], "q1-1", 4.5, rubric=(0,))  # 1.5 more
    school.give(answers[1], "q1-1", 7, rubric=(0, 1))  # 1 less than the most
    change(DEFINITION, "Writes the definition", "2")
    assert kept(school) == [(1, 3.5, [1]), (2, 6.0, [1, 2])]


def test_scores_that_students_see_are_looked_at_before_they_move(school, visit, answers, change) -> None:
    school.give(answers[0], "q1-1", 3, rubric=(0,))
    school.rules(points_released_at=school.course.created_at)
    review = change(DEFINITION, "Writes the definition", "1")
    assert review.status_code == 409
    assert "1 score would move" in review.text
    # The browser goes to the item, so there it must stand.
    assert review.text.index('id="item-1"') < review.text.index("1 score would move") < review.text.index('id="item-2"')
    assert "Ada Lovelace" in review.text
    assert kept(school) == [(1, 3.0, [1])]
    assert items(school)[0][1] == 3.0
    digest = re.search(r'name="seen" value="([^"]+)"', review.text)[1]
    # Other points than those that were looked at are looked at anew.
    assert change(DEFINITION, "Writes the definition", "2", page=review.text, seen=digest).status_code == 409
    done = change(DEFINITION, "Writes the definition", "1", page=review.text, seen=digest)
    assert "1 score moved, as was shown." in done.text
    assert kept(school) == [(1, 1.0, [1])]
    assert '89<span class="of"> / 108 points' in visit("ada").get("/submissions/1/").text


def test_of_two_who_change_an_item_the_second_is_told(school, visit, answers, change) -> None:
    opened = visit("ines").get(PAGE).text
    change(DEFINITION, "Mine", "3")
    answer = change(DEFINITION, "Yours", "2", page=opened)
    assert answer.status_code == 409
    assert "Somebody else changed this item" in answer.text
    assert 'value="Yours"' in answer.text
    assert items(school)[0][:2] == ("Mine", 3.0)


def test_who_ticks_what_has_become_another_item_is_told(school, visit, answers, change) -> None:
    stan = visit("stan")
    page = stan.get(f"{GRADING}1/").text
    offered = re.search(r'name="offered" value="([^"]+)"', page)[1]
    change(DEFINITION, "Writes the definition", "1")
    answer = stan.post(f"{GRADING}1/", {"rubric": "1", "offered": offered, "seen": ""})
    assert answer.status_code == 422
    assert "The rubric was changed after this form was opened" in answer.text
    assert kept(school) == []
    # Points that were typed, and nothing ticked, mean the same by any rubric.
    assert stan.post(f"{GRADING}1/", {"points": "4", "offered": offered, "seen": ""}).status_code == 303


def test_who_has_an_answer_open_whose_points_an_item_changes_is_told(school, visit, answers, change) -> None:
    school.give(answers[0], "q1-1", 3, rubric=(0,))
    stan = visit("stan")
    opened = re.search(r'name="seen" value="([^"]*)"', stan.get(f"{GRADING}1/").text)[1]
    change(DEFINITION, "Writes the definition", "1")
    assert stan.post(f"{GRADING}1/", {"points": "8", "seen": opened}).status_code == 409
    assert kept(school) == [(1, 1.0, [1])]


def test_an_item_in_use_is_retired_and_stays_with_its_answers(school, visit, answers) -> None:
    school.give(answers[0], "q1-1", 3, rubric=(0,))
    ines = visit("ines")
    ines.post(f"{PAGE}{DEFINITION}/retire")
    assert items(school)[0][2]
    assert "Writes the definition" not in ines.get(f"{GRADING}2/").text
    assert 'value="1" checked>' in ines.get(f"{GRADING}1/").text
    assert ines.post(f"{GRADING}2/", {"rubric": "1", "seen": ""}).status_code == 422
    assert kept(school) == [(1, 3.0, [1])]
    ines.post(f"{PAGE}{DEFINITION}/retire")
    assert not items(school)[0][2]
    assert "Writes the definition" in ines.get(f"{GRADING}2/").text


def test_staff_add_an_item_that_graders_find_last(school, visit, answers) -> None:
    stan = visit("stan")
    assert stan.post(PAGE, {"text": "Names the constant", "points": "0,5"}).status_code == 303
    assert items(school)[-1] == ("Names the constant", 0.5, False)
    assert "Names the constant" in stan.get(f"{GRADING}1/").text


@pytest.mark.parametrize(
    ("text", "points", "told"),
    [
        ("", "1", "Say in words"),
        ("x" * 301, "1", "at most 300"),
        ("Good", "", "Say what it is worth"),
        ("Good", "nine", "is no number"),
        ("Good", "8.01", "from -8 to 8"),
        ("Good", "-9", "from -8 to 8"),
        ("Cancels the common factor", "1", "has an item with these words"),
    ],
)
def test_what_cannot_be_an_item_is_told_beside_what_was_typed(school, visit, answers, text, points, told) -> None:
    answer = visit("stan").post(PAGE, {"text": text, "points": points})
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{text}"' in answer.text
    assert len(items(school)) == 3


def test_students_see_what_was_found_once_it_is_released(school, visit, answers) -> None:
    school.give(answers[0], "q1-1", 3, rubric=(0,))
    assert "Writes the definition" not in visit("ada").get("/submissions/1/").text
    school.rules(points_released_at=school.course.created_at)
    assert "✓ Writes the definition for x + c" in visit("ada").get("/submissions/1/").text


def test_a_copied_course_has_the_rubric_as_staff_kept_it(school, answers, change, visit) -> None:
    change(DEFINITION, "Writes the definition", "2")
    visit("ines").post(f"{PAGE}{DIVIDES}/retire")
    with school.database.write() as session:
        source = session.merge(school.course)
        copied = copying.copy(session, source, copying.Wanted("next", "Next", "Fall", 182), "ines")
        session.flush()
        session.refresh(copied)
        found = rubric.items(session, copied.assignments[0].id, "q1-1")
        assert [(each.text, each.points) for each in found] == [
            ("Writes the definition", 2.0),
            ("Cancels the common factor", 5.0),
        ]
