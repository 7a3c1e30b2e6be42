"""What `handin submit` says of an outcome, as the portal's own API words it."""

from __future__ import annotations

import pytest

from cli import submit
from tests.school import School


@pytest.fixture
def school(tmp_path):
    school = School(tmp_path / "data")
    yield school
    school.close()


@pytest.fixture
def said(school, capsys):
    """What the command prints of Ada's submission."""

    def said(submission: int) -> str:
        headers = {"Authorization": f"Bearer {school.token('ada')}"}
        submit._show(school.app().test_client().get(f"/api/v1/submissions/{submission}", headers=headers).json)
        return capsys.readouterr().out

    return said


def test_what_lateness_takes_is_said_when_it_is_taken() -> None:
    assert submit._late({"late": False, "late_penalty_percent": 0.0}) == ""
    assert submit._late({"late": True, "late_penalty_percent": 0.0}) == ", late"
    assert submit._late({"late": True, "late_penalty_percent": 12.5}) == ", late: 12.5 % of its score goes"


def test_a_score_by_tests_alone_is_said_as_it_is(school, said) -> None:
    assert said(school.graded("ada")).splitlines()[0] == "58 of 88 points"


def test_a_score_that_is_not_shown_yet_is_said_to_wait(school, said) -> None:
    submission = school.graded("ada")
    school.rules(results_published_at=None, show_tests="never")
    lines = said(submission).splitlines()
    assert lines[0].startswith("Your hand-in is safe, and graded. Its score will be here once your course publishes")
    assert "Loss" not in said(submission)


def test_what_nobody_has_graded_yet_is_said_and_not_drawn_as_nothing(school, said) -> None:
    submission = school.answered("ada", kind="mistakes")
    lines = said(submission)
    assert lines.splitlines()[0] == "58 of 108 points so far; 20 points by a person are still to come"
    assert "Q1.1" not in lines
    school.give(submission, "q1-1", 6.5)
    lines = said(submission)
    assert lines.splitlines()[0] == "64.5 of 108 points so far; 12 points by a person are still to come"
    assert "Q1.1 Softmax is invariant to translation   6.5 of 8" in lines
    school.give(submission, "q1-2", 12)
    assert said(submission).splitlines()[0] == "76.5 of 108 points"
