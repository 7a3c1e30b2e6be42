"""An extension of a section is for who is in it now: who moves has other deadlines, and no score moves unseen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.changes import extensions, roster_changes, rule_changes
from submissions.changes.rule_changes import ToReview
from submissions.handing_in import terms
from submissions.models import Assignment, AuditEntry, now
from submissions.people import roster_file
from tests.school import School
from tests.web.test_queries import counted

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def school(tmp_path) -> Iterator[School]:
    """Due some hours ago, 10 % off for what is late; section A has two days more. Mei is in it, Kenji in B."""
    school = School(tmp_path / "data")
    school.due(now() - 5 * HOUR)
    school.rules(late_percent=10.0)
    school.joined("mei", section="A")
    school.joined("kenji", section="B")
    with school.database.write() as session:
        extensions.give(session, school.assignment.id, "", "A", now() + 2 * DAY, "The room was closed.", "ines")
    yield school
    # Whatever happened, what is kept is what the rules and the roster say now.
    with school.database.write() as session:
        assert terms.judge(session, session.get_one(Assignment, school.assignment.id)) == 0
    school.close()


def planned(school: School, text: str) -> roster_changes.Plan:
    with school.database.read() as session:
        return roster_changes.plan(session, school.course.id, roster_file.read(text), False)


def taken(school: School, text: str, moves: str = "") -> roster_changes.Plan:
    digest = planned(school, text).digest
    with school.database.write() as session:
        return roster_changes.apply(
            session, school.course.id, roster_file.read(text), False, digest, "ines", moves=moves
        )


def penalties(school: School) -> list[float]:
    return [each.penalty for each in school.submissions()]


def deadlines(plan: roster_changes.Plan) -> dict[str, list[int]]:
    """By how many days, of whom."""
    return {
        change.login: [round((each.after - each.before) / DAY) for each in change.deadlines]
        for change in plan.changes
        if change.deadlines
    }


def test_the_plan_says_whose_deadlines_move(school) -> None:
    plan = planned(school, "login,section\nmei,B\nkenji,A\nada,B\nbo,A")
    assert deadlines(plan) == {"mei": [-2], "kenji": [2], "bo": [2]}


def test_where_no_score_moves_the_roster_is_taken_at_once(school) -> None:
    taken(school, "login,section\nmei,B\nkenji,A")
    with school.database.read() as session:
        assignment = session.get_one(Assignment, school.assignment.id)
        own = {
            login: terms.of(session, assignment, assignment.course, school.users[login].id).due_at > now()
            for login in ("mei", "kenji")
        }
    assert own == {"mei": False, "kenji": True}


@pytest.mark.parametrize(
    ("login", "to", "before", "after"), [("mei", "B", 0, 10), ("mei", "", 0, 10), ("kenji", "A", 10, 0)]
)
def test_whose_score_moves_is_seen_before_anybody_is_moved(school, login, to, before, after) -> None:
    school.graded(login, "full")
    text = f"login,section\n{login},{to}\nada,C"
    with pytest.raises(ToReview) as review:
        taken(school, text)
    (moved,) = review.value.moved
    assert (moved.login, moved.assignment) == (login, school.assignment.title)
    assert (moved.before.score, moved.after.score) == tuple(88 * (1 - each / 100) for each in (before, after))
    assert penalties(school) == [before]
    assert len(planned(school, text).changes) == 2
    taken(school, text, review.value.digest)
    assert penalties(school) == [after]
    assert planned(school, text).changes == ()
    with school.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "roster.import")).one()
    assert entry.detail["scores moved"] == rule_changes.summary(review.value.moved)


def test_other_scores_than_those_that_were_seen_are_seen_anew(school) -> None:
    school.graded("mei", "full")
    with pytest.raises(ToReview) as first:
        taken(school, "login,section\nmei,B")
    school.graded("mei", "poor")
    with pytest.raises(ToReview) as second:
        taken(school, "login,section\nmei,B", first.value.digest)
    assert second.value.digest != first.value.digest
    assert penalties(school) == [0, 0]


def test_a_fellow_s_score_that_moves_with_it_is_seen_too(school) -> None:
    school.grouped("mei", "kenji")
    school.graded("mei", "full")
    with pytest.raises(ToReview) as review:
        taken(school, "login,section\nmei,B")
    assert {each.login for each in review.value.moved} == {"mei", "kenji"}
    assert penalties(school) == [0]


def test_who_comes_back_to_another_section_is_judged_by_it(school) -> None:
    school.graded("mei", "full")
    school.left("mei")
    with pytest.raises(ToReview) as review:
        taken(school, "login,section\nmei,B")
    assert [each.login for each in review.value.moved] == ["mei"]
    taken(school, "login,section\nmei,B", review.value.digest)
    assert penalties(school) == [10]


def test_a_later_extension_of_one_s_own_stays_with_who_moves(school) -> None:
    school.extended("mei", 4 * DAY)
    school.graded("mei", "full")
    assert deadlines(planned(school, "login,section\nmei,B")) == {}
    taken(school, "login,section\nmei,B")
    assert penalties(school) == [0]


def test_an_extension_that_was_withdrawn_moves_nothing(school) -> None:
    with school.database.write() as session:
        extensions.withdraw(session, school.assignment.id, 1, "ines")
    assert deadlines(planned(school, "login,section\nmei,B\nkenji,A")) == {}


def test_a_deadline_that_moved_meanwhile_outdates_the_plan(school) -> None:
    text = "login,section\nmei,B"
    seen = planned(school, text).digest
    with school.database.write() as session:
        extensions.withdraw(session, school.assignment.id, 1, "ines")
    with school.database.write() as session, pytest.raises(roster_changes.Outdated):
        roster_changes.apply(session, school.course.id, roster_file.read(text), False, seen, "ines")


def test_moving_many_is_planned_by_as_many_queries_as_moving_one(school) -> None:
    school.joined(*(f"more{number}" for number in range(20)), section="A")
    counts = []
    for text in ("login,section\nmei,B", "login,section\n" + "\n".join(f"more{number},B" for number in range(20))):
        with counted(school.database.engine) as statements:
            assert deadlines(planned(school, text))
        counts.append(len(statements))
    assert counts[0] == counts[1]
