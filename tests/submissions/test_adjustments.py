"""Decisions about scores: what they add up to, what cannot be decided, and what they outlive."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from submissions.gradings import lifecycle
from submissions.models import Adjustment, Assignment, AuditEntry, Decision, Enrolment, Grading, State, Suite, User, now
from submissions.regrades import regrades
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import Release
from submissions.scores import adjustments, counting
from submissions.scores.adjustments import BadAdjustment, Outdated, mark
from tests.cast import report

HUNDREDTHS = st.integers(-100_000, 100_000).map(lambda n: n / 100)


def made(decision, points=None):
    return Adjustment(decision=decision, points=points)


decisions = st.lists(
    st.one_of(
        st.builds(made, st.just(Decision.OVERRIDE), st.integers(0, 100_000).map(lambda n: n / 100)),
        st.builds(made, st.just(Decision.POINTS), HUNDREDTHS),
        st.builds(made, st.just(Decision.EXCUSE)),
    ),
    max_size=6,
)
earned = st.none() | st.integers(0, 20_000).map(lambda n: n / 100)


@given(earned, decisions, st.booleans())
def test_a_mark_is_the_last_score_given_or_earned_with_all_points_to_the_hundredth(got, made_so, open_still):
    awaited = got is None and open_still
    found = mark(got, made_so, awaited=awaited)
    assert found.earned == got
    assert found.decided == bool(made_so)
    if any(each.decision == Decision.EXCUSE for each in made_so):
        assert (found.score, found.excused) == (None, True)
        return
    # In whole hundredths, where sums are exact.
    scores = [each.points for each in made_so if each.decision == Decision.OVERRIDE]
    base = scores[-1] if scores else got
    added = sum(round(each.points * 100) for each in made_so if each.decision == Decision.POINTS)
    if base is None and (awaited or not added):
        assert found.score is None
    else:
        assert found.score == max(0, round((base or 0) * 100) + added) / 100
    assert not found.excused


@given(earned, decisions, decisions)
def test_points_count_the_same_wherever_they_stand_among_the_decisions(got, before, after):
    scores = [each for each in (*before, *after) if each.decision == Decision.OVERRIDE]
    others = [each for each in (*before, *after) if each.decision != Decision.OVERRIDE]
    assert mark(got, [*before, *after]) == mark(got, [*others, *scores]) == mark(got, [*scores, *others])


def test_without_a_decision_a_mark_is_what_was_earned_to_the_last_digit():
    assert mark(100 / 3, []).score == 100 / 3
    assert mark(0.1, [made(Decision.POINTS, 0.2)]).score == 0.3


@pytest.fixture
def decide(cast):
    """Ines decides about a student's score; returns the decision's id."""

    def decide(decision, points=None, reason="a fire in the lab", login="ada", **asked):
        with cast.db.write() as session:
            assignment = session.get_one(Assignment, cast.assignment_id)
            student, ines = (session.get_one(User, cast.user_ids[each]) for each in (login, "ines"))
            exact = None if points is None else Decimal(points)
            return adjustments.decide(session, assignment, student, decision, exact, reason, ines, **asked).id

    return decide


@pytest.fixture
def withdraw(cast):
    def withdraw(decision, login="ada"):
        with cast.db.write() as session:
            assignment = session.get_one(Assignment, cast.assignment_id)
            student, ines = (session.get_one(User, cast.user_ids[each]) for each in (login, "ines"))
            adjustments.withdraw(session, assignment, student, decision, ines, "192.0.2.7")

    return withdraw


def standing(cast, login="ada"):
    with cast.db.read() as session:
        assignment = session.get_one(Assignment, cast.assignment_id, options=[joinedload(Assignment.suite)])
        return counting.standing(session, assignment, cast.user_ids[login])


def graded(cast, score, login="ada"):
    grading = cast.queued(login)
    assert lifecycle.finish(cast.db, lifecycle.claim(cast.db, grading, 30), report(score))
    return grading


def test_a_standing_has_the_decisions_that_stand_and_what_they_make_of_the_score(cast, decide, withdraw):
    graded(cast, 10.0)
    slip = decide(Decision.OVERRIDE, "1")
    decide(Decision.POINTS, "2.5")
    withdraw(slip)
    found = standing(cast)
    assert [each.points for each in found.decisions] == [2.5]
    assert (found.mark.earned, found.mark.score, found.max_score) == (10.0, 12.5, 15.0)
    assert standing(cast, "bo").decisions == ()


def test_a_student_without_any_upload_can_be_given_a_score_or_be_excused(cast, decide):
    decide(Decision.OVERRIDE, "7", login="bo")
    assert (standing(cast, "bo").mark.score, standing(cast, "bo").max_score) == (7.0, 15.0)
    decide(Decision.EXCUSE, login="bo")
    assert standing(cast, "bo").mark.excused


@pytest.mark.parametrize("end", [None, State.RUNNING, State.FAULT])
def test_while_what_counts_has_no_score_points_alone_are_none_and_a_score_given_stands(cast, decide, end):
    graded(cast, 10.0)
    decide(Decision.POINTS, "5")
    newer = cast.queued()
    if end is not None:
        with cast.db.write() as session:
            session.get_one(Grading, newer).state = end
    found = standing(cast).mark
    assert (found.score, found.earned, found.decided) == (None, None, True)
    decide(Decision.OVERRIDE, "7")
    assert standing(cast).mark.score == 12.0


def test_points_for_who_handed_in_nothing_that_counts_are_the_score(cast, decide):
    refused = cast.queued()
    with cast.db.write() as session:
        session.get_one(Grading, refused).state = State.REFUSED
    for login in ("ada", "bo"):
        decide(Decision.POINTS, "5", login=login)
        assert standing(cast, login).mark.score == 5.0


def test_a_newer_upload_and_the_end_of_an_enrolment_leave_decisions_be(cast, decide):
    decide(Decision.OVERRIDE, "12")
    graded(cast, 3.0)
    with cast.db.write() as session:
        session.scalars(select(Enrolment).where(Enrolment.user_id == cast.user_ids["ada"])).one().ended_at = now()
    assert standing(cast).mark.score == 12.0
    decide(Decision.POINTS, "1")
    assert standing(cast).mark.score == 13.0


def test_publishing_a_regrade_and_taking_it_back_leave_decisions_be(cast, decide):
    graded(cast, 5.0)
    decide(Decision.POINTS, "2")
    with cast.db.write() as session:
        ines = session.get_one(User, cast.user_ids["ines"])
        assignment = session.get_one(Assignment, cast.assignment_id)
        suite = session.get_one(Suite, cast.suite_id)
        regrade = regrades.begin(session, assignment, suite, Chosen.COUNTING, "again", ines).id
    while not regrades.advance(cast.db):
        with cast.db.read() as session:
            waiting = session.scalars(select(Grading.id).where(Grading.state == "queued")).all()
        assert waiting
        for each in waiting:
            lifecycle.finish(cast.db, lifecycle.claim(cast.db, each, 30), report(15.0))
    assert standing(cast).mark.score == 7.0
    with cast.db.write() as session:
        regrades.publish(session, regrade, Release.ALL, session.get_one(User, cast.user_ids["ines"]))
    assert standing(cast).mark.score == 17.0
    with cast.db.write() as session:
        regrades.revert(session, regrade, session.get_one(User, cast.user_ids["ines"]))
    assert standing(cast).mark.score == 7.0


@pytest.mark.parametrize(
    ("decision", "points", "reason", "says"),
    [
        (Decision.POINTS, "5", " \n", "Say why"),
        (Decision.POINTS, "5", "x" * 1001, "1,001 characters"),
        (Decision.EXCUSE, "5", "ill", "no points"),
        (Decision.POINTS, None, "why", "as a number"),
        (Decision.POINTS, "NaN", "why", "as a number"),
        (Decision.POINTS, "0", "why", "changes nothing"),
        (Decision.POINTS, "0.001", "why", "two decimals"),
        (Decision.POINTS, "-100001", "why", "from 0 to 100,000"),
        (Decision.OVERRIDE, "-1", "why", "from 0 to 100,000"),
        (Decision.OVERRIDE, "1e999999999", "why", "from 0 to 100,000"),
    ],
)
def test_what_cannot_be_decided_says_why_and_records_nothing(cast, decide, decision, points, reason, says):
    with pytest.raises(BadAdjustment, match=says):
        decide(decision, points, reason)
    with cast.db.read() as session:
        assert session.scalars(select(Adjustment)).all() == []
        assert session.scalars(select(AuditEntry)).all() == []


@pytest.mark.parametrize("login", ["ines", "oz"])
def test_only_a_students_score_is_decided_about(decide, login):
    with pytest.raises(BadAdjustment, match="no student of this course"):
        decide(Decision.EXCUSE, login=login)


def test_points_are_not_added_to_what_their_giver_has_not_read(cast, decide):
    decide(Decision.POINTS, "5", seen=0)
    with pytest.raises(Outdated):
        decide(Decision.POINTS, "5", seen=0)
    decide(Decision.POINTS, "1", seen=1)
    assert standing(cast).mark.score == 6.0


def test_nothing_is_decided_upon_a_decision_that_was_withdrawn_unread(cast, decide, withdraw):
    decide(Decision.POINTS, "3", login="bo")
    withdraw(decide(Decision.OVERRIDE, "10"))
    with pytest.raises(Outdated):
        decide(Decision.POINTS, "5", seen=1)
    decide(Decision.POINTS, "5", seen=2)
    assert standing(cast).mark.score == 5.0


def test_a_decision_is_withdrawn_once_and_only_under_its_own_student(decide, withdraw):
    decision = decide(Decision.POINTS, "5")
    with pytest.raises(BadAdjustment, match="no such decision"):
        withdraw(decision, login="bo")
    withdraw(decision)
    with pytest.raises(BadAdjustment, match="already"):
        withdraw(decision)


def test_the_audit_log_says_who_decided_what_and_who_withdrew_it(cast, decide, withdraw):
    withdraw(decide(Decision.POINTS, "5"))
    with cast.db.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(each.actor, each.action, each.record) for each in entries] == [
        ("ines", "score.decide", "ada in lines"),
        ("ines", "score.withdraw", "ada in lines"),
    ]
    assert entries[1].address == "192.0.2.7"
    assert all(each.course_id == cast.course_id for each in entries)
    assert entries[0].detail == {"decision": "points", "points": 5.0, "reason": "a fire in the lab"}
