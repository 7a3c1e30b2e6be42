"""A copied course has what an instructor keeps, and nothing of anybody's: no person, no work, no decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from submissions.models import Assignment, AuditEntry, Base, Course, Enrolment, Suite
from submissions.suites import copying, courses
from submissions.suites.copying import CannotCopy, Unseen, Wanted
from tests.school import MANIFEST, School

NEW_YORK = ZoneInfo("America/New_York")
NEXT = Wanted("dl-27", "Deep Learning", "Spring 2027", 140)


@pytest.fixture
def school(tmp_path) -> Iterator[School]:
    school = School(tmp_path / "data")
    yield school
    school.close()


def copied(school: School, wanted: Wanted = NEXT, **more: object) -> int:
    with school.database.write() as session:
        source = session.get_one(Course, school.course.id)
        return copying.copy(session, source, wanted, "ines", **more).id


def rows(school: School) -> dict[str, int]:
    with school.database.read() as session:
        counted = {
            table.name: session.scalars(select(func.count()).select_from(table)).one()
            for table in Base.metadata.sorted_tables
        }
    return {name: number for name, number in counted.items() if number}


def test_a_copied_course_has_the_assignments_and_rules_and_nobody(school) -> None:
    school.hint_budget(3, 48)
    school.hand_out(b"a zip file")
    # New York puts its clocks back in between: the hour of the day is the same there.
    school.due(datetime(2026, 10, 2, 23, 59, tzinfo=NEW_YORK))
    school.graded("ada")
    new = copied(school)
    with school.database.read() as session:
        course = session.get_one(Course, new)
        (made,) = course.assignments
        kept = session.get_one(Course, school.course.id).assignments[0]
        assert (course.slug, course.term, course.timezone) == ("dl-27", "Spring 2027", "America/New_York")
        for same in ("slug", "title", "suite_id", "handout", "hint_budget", "hint_hours", "show_output", "opens_at"):
            assert getattr(made, same) == getattr(kept, same), same
        assert made.due_at.astimezone(NEW_YORK).isoformat() == "2027-02-19T23:59:00-05:00"
        assert courses.versions(session, made) == [kept.suite]
        assert session.scalars(select(Enrolment).where(Enrolment.course_id == new)).all() == []
        # What was shown to these students is not yet to be shown to those.
        assert made.results_published_at is None
        assert kept.results_published_at is not None
    assert len(school.submissions()) == 1


def test_no_row_that_is_of_a_person_or_their_work_is_copied(school) -> None:
    school.graded("ada")
    school.extended("bo")
    school.announced()
    school.grouped("chidi")
    school.asked(1)
    school.say(1, "Read the hint first.")
    before = rows(school)
    copied(school)
    after = rows(school)
    more = {name: number - before.get(name, 0) for name, number in after.items() if number != before.get(name, 0)}
    assert more == {"course": 1, "assignment": 1, "synced_suite": 1, "audit_entry": 2}


def test_who_copies_is_the_new_course_s_one_instructor_and_both_logs_tell_of_it(school) -> None:
    new = copied(school, instructor=school.users["ines"])
    with school.database.read() as session:
        (place,) = session.scalars(select(Enrolment).where(Enrolment.course_id == new))
        assert (place.user.login, place.role) == ("ines", "instructor")
        told = session.execute(select(AuditEntry.course_id, AuditEntry.action, AuditEntry.actor)).all()
    old = school.course.id
    assert sorted(told) == sorted(
        [(old, "course.copy", "ines"), (new, "course.copy", "ines"), (new, "roster.add", "ines")]
    )


@pytest.mark.parametrize(
    ("slug", "says"), [("dl", "There is a course “dl” already"), ("Next Term", "the short name 'Next Term' is not")]
)
def test_a_short_name_that_cannot_be_makes_nothing(school, slug, says) -> None:
    before = rows(school)
    with pytest.raises(CannotCopy, match=says) as error:
        copied(school, Wanted(slug, "Deep Learning", "Spring 2027", 7), instructor=school.users["ines"])
    assert error.value.field == "slug"
    assert rows(school) == before


def test_dates_that_contradict_each_other_are_told_and_nothing_is_made(school) -> None:
    """Half an hour that the clocks leave out that day lies between the two: it opens and is due at one moment."""
    school.due(datetime(2026, 3, 7, 3, 0, tzinfo=NEW_YORK))
    school.opens(datetime(2026, 3, 7, 2, 0, tzinfo=NEW_YORK))
    before = rows(school)
    with pytest.raises(CannotCopy, match=r"MyTorch: It is due Sun 8 Mar 2026.*opens only"):
        copied(school, Wanted("next", "Next", "Fall", 1))
    assert rows(school) == before
    assert copied(school, Wanted("next", "Next", "Fall", 2))


def test_tests_that_no_check_found_ready_do_not_come_along_and_neither_does_anything_else(school) -> None:
    with school.database.write() as session:
        suite = Suite(hash="7" * 64, assignment="hw1p1", blob="c" * 64, manifest=MANIFEST)
        session.add(suite)
        session.flush()
        session.get_one(Assignment, school.assignment.id).suite_id = suite.id
    before = rows(school)
    with pytest.raises(CannotCopy, match=r"MyTorch cannot come along\. The tests 7777777777 were never checked"):
        copied(school)
    assert rows(school) == before


def test_dates_beyond_every_calendar_are_told(school) -> None:
    school.due(datetime(9999, 12, 1, tzinfo=UTC))
    with pytest.raises(CannotCopy, match="No calendar goes so far"):
        copied(school)


def test_who_has_seen_other_dates_copies_nothing(school) -> None:
    with school.database.read() as session:
        seen = copying.plan(session, session.get_one(Course, school.course.id), 140).digest
    school.due(datetime(2026, 10, 2, 23, 59, tzinfo=NEW_YORK))
    before = rows(school)
    with pytest.raises(Unseen):
        copied(school, seen=seen)
    assert rows(school) == before


def test_the_proposal_brings_the_first_date_to_come_by_half_years(school) -> None:
    first = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
    school.due(first + timedelta(days=40))
    school.opens(first)
    with school.database.read() as session:
        course = session.get_one(Course, school.course.id)
        for later, proposed in ((-10, 26), (100, 26), (181, 26), (183, 52), (800, 130)):
            days = copying.proposed_days(session, course, first + timedelta(days=later))
            assert days == proposed * 7, later
