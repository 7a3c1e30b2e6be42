"""The hint budget: what is left of it, when it comes back, and that two clicks never cost two."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from submissions import models
from submissions.gradings import hint_budget, lifecycle
from submissions.gradings.hint_budget import Spent
from submissions.models import Assignment, HintUse
from tests.cast import NOON, report


@pytest.fixture
def budget(cast):
    """Sets the budget of the assignment."""

    def budget(most, hours=24):
        with cast.db.write() as session:
            assignment = session.get_one(Assignment, cast.assignment_id)
            assignment.hint_budget, assignment.hint_hours = most, hours

    return budget


@pytest.fixture
def tests(cast) -> list[int]:
    """Results of four tests of Ada's, in two gradings."""
    for _ in range(2):
        grading = cast.queued("ada")
        lifecycle.finish(cast.db, lifecycle.claim(cast.db, grading, 30), report(10.0))
    with cast.db.read() as session:
        return list(session.scalars(select(models.TestResult.id).order_by(models.TestResult.id)))


@pytest.fixture
def opens(cast):
    """A student opens the hints of one test so many hours after noon."""

    def opens(test, hours=0.0, login="ada"):
        with cast.db.write() as session:
            assignment = session.get_one(Assignment, cast.assignment_id)
            result = session.get_one(models.TestResult, test)
            at = NOON + timedelta(hours=hours)
            hint_budget.open_hints(session, assignment, cast.user_ids[login], result, at)

    return opens


@pytest.fixture
def stands(cast):
    def stands(hours=0.0, login="ada"):
        with cast.db.read() as session:
            assignment = session.get_one(Assignment, cast.assignment_id)
            at = NOON + timedelta(hours=hours)
            return hint_budget.allowance(session, assignment, cast.user_ids[login], at)

    return stands


def uses(cast) -> int:
    with cast.db.read() as session:
        return session.scalars(select(func.count()).select_from(HintUse)).one()


def test_without_a_budget_nothing_is_counted(cast, opens, stands, tests):
    assert stands() is None
    opens(tests[0])
    assert uses(cast) == 0


def test_each_use_takes_one_and_comes_back_after_its_hours(budget, opens, stands, tests):
    budget(2, hours=10)
    assert (stands().left, stands().comes_back) == (2, None)
    opens(tests[0], hours=0)
    opens(tests[1], hours=4)
    assert (stands(5).left, stands(5).comes_back) == (0, NOON + timedelta(hours=10))
    assert (stands(10).left, stands(10).comes_back) == (1, NOON + timedelta(hours=14))
    assert (stands(14).left, stands(14).comes_back) == (2, None)


def test_what_was_opened_stays_open_when_the_use_has_come_back(budget, opens, stands, tests):
    budget(1, hours=1)
    opens(tests[0])
    assert stands(1000).opened == {tests[0]}


def test_a_spent_budget_opens_nothing(cast, budget, opens, stands, tests):
    budget(1)
    opens(tests[0])
    with pytest.raises(Spent):
        opens(tests[1], hours=23)
    assert stands(23).opened == {tests[0]}
    opens(tests[1], hours=24)
    assert stands(24).opened == set(tests[:2])


def test_opening_again_costs_nothing_even_when_all_are_spent(cast, budget, opens, tests):
    budget(1)
    opens(tests[0])
    opens(tests[0], hours=2)
    assert uses(cast) == 1


def test_the_same_test_in_another_grading_is_another_hint(budget, opens, stands, tests):
    budget(3)
    opens(tests[1])
    opens(tests[3])
    assert stands().left == 1


def test_each_student_has_their_own(budget, opens, stands, tests):
    budget(1)
    opens(tests[0], login="bo")
    assert (stands().left, stands(login="bo").left) == (1, 0)


def test_a_smaller_budget_than_was_used_leaves_none(budget, opens, stands, tests):
    budget(3)
    opens(tests[0])
    opens(tests[1])
    budget(1)
    assert stands().left == 0


@pytest.mark.parametrize("same", [True, False])
def test_clicks_at_the_same_moment_never_cost_two_or_exceed_the_budget(cast, budget, opens, tests, same):
    budget(1)
    all_begin, spent = threading.Barrier(4), []

    def click(test):
        all_begin.wait(10)
        try:
            opens(test)
        except Spent:
            spent.append(test)

    clicks = [threading.Thread(target=click, args=(tests[0] if same else test,)) for test in tests]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert uses(cast) == 1
    assert len(spent) == (0 if same else 3)
