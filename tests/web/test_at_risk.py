"""Staff see whom to ask: nothing handed in near a deadline, or nothing of what was due last."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from submissions.models import Decision, now
from submissions.suites import courses

HERE = "/courses/dl/at-risk"


@pytest.fixture
def stan(school, visit):
    return visit("stan")


def at_risk(stan) -> dict[str, list[str]]:
    rows = list(csv.reader(io.StringIO(stan.get(f"{HERE}.csv").text.lstrip("\ufeff"))))
    return {row[1]: [part.partition(" (")[0] for part in row[3:]] for row in rows[1:]}


def passed(school, *titles: str) -> None:
    """Assignments that were due, the first of them first."""
    with school.database.write() as session:
        for number, title in enumerate(titles):
            due = now() - timedelta(days=30 - number)
            courses.create_assignment(session, school.course.id, title.lower(), title, due_at=due, suite=school.suite)


def test_who_has_no_upload_near_the_deadline_is_listed(school, stan) -> None:
    assert at_risk(stan) == {}
    assert "Nobody at this moment" in stan.get(HERE).text
    school.due(now() + timedelta(hours=40))
    school.upload("ada")
    school.extended("chidi", timedelta(days=9))
    assert at_risk(stan) == {"bo": [school.assignment.title, ""]}
    page = stan.get(HERE).text
    assert "1 student to ask" in page
    assert "/courses/dl/students/bo/" in page
    assert "Ada" not in page


def test_an_excused_or_departed_student_and_a_passed_deadline_are_no_risk(school, stan) -> None:
    school.due(now() + timedelta(hours=1))
    school.decided("ada", Decision.EXCUSE)
    school.left("chidi")
    assert set(at_risk(stan)) == {"bo"}
    school.due(now() - timedelta(hours=1))
    assert at_risk(stan) == {}


def test_who_handed_in_nothing_of_the_last_two_falls_behind(school, stan) -> None:
    passed(school, "Old", "Newer")
    assert at_risk(stan) == {login: ["", "Newer"] for login in ("ada", "bo", "chidi")}
    school.due(now() - timedelta(hours=1))
    school.upload("ada")
    assert set(at_risk(stan)) == {"bo", "chidi"}
    assert "nothing of the last 3" in stan.get(HERE).text
