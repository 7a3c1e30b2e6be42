"""Hints behind a budget: closed until they are opened, on the page, in what to mend first and in the API alike."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions import models
from submissions.gradings import lifecycle
from submissions.models import HintUse
from tests.school import SUMMED, outcomes

HINT = "20 times too large"
BELOW = "100 times too large"
ADVISORY, OTHER = "Tanh of very large inputs stays finite", "of 800 is NaN"


@pytest.fixture
def submission(school) -> int:
    """Ada's, with failing tests whose hints are closed: she may open two."""
    school.hint_budget(2, 6)
    return school.graded("ada")


@pytest.fixture
def page(visit):
    def page(login: str = "ada", part: str = "") -> str:
        answer = visit(login).get(f"/submissions/1/{part}")
        assert answer.status_code == 200
        return answer.text

    return page


def part_of(said: str, title: str) -> str:
    return next(part for part in said.split('<details class="test"')[1:] if f"<span>{title} <span" in part)


def mending(said: str) -> str:
    return said[said.index('id="mend"') : said.index('id="tasks"')]


def result(said: str, title: str = "Linear backward") -> str:
    return re.search(r'name="test" value="(\d+)"', part_of(said, title))[1]


def uses(school) -> int:
    with school.database.read() as session:
        return len(session.scalars(select(HintUse)).all())


@pytest.mark.parametrize("part", ["", "live"])
def test_closed_hints_are_nowhere_on_the_page(submission, page, part) -> None:
    said = page(part=part)
    assert HINT not in said
    assert BELOW not in said
    assert "Show the hints of this test" in part_of(said, "Linear backward")
    assert "2 of 2 left" in said


def test_verdict_message_and_score_show_all_the_same(submission, page) -> None:
    said = page()
    assert '<p class="score">58' in said
    assert "<code>dW</code> differs from the reference." in part_of(said, "Linear backward")
    assert "differ from the reference" in mending(said)


def test_what_to_mend_is_not_grouped_by_a_reason_that_is_closed(submission, page) -> None:
    said = page()
    mend = mending(said)
    # With its hints open, one mistake under four tests is one thing to mend.
    assert "<strong>20 points hang on it</strong>" not in mend
    assert mend.count("differ") == 2


def test_without_a_budget_all_hints_show(school, page) -> None:
    school.graded("ada")
    said = page()
    assert HINT in said
    assert "Show the hints" not in said


def test_staff_see_all_hints_and_open_none(school, submission, page, visit) -> None:
    said = page("stan")
    assert HINT in said
    assert "Show the hints" not in said
    closed = result(page())
    assert visit("stan").post("/submissions/1/hints/", {"test": closed}).status_code == 303
    assert uses(school) == 0


def test_opening_shows_the_hint_wherever_the_submission_says_it_and_no_other(school, submission, page, visit) -> None:
    answer = visit("ada").post("/submissions/1/hints/", {"test": result(page())})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/submissions/1/#test-test-linear-layer-py-1")
    said = page()
    assert HINT in part_of(said, "Linear backward")
    assert BELOW in part_of(said, "One hidden layer, backward")
    assert OTHER not in said
    assert said.count("Show the hints of this test") == 1
    assert "1 of 2 left; the next comes back" in said
    assert "in 5 hours" in said or "in 6 hours" in said
    assert "<strong>20 points hang on it</strong>" in mending(said)
    assert HINT in mending(said)


def test_an_opened_hint_shows_beside_those_that_are_closed(school, submission, page, visit) -> None:
    with school.database.write() as session:
        test = session.scalars(
            select(models.TestResult).where(models.TestResult.title == "Two hidden layers, backward")
        ).one()
        test.hints = [*test.hints, {"kind": "sign", "text": "`db[0]` has the wrong sign.", "params": {}}]
    visit("ada").post("/submissions/1/hints/", {"test": result(page())})
    said = part_of(page(), "Two hidden layers, backward")
    assert BELOW in said
    assert "wrong sign" not in said
    assert "Show the other hints of this test" in said


def test_what_was_opened_shows_when_the_submission_is_graded_again(school, submission, page, visit) -> None:
    visit("ada").post("/submissions/1/hints/", {"test": result(page())})
    with school.database.write() as session:
        row = session.scalars(select(models.Grading)).one()
        session.add(models.Grading(submission_id=submission, suite_id=row.suite_id))
    assert lifecycle.finish(school.database, school.claim(submission), outcomes("mistakes"))
    assert HINT in part_of(page(), "Linear backward")
    assert uses(school) == 1


def test_what_to_mend_says_that_a_hint_waits_and_opens_it(school, submission, page, visit) -> None:
    said = mending(page())
    assert "A hint waits: open it" in said
    assert "2 of 2 left" in said
    named = re.search(r'name="test" value="(\d+)"', said)[1]
    assert visit("ada").post("/submissions/1/hints/", {"test": named}).status_code == 303
    assert "A hint waits" not in mending(page())


def test_the_api_has_no_more_than_the_page(school, submission, page, visit, app) -> None:
    headers = {"Authorization": f"Bearer {school.token('ada')}"}

    def asked() -> dict:
        said = app.test_client().get("/api/v1/submissions/1", headers=headers).json
        return next(test for test in said["tests"] if test["title"] == "Linear backward")

    assert (asked()["hints"], asked()["closed_hints"]) == ([], True)
    assert HINT not in app.test_client().get("/api/v1/submissions/1", headers=headers).text
    visit("ada").post("/submissions/1/hints/", {"test": result(page())})
    assert (asked()["hints"], asked()["closed_hints"]) == ([SUMMED.text], False)


def test_when_none_are_left_the_page_says_when_the_next_comes_back(school, submission, page, visit) -> None:
    school.hint_budget(1, 6)
    ada = visit("ada")
    closed = page()
    assert ada.post("/submissions/1/hints/", {"test": result(closed, ADVISORY)}).status_code == 303
    said = page()
    assert OTHER in part_of(said, ADVISORY)
    for part in (part_of(said, "Linear backward"), mending(said)):
        assert "you have none of your 1 left; the next comes back" in part
        assert "<button" not in part
    answer = ada.post("/submissions/1/hints/", {"test": result(closed)})
    assert answer.status_code == 409
    assert "The next comes back in 5 hours." in answer.text
    assert uses(school) == 1


def test_a_hint_that_was_opened_elsewhere_costs_nothing(school, submission, page, visit) -> None:
    closed = page()
    for title in ("Linear backward", "One hidden layer, backward", "Five hidden layers, backward"):
        assert visit("ada").post("/submissions/1/hints/", {"test": result(closed, title)}).status_code == 303
    assert uses(school) == 1


def test_a_hint_comes_back_after_its_hours(school, submission, page, visit) -> None:
    visit("ada").post("/submissions/1/hints/", {"test": result(page())})
    with school.database.write() as session:
        use = session.scalars(select(HintUse)).one()
        use.at -= timedelta(hours=6)
    said = page()
    assert "2 of 2 left</span>" in said
    assert HINT in part_of(said, "Linear backward")


def test_pressing_twice_costs_one(school, submission, page, visit) -> None:
    ada, test = visit("ada"), result(page())
    for _ in range(2):
        assert ada.post("/submissions/1/hints/", {"test": test}).status_code == 303
    assert uses(school) == 1


@pytest.mark.parametrize("title", ["Sigmoid forward", "Momentum over five updates"])
def test_a_test_without_closed_hints_costs_nothing(school, submission, visit, title) -> None:
    with school.database.read() as session:
        test = session.scalars(select(models.TestResult.id).where(models.TestResult.title == title)).one()
    assert visit("ada").post("/submissions/1/hints/", {"test": str(test)}).status_code == 303
    assert uses(school) == 0


def test_anothers_test_and_a_hidden_one_are_not_there(school, submission, visit) -> None:
    school.graded("bo")
    with school.database.read() as session:
        anothers = session.scalars(
            select(models.TestResult.id).where(models.TestResult.title == "Linear backward")
        ).all()[-1]
        hidden = session.scalars(
            select(models.TestResult.id).where(models.TestResult.title == "A network that nobody sees")
        ).first()
    for test in (anothers, hidden, 0, 999_999, "x", "", -1, 2**31, 2**63, 10**30):
        assert visit("ada").post("/submissions/1/hints/", {"test": str(test)}).status_code == 404
    assert uses(school) == 0
