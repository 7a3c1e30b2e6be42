"""A suite is published only when a check found nothing to mend in it; what a check found is kept as it was said."""

from __future__ import annotations

import threading

import msgspec
import pytest
from sqlalchemy import func, select

from grader.checking import Found, Level, Place, Result, Survey, Survivor
from submissions.models import Assignment, Suite, SuiteCheck
from submissions.suites import checked, courses
from submissions.suites.checked import NotChecked
from tests.checks import READY, passed

BROKEN = Result(of=READY.of, findings=(Found(Level.ERROR, "test_a.py", "test_b", "it repeats\nnothing \0"),))
SURVIVOR = Survivor(Place("linear.py", 0, 7, 4), "np.sum(x)", "`np.mean(x)` became `np.sum(x)`", "no test runs it")


@pytest.fixture
def suite(cast):
    """A second suite, that nobody has checked."""
    with cast.db.write() as session:
        suite = Suite(hash="6" * 64, assignment="lines", blob="c" * 64, manifest={"tests": []})
        session.add(suite)
    return suite


def publish(cast, suite, **how):
    with cast.db.write() as session:
        courses.publish(session, cast.assignment_id, suite, "ines", **how)


def published(cast):
    with cast.db.read() as session:
        return session.get_one(Assignment, cast.assignment_id).suite.hash


def keep(cast, suite, found):
    with cast.db.write() as session:
        checked.keep(session, suite, found, "ines")


def test_a_suite_that_was_never_checked_is_not_published_and_the_command_is_named(cast, suite):
    with pytest.raises(NotChecked, match=r"6666666666 were never checked.*`handin assignment sync COURSE FOLDER`"):
        publish(cast, suite)
    assert published(cast) == "5" * 64


def test_the_newest_check_speaks(cast, suite):
    keep(cast, suite, READY)
    keep(cast, suite, BROKEN)
    with pytest.raises(NotChecked, match="found 1 to mend"):
        publish(cast, suite)
    keep(cast, suite, READY)
    publish(cast, suite)
    assert published(cast) == suite.hash


def test_another_handout_s_mistake_does_not_hinder_the_tests(cast, suite):
    keep(cast, suite, msgspec.structs.replace(READY, of="with one handout"))
    keep(cast, suite, msgspec.structs.replace(BROKEN, of="with another"))
    publish(cast, suite)
    assert published(cast) == suite.hash


def test_what_is_published_already_needs_no_check_to_stay(cast):
    with cast.db.write() as session:
        found = session.get_one(Suite, cast.suite_id)
        checked.keep(session, found, BROKEN, "ines")
        courses.publish(session, cast.assignment_id, found, "ines")
    assert published(cast) == "5" * 64


def test_what_was_found_comes_back_as_it_was_and_the_same_is_kept_once(cast, suite):
    found = Result(
        "x", (Found(Level.WARNING, "reference/linear.py", "line 7", "…"),), Survey(3, 1, (SURVIVOR,), ("t",))
    )
    for _ in range(2):
        keep(cast, suite, found)
    with cast.db.read() as session:
        assert checked.result_of(checked.newest(session, [suite.id])[suite.id]) == found
        asked = select(func.count()).select_from(SuiteCheck).where(SuiteCheck.suite_id == suite.id)
        assert session.scalars(asked).one() == 1


def test_a_check_that_ended_before_the_mutants_is_not_ready_and_a_survivor_hinders_nothing():
    assert not Result("x").ready
    survivor = Found(Level.WARNING, "reference/linear.py", "line 7", "…")
    found = Result("x", (survivor,), Survey(3, 1, (SURVIVOR,), ()))
    assert (found.ready, found.missed, found.remarks) == (True, (SURVIVOR,), ())


def test_who_publishes_over_what_somebody_else_published_meanwhile_is_told_and_changes_nothing(cast, suite):
    with cast.db.write() as session:
        third = passed(session, Suite(hash="7" * 64, assignment="lines", blob="d" * 64, manifest={"tests": []}))
        passed(session, suite)
    publish(cast, suite, seen="5" * 64)
    with pytest.raises(courses.PublishedMeanwhile, match="6666666666 was published"):
        publish(cast, third, seen="5" * 64)
    assert published(cast) == suite.hash


def test_of_two_who_publish_at_once_one_does_and_the_other_is_told(cast, suite):
    with cast.db.write() as session:
        third = passed(session, Suite(hash="7" * 64, assignment="lines", blob="d" * 64, manifest={"tests": []}))
        passed(session, suite)
    together, told = threading.Barrier(2), []

    def press(chosen):
        together.wait()
        try:
            publish(cast, chosen, seen="5" * 64)
        except courses.PublishedMeanwhile as reason:
            told.append(str(reason))

    threads = [threading.Thread(target=press, args=[each]) for each in (suite, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (reason,) = told
    assert published(cast) in {suite.hash, third.hash}
    assert published(cast)[:10] in reason
