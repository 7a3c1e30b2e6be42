"""The page of an assignment's statistics: words, drawings, and the same in numbers."""

from __future__ import annotations

from datetime import timedelta

from submissions.models import now

PAGE = "/courses/dl/assignments/hw1p1/statistics/"


def test_it_says_in_words_what_it_draws(school, visit) -> None:
    school.due(now() - timedelta(hours=1))
    school.graded("ada", "poor", ago=timedelta(hours=3))
    school.graded("ada", "full", ago=timedelta(hours=2))
    school.graded("bo", "mistakes")
    said = visit("stan").get(PAGE).text
    assert "2 of 3 students have handed in." in said
    assert "Half of those with a score have 73 of 88 points or more; 1 has full marks." in said
    assert "3 uploads, 1 of them after the deadline" in said
    assert "<title>90 to 100 %: 1</title>" in said
    assert "<title>60 to 70 %: 1</title>" in said
    assert "<title>The deadline</title>" in said
    assert "1 student had full marks by the tests in some upload; half of them after 2 uploads or fewer" in said
    assert "<title>6 hours: 1</title>" in said
    assert said.index("Momentum over five updates") < said.index("Softmax cross entropy forward")
    assert 'aria-label="1 of 2 pass Momentum over five updates"' in said


def test_it_says_how_many_scores_lack_points_of_a_person(school, visit) -> None:
    school.answered("ada")
    said = visit("stan").get(PAGE).text
    assert "1 of 3 students have handed in." in said
    assert "1 more score is without points by hand so far and not counted here." in said
    assert "Half of those with a score" not in said


def test_before_the_first_hand_in_it_says_what_will_be_there(visit) -> None:
    said = visit("stan").get(PAGE).text
    assert "Nothing handed in yet" in said
    assert "<svg class" not in said.replace('<svg class="brand', "")


def test_the_assignment_leads_staff_to_it_and_students_nowhere(visit) -> None:
    assert f'href="{PAGE}"' in visit("stan").get("/courses/dl/assignments/hw1p1/").text
    assert "statistics" not in visit("ada").get("/courses/dl/assignments/hw1p1/").text
