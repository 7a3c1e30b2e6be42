"""The statistics of an assignment, against numbers that were counted by hand or in another way."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from submissions.gradings import lifecycle
from submissions.models import Adjustment, Assignment, Decision, Enrolment, Grading, State
from submissions.people.reach import WHOLE
from submissions.scores import statistics
from submissions.scores.gradebook import Cell
from submissions.scores.statistics import Upload
from tests.cast import NOON, report


@pytest.fixture
def grade(cast):
    """A student's submission so many minutes after noon, with this score; returns its grading's id."""

    def make(login, score, minutes=0):
        grading = cast.queued(submission=cast.upload(login, minutes=minutes))
        lifecycle.finish(cast.db, lifecycle.claim(cast.db, grading, 30), report(score))
        return grading

    return make


def found(cast):
    with cast.db.read() as session:
        return statistics.of_assignment(session, session.get_one(Assignment, cast.assignment_id), WHOLE)


def test_the_scores_are_what_students_get_and_only_of_what_counts(cast, grade):
    grade("ada", 15.0)
    grade("ada", 3.0, minutes=5)  # of 15: what counts
    grade("bo", 15.0)
    with cast.db.write() as session:
        session.add(
            Adjustment(
                assignment_id=cast.assignment_id,
                user_id=cast.user_ids["ada"],
                decision=Decision.POINTS,
                points=3.0,
                reason="so",
                by_id=cast.user_ids["ines"],
            )
        )
    scores = found(cast).scores
    assert (scores.students, scores.handed_in, scores.scored, scores.full) == (3, 2, 2, 1)
    assert (scores.median, scores.max_score) == (10.5, 15.0)
    assert scores.bins == (0, 0, 0, 0, 1, 0, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("score", "most", "place"),
    [(0, 10, 0), (0.99, 10, 0), (1, 10, 1), (7, 10, 7), (0.7 * 3, 3, 7), (10, 10, 9), (12, 10, 9), (0, 0, 9)],
)
def test_a_score_is_in_the_tenth_that_it_reaches(score, most, place):
    bins = statistics.scores([Cell(State.GRADED, 1, score, most)], None).bins
    assert [n for n, count in enumerate(bins) if count] == [place]


def test_who_is_excused_or_has_no_score_is_in_no_bar():
    cells = [Cell(), Cell(State.QUEUED, 1), Cell(decided=True, excused=True), Cell(score=5.0, decided=True)]
    scores = statistics.scores(cells, 10.0)
    assert (scores.students, scores.handed_in, scores.scored, sum(scores.bins)) == (4, 1, 1, 1)
    assert scores.bins[5] == 1


def test_a_score_that_a_person_has_not_finished_is_counted_apart_and_in_no_bar():
    cells = [Cell(State.GRADED, 1, 10.0, 10.0), Cell(State.GRADED, 2, 0.0, 10.0, waiting=1)]
    scores = statistics.scores(cells, 10.0)
    assert (scores.handed_in, scores.scored, scores.unfinished, scores.full) == (2, 1, 1, 1)
    assert (scores.median, sum(scores.bins)) == (10.0, 1)


def test_a_test_s_rate_is_of_what_counts_the_worst_first(cast, grade):
    grade("ada", 15.0)
    grade("bo", 10.0)
    grade("chidi", 15.0)
    grade("chidi", 10.0, minutes=5)
    assert [(rate.title, rate.passed, rate.of) for rate in found(cast).tests] == [("relu", 1, 3), ("forward", 3, 3)]


def test_a_regrade_in_the_shadow_changes_no_number(cast, grade):
    first = grade("ada", 10.0)
    before = found(cast)
    shadow = cast.queued(submission=cast.grading(first).submission_id)
    with cast.db.write() as session:
        session.get_one(Grading, shadow).shadow = True
    lifecycle.finish(cast.db, lifecycle.claim(cast.db, shadow, 30), report(15.0))
    assert cast.grading(shadow).state == State.GRADED
    assert found(cast) == before


def test_who_left_the_course_is_in_no_number(cast, grade):
    grade("ada", 15.0)
    with cast.db.write() as session:
        session.execute(update(Enrolment).where(Enrolment.user_id == cast.user_ids["ada"]).values(ended_at=NOON))
    left = found(cast)
    assert (left.scores.students, left.scores.scored, left.uploads) == (2, 0, 0)
    assert (left.tests, left.periods, left.tries.reached) == ((), (), 0)


def test_tries_count_every_upload_up_to_the_first_with_full_marks(cast, grade):
    grade("ada", 3.0)
    grade("ada", 10.0, minutes=30)
    grade("ada", 15.0, minutes=90)
    grade("ada", 15.0, minutes=95)
    grade("bo", 15.0)
    grade("chidi", 10.0)
    tries = found(cast).tries
    assert tries.reached == 2
    assert {name: count for name, count in tries.bars if count} == {"1": 1, "3": 1}
    assert {name: count for name, count in tries.within if count} == {"at once": 1, "6 hours": 1}
    assert (tries.median, tries.time) == (2.0, timedelta(minutes=45))


def test_many_tries_share_a_bar():
    uploads = [Upload(n, 1, NOON + timedelta(minutes=n), full=n == 11) for n in range(12)]
    uploads += [Upload(20 + n, 2, NOON + timedelta(minutes=n), full=n == 6) for n in range(8)]
    assert {name: count for name, count in statistics.tries(uploads).bars if count} == {"6\N{EN DASH}10": 1, "11+": 1}


def test_what_comes_at_the_deadline_itself_is_before_the_line():
    due = NOON
    periods = statistics.periods([due, due + timedelta(microseconds=1), due - timedelta(hours=3)], due)
    assert [(each.uploads, each.late) for each in periods] == [
        *((uploads, False) for uploads in (1, 0, 0, 1)),
        (1, True),
    ]
    assert periods[3].ends == periods[4].begins == due


@pytest.mark.parametrize("seed", range(20))
def test_every_upload_is_in_one_period_and_periods_have_no_gap(seed):
    chance = random.Random(seed)
    span = timedelta(minutes=chance.choice((0, 1, 50, 3_000, 100_000, 5_000_000)))
    received = [NOON + span * chance.random() for _ in range(chance.randrange(1, 30))]
    due = chance.choice((None, NOON + span / 2, NOON - span, NOON + span * 3))
    periods = statistics.periods(received, due)
    assert len(periods) <= statistics.MOST_PERIODS
    assert all(one.ends == next_.begins for one, next_ in pairwise(periods))
    for each in periods:
        assert each.uploads == sum(each.begins < at <= each.ends for at in received)
        if due is not None:
            assert each.late is (each.begins >= due)
    assert sum(each.uploads for each in periods) == len(received)


def test_no_upload_has_no_period():
    assert statistics.periods([], NOON) == ()


def test_the_rates_are_those_of_the_rows(cast, grade):
    chance = random.Random(3)
    counts = {}
    for login in ("ada", "bo", "chidi"):
        for minutes in range(3):
            counts[login] = grade(login, chance.choice((0.0, 10.0, 15.0)), minutes)
    with cast.db.read() as session:
        verdicts = [
            (test.title, test.verdict)
            for grading in session.scalars(select(Grading).where(Grading.id.in_(counts.values())))
            for test in grading.tests
        ]
    for rate in found(cast).tests:
        own = [verdict for title, verdict in verdicts if title == rate.title]
        assert (rate.passed, rate.of) == (own.count("passed"), len(own))
