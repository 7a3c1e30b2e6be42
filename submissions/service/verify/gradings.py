"""The rules that every grading keeps, and every check, each a query for the rows that break it: few come back of many.

Each rule is one statement, so that what it compares is of one moment while gradings go on. What
`submissions.gradings.lifecycle` promises is stated here a second time and on purpose: it is what proves the promise on
a database that has lived.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from submissions.models import (
    FINAL,
    Alert,
    Assignment,
    Author,
    CheckRun,
    CheckState,
    Enrolment,
    Grading,
    Group,
    GroupMember,
    Phase,
    Progress,
    Regrade,
    State,
    Submission,
    Suite,
    TaskScore,
    TestResult,
    User,
)
from submissions.rules.rules import Counted, Unit
from submissions.service.verify.finding import FROM_OUTSIDE, MISREAD, Finding

OVERDUE = timedelta(minutes=2)
"""So long after a lease's end, a sweeper that runs has taken the grading back, even on a machine that is overloaded."""

_NEAR = 1e-6  # sums of points are sums of floating-point numbers
_SWEEPER = "The sweeper takes such gradings back within seconds: is it running? Its log says what hinders it."


class Rule(msgspec.Struct, frozen=True):
    """`broken` selects an id and whatever `seen` tells of it, as {0}, {1} and so on."""

    kind: str
    broken: Select[*tuple[Any, ...]]
    seen: str
    remedy: str = FROM_OUTSIDE


def broken(session: Session, at: datetime) -> Iterator[Finding]:
    """A finding for each row that breaks a rule, as of the time `at`."""
    for rule in _rules(at):
        yield from _told(session, rule)
    for suite_id in session.scalars(select(Suite.id).order_by(Suite.id)).all():
        try:
            rule = _whole(session, suite_id)
        except MISREAD as error:
            yield Finding(f"suite {suite_id}", f"its list of tests cannot be read ({error!r})", FROM_OUTSIDE)
        else:
            yield from _told(session, rule)


def _told(session: Session, rule: Rule) -> Iterator[Finding]:
    try:
        for row in session.execute(rule.broken.execution_options(yield_per=500)):
            yield Finding(f"{rule.kind} {row[0]}", rule.seen.format(*row), rule.remedy)
    except MISREAD as error:
        yield Finding(f"a {rule.kind}", f"its record cannot be read ({error})", FROM_OUTSIDE)


def _rules(at: datetime) -> Iterator[Rule]:
    yield from _states(at)
    yield from _checks(at)
    yield from _scores()
    yield Rule(
        "submission",
        select(Submission.id).where(~exists().where(Grading.submission_id == Submission.id)),
        "it has no grading, and none is on its way",
    )
    yield Rule(
        "submission",
        select(Submission.id, Submission.penalty).where(or_(Submission.penalty < 0, Submission.penalty > 100)),
        "lateness takes {1:g} % of its score, which no rule says",
    )
    yield Rule(
        "submission",
        select(Submission.id).where(~Submission.authors.any(Author.user_id == Submission.user_id)),
        "it does not count for the student who uploaded it",
    )
    place = exists().where(Enrolment.course_id == Assignment.course_id, Enrolment.user_id == Author.user_id)
    yield Rule(
        "submission",
        select(Author.submission_id, User.login)
        .join(Author.user)
        .join(Author.submission)
        .join(Submission.assignment)
        .where(~place.correlate(Assignment, Author)),
        "it counts for {1}, who never had a place in the course",
    )
    yield Rule(
        "student",
        select(GroupMember.user_id, User.login, Assignment.slug, func.count())
        .join(GroupMember.user)
        .join(GroupMember.group)
        .join(Assignment, Assignment.id == Group.assignment_id)
        .where(GroupMember.left_at.is_(None))
        .group_by(GroupMember.user_id, User.login, Assignment.id, Assignment.slug)
        .having(func.count() > 1),
        "{1} is in {3} groups of {2} at a time",
    )
    known = and_(Assignment.counted.in_(list(Counted)), Assignment.late_unit.in_(list(Unit)))
    yield Rule(
        "assignment",
        select(Assignment.id, Assignment.counted, Assignment.late_unit).where(~known),
        "by its rules {1!r} counts and lateness is told in {2!r}, one of which is none",
    )
    # Grading again after a fault of ours adds a row, and so does a regrade, each of which says what it replaces.
    yield Rule(
        "submission",
        select(Grading.submission_id, func.count(), func.min(Grading.suite_id))
        .where(Grading.state != State.FAULT, Grading.regrade_id.is_(None))
        .group_by(Grading.submission_id, Grading.suite_id)
        .having(func.count() > 1),
        "it has {1} gradings by suite {2} that are no faults, where one may be",
    )


def _states(at: datetime) -> Iterator[Rule]:
    final, running = Grading.state.in_(FINAL), Grading.state == State.RUNNING
    yield Rule(
        "grading",
        select(Grading.id, Grading.state).where(Grading.state.not_in(list(State))),
        "its state is {1!r}, which is none",
    )
    yield Rule(
        "grading",
        select(Grading.id, Grading.state).where(final != Grading.finished_at.is_not(None)),
        "it is {1}, and its time of ending says otherwise",
    )
    held = and_(Grading.lease_token.is_not(None), Grading.lease_until.is_not(None), Grading.started_at.is_not(None))
    free = and_(Grading.lease_token.is_(None), Grading.lease_until.is_(None))
    yield Rule(
        "grading",
        select(Grading.id, Grading.state).where(or_(and_(running, ~held), and_(~running, ~free))),
        "it is {1}, and its lease does not fit that",
    )
    yield Rule(
        "grading",
        select(Grading.id, Grading.lease_until).where(running, Grading.lease_until < at - OVERDUE),
        "its worker has been silent since {1:%Y-%m-%d %H:%M:%S} UTC, and it was not taken back",
        _SWEEPER,
    )
    yield Rule(
        "grading",
        select(Progress.grading_id).distinct().join(Grading, Progress.grading_id == Grading.id).where(~running),
        "it does not run, and still shows the progress of a run",
    )
    older, newer = aliased(Submission), aliased(Submission)
    mine, theirs = aliased(Author), aliased(Author)
    shared = exists().where(theirs.submission_id == newer.id, theirs.user_id == mine.user_id)
    of_fewer = exists().where(mine.submission_id == older.id, ~shared.correlate(newer, mine))
    # By the uploader first, whom an index finds: else this would go through all uploads for each that was superseded.
    again = aliased(Author)
    replaced = exists().where(
        again.user_id == older.user_id,
        again.submission_id == newer.id,
        newer.assignment_id == older.assignment_id,
        ~of_fewer.correlate(older, newer),
        or_(newer.received_at > older.received_at, and_(newer.received_at == older.received_at, newer.id > older.id)),
    )
    yield Rule(
        "grading",
        select(Grading.id, Grading.submission_id)
        .join(older, Grading.submission_id == older.id)
        .where(Grading.state == State.SUPERSEDED, Grading.regrade_id.is_(None), ~replaced),
        "it is superseded, and its students have no upload newer than submission {1}",
    )
    counted_in = select(Regrade.id).where(Regrade.phase == Phase.PUBLISHED)
    yield Rule(
        "grading",
        select(Grading.id, Grading.regrade_id).where(
            Grading.regrade_id.is_not(None), ~Grading.shadow, Grading.regrade_id.not_in(counted_in)
        ),
        "it counts, and its regrade {1} is not published",
    )
    yield Rule(
        "grading",
        select(Grading.id).where(Grading.shadow, Grading.regrade_id.is_(None)),
        "it counts for nothing, and belongs to no regrade",
    )
    yield Rule(
        "grading",
        # Those of a regrade are counted by its review, and no student waits for them.
        select(Grading.id).where(
            Grading.state == State.FAULT,
            Grading.regrade_id.is_(None),
            ~exists().where(Alert.grading_id == Grading.id),
        ),
        "it ended as a grader fault, and no alert tells staff of it",
    )


def _checks(at: datetime) -> Iterator[Rule]:
    running = CheckRun.state == CheckState.RUNNING
    held = and_(CheckRun.lease_token.is_not(None), CheckRun.lease_until.is_not(None))
    free = and_(CheckRun.lease_token.is_(None), CheckRun.lease_until.is_(None))
    yield Rule(
        "check",
        select(CheckRun.id, CheckRun.state).where(or_(and_(running, ~held), and_(~running, ~free))),
        "it is {1}, and its lease does not fit that",
    )
    yield Rule(
        "check",
        select(CheckRun.id, CheckRun.lease_until).where(running, CheckRun.lease_until < at - OVERDUE),
        "its worker has been silent since {1:%Y-%m-%d %H:%M:%S} UTC, and it was not taken back",
        _SWEEPER,
    )


def _scores() -> Iterator[Rule]:
    graded = Grading.state == State.GRADED
    yield Rule(
        "grading",
        select(Grading.id).where(
            graded,
            or_(
                Grading.score.is_(None),
                Grading.max_score.is_(None),
                Grading.score < 0,
                Grading.score > Grading.max_score + _NEAR,
            ),
        ),
        "it is graded, and its score is missing or out of bounds",
    )
    has_rows = or_(
        exists().where(TaskScore.grading_id == Grading.id), exists().where(TestResult.grading_id == Grading.id)
    )
    yield Rule(
        "grading",
        select(Grading.id, Grading.state).where(
            ~graded, or_(Grading.score.is_not(None), Grading.max_score.is_not(None), has_rows)
        ),
        "it is {1}, and has a score or results all the same",
    )
    tasks = _summed(TaskScore.grading_id, score=TaskScore.score, most=TaskScore.max_score)
    yield Rule(
        "grading",
        select(Grading.id, Grading.score, func.coalesce(tasks.c.score, 0.0))
        .outerjoin(tasks, tasks.c.grading_id == Grading.id)
        .where(graded, _differ(Grading.score, tasks.c.score, Grading.max_score, tasks.c.most)),
        "its score is {1:g}, and its tasks add up to {2:g}, or to other points in all",
    )
    tests = _summed(TestResult.grading_id, TestResult.task, score=TestResult.points, most=TestResult.max_points)
    yield Rule(
        "grading",
        select(TaskScore.grading_id, TaskScore.task, TaskScore.score, func.coalesce(tests.c.score, 0.0))
        .outerjoin(tests, and_(tests.c.grading_id == TaskScore.grading_id, tests.c.task == TaskScore.task))
        .where(_differ(TaskScore.score, tests.c.score, TaskScore.max_score, tests.c.most)),
        "its task {1} has {2:g} points, and the tests of it add up to {3:g}, or to other points in all",
    )
    yield Rule(
        "grading",
        select(TestResult.grading_id, TestResult.test).where(
            or_(TestResult.points < 0, TestResult.points > TestResult.max_points + _NEAR)
        ),
        "its test {1} has points out of bounds",
    )


def _summed(*by: Any, score: Any, most: Any) -> Subquery:
    return select(*by, func.sum(score).label("score"), func.sum(most).label("most")).group_by(*by).subquery()


def _differ(score: Any, of_score: Any, most: Any, of_most: Any) -> ColumnElement[bool]:
    return or_(
        func.abs(score - func.coalesce(of_score, 0.0)) > _NEAR, func.abs(most - func.coalesce(of_most, 0.0)) > _NEAR
    )


def _whole(session: Session, suite_id: int) -> Rule:
    """Each graded hand-in has a result of every test of its suite, and of no other test."""
    manifest = session.scalars(select(Suite.manifest).where(Suite.id == suite_id)).one()
    expected = [str(test["id"]) for test in manifest["tests"]]
    named = func.count(case((TestResult.test.in_(expected), 1)))
    return Rule(
        "grading",
        select(Grading.id, named, func.count(TestResult.id) - named)
        .outerjoin(TestResult, TestResult.grading_id == Grading.id)
        .where(Grading.suite_id == suite_id, Grading.state == State.GRADED)
        .group_by(Grading.id)
        .having(or_(func.count(TestResult.id) != len(expected), named != len(expected))),
        f"it has results of {{1}} of the {len(expected)} tests of its suite, and {{2}} of others",
    )
