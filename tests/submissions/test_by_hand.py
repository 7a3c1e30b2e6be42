"""The work of graders: what of it is left, who gets which answer next, and who else has one open."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from submissions.models import Assignment, Enrolment, Grading, Role, State, Submission, Suite, User
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.scores import by_hand, manual
from submissions.scores.by_hand import OPEN_FOR, Share
from submissions.scores.manual import Judgement
from tests.cast import MANIFEST, NOON

PROOF = {"id": "proof", "title": "Proof", "points": 8.0, "graded_by": "person", "answer": "Q1", "rubric": []}


@pytest.fixture
def work(cast):
    """One answer each of Ada, Bo and Chidi, in this order; Oz grades beside Ines."""
    with cast.db.write() as session:
        suite = session.get_one(Suite, cast.suite_id)
        suite.manifest = {**MANIFEST, "tasks": [*MANIFEST["tasks"], PROOF]}
        session.add(Enrolment(course_id=cast.course_id, user_id=cast.user_ids["oz"], role=Role.STAFF))
    return [cast.grading(cast.queued(login)).submission_id for login in ("ada", "bo", "chidi")]


@pytest.fixture
def ask(cast):
    """Asks something of the assignment's work, in a transaction."""

    def ask(question, *rest, **options):
        with cast.db.write() as session:
            return question(session, session.get_one(Assignment, cast.assignment_id), *rest, **options)

    return ask


@pytest.fixture
def following(cast, ask):
    """What that grader gets next."""

    def following(login="ines", at=NOON, after=0):
        return ask(by_hand.next_answer, WHOLE, "proof", cast.user_ids[login], at, after=after)

    return following


@pytest.fixture
def give(cast):
    def give(submission, login="ines"):
        with cast.db.write() as session:
            found = session.get_one(Submission, submission)
            (task,) = manual.written_tasks(session.get_one(Suite, cast.suite_id))
            manual.give(
                session, found, task, Judgement(Decimal(5)), session.get_one(User, cast.user_ids[login]), seen=None
            )

    return give


def test_next_goes_on_from_an_answer_and_then_begins_anew(work, following, give):
    ada, bo, chidi = work
    assert following() == ada
    assert following(after=ada) == bo
    give(bo)
    assert following(after=ada) == chidi
    assert following(after=chidi) == ada
    give(ada)
    # The one that was skipped, when no other is left.
    assert following(after=chidi) == chidi
    give(chidi)
    assert following() is None


def test_an_answer_that_somebody_has_open_is_nobody_elses_next_until_it_is_given_back(cast, work, following):
    ada, bo, chidi = work
    assert following("ines") == ada
    assert following("oz") == bo
    assert following("ines", after=ada) == chidi
    assert following("oz", after=bo) == bo
    with cast.db.write() as session:
        by_hand.close_answer(session, ada, "proof", cast.user_ids["oz"])  # not theirs to give back
    assert following("oz", after=bo) == bo
    with cast.db.write() as session:
        by_hand.close_answer(session, ada, "proof", cast.user_ids["ines"])
    assert following("oz", after=bo) == ada


def test_an_answer_left_open_is_forgotten_after_a_while_and_opening_it_again_renews_that(cast, work, following):
    def other(at):
        with cast.db.read() as session:
            found = by_hand.elsewhere(session, work[0], "proof", cast.user_ids["oz"], at)
            return found and (found.grader.login, found.since)

    later = NOON + OPEN_FOR / 2
    following("ines")
    assert other(later) == ("ines", NOON)
    assert following("ines", at=later) == work[0]
    assert other(NOON + OPEN_FOR) == ("ines", NOON)
    assert following("oz", at=NOON + OPEN_FOR) == work[1]
    assert other(later + OPEN_FOR) is None
    assert following("oz", at=later + OPEN_FOR) == work[0]


def test_two_who_ask_in_the_same_moment_get_different_answers(work, following):
    for _ in range(5):
        both_begin, got = threading.Barrier(2), []

        def race(login, both_begin=both_begin, got=got):
            both_begin.wait(10)
            got.append(following(login))

        graders = [threading.Thread(target=race, args=(login,)) for login in ("ines", "oz")]
        for each in graders:
            each.start()
        for each in graders:
            each.join()
        assert sorted(got) == work[:2]


def test_only_what_counts_of_those_in_the_course_is_work(cast, work, following, ask):
    _, bo, chidi = work
    refused = cast.queued("bo")
    newer = cast.grading(cast.queued("ada")).submission_id
    with cast.db.write() as session:
        session.get_one(Grading, refused).state = State.REFUSED
        people.end_enrolment(session, cast.course_id, cast.user_ids["chidi"])
    place = ask(by_hand.place, WHOLE, "proof", bo)
    assert (place.answers, place.left, place.before, place.after, place.counted) == (2, 2, None, newer, True)
    assert not ask(by_hand.place, WHOLE, "proof", chidi).counted
    assert [following(), following(after=bo)] == [bo, newer]


def test_the_overview_says_what_is_left_who_graded_and_what_others_have_open(cast, work, following, ask, give):
    give(work[0], "ines")
    give(work[1], "oz")
    following("oz")

    def overview(login, at=NOON):
        (found,) = ask(by_hand.overview, WHOLE, cast.user_ids[login], at)
        return found

    seen = overview("ines")
    assert (seen.answers, seen.graded, seen.left) == (3, 2, 1)
    assert seen.shares == (Share("Ines Instructor", 1), Share("Oz Outsider", 1))
    assert seen.open == (Share("Oz Outsider", 1),)
    assert overview("oz").open == ()
    assert overview("ines", NOON + OPEN_FOR + timedelta(seconds=1)).open == ()


def test_a_task_of_other_tests_is_no_work(cast, work, ask):
    assert ask(by_hand.next_answer, WHOLE, "essay", cast.user_ids["ines"], NOON) is None
