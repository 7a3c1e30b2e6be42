"""A roster file changes what it was shown to change, all of it or nothing; no work goes with a place that ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from submissions.changes import roster_changes
from submissions.changes.roster_changes import Kind, Outdated
from submissions.models import AuditEntry, Enrolment, Role, User
from submissions.people import people, roster, roster_file
from submissions.people.roster import BadRoster
from submissions.suites import courses
from tests.school import School
from tests.web.test_queries import counted


@pytest.fixture
def school(tmp_path) -> Iterator[School]:
    school = School(tmp_path / "data")
    yield school
    school.close()


def planned(school: School, text: str, end_missing: bool = False, by: str | None = "ines") -> roster_changes.Plan:
    with school.database.read() as session:
        file = roster_file.read(text)
        return roster_changes.plan(session, school.course.id, file, end_missing, school.users[by].id if by else None)


def taken(
    school: School, text: str, end_missing: bool = False, seen: str = "", by: str | None = "ines"
) -> roster_changes.Plan:
    file = roster_file.read(text)
    digest = seen or planned(school, text, end_missing, by).digest
    by_id = school.users[by].id if by else None
    with school.database.write() as session:
        return roster_changes.apply(session, school.course.id, file, end_missing, digest, by or "shell", by_id=by_id)


def places(school: School) -> dict[str, tuple[str, str]]:
    with school.database.read() as session:
        live = select(Enrolment).where(Enrolment.course_id == school.course.id, Enrolment.ended_at.is_(None))
        return {each.user.login: (each.role, each.section) for each in session.scalars(live)}


def kinds(plan: roster_changes.Plan) -> dict[str, str]:
    return {change.login: str(change.kind) for change in plan.changes}


def test_people_are_added_moved_renamed_ended_and_taken_back(school) -> None:
    school.left("bo")
    school.joined("gone")
    text = "login,name,section,role\nnew,New,A,\noz,,B,staff\nada,Ada King,,\nbo,,C,\nchidi,,,staff\nines,,,\n"
    plan = taken(school, text, end_missing=True)
    expected = {"new": "added", "oz": "added", "ada": "renamed", "bo": "back", "chidi": "moved", "gone": "ended"}
    assert kinds(plan) == expected
    assert plan.unchanged == 1
    assert places(school) == {
        "ines": ("instructor", ""),
        "stan": ("staff", ""),
        "new": ("student", "A"),
        "oz": ("staff", "B"),
        "ada": ("student", ""),
        "bo": ("student", "C"),
        "chidi": ("staff", ""),
    }
    with school.database.read() as session:
        assert session.scalar(select(User.name).where(User.login == "ada")) == "Ada King"
        entries = [(each.actor, each.action) for each in session.scalars(select(AuditEntry))]
    assert set(entries) == {("ines", f"roster.{each}") for each in ("add", "remove", "import")} | {
        ("ines", "user.rename")
    }
    assert planned(school, text, end_missing=True).changes == ()


def test_what_a_file_does_not_say_stays(school) -> None:
    taken(school, "login,section,role\nada,A,staff")
    assert planned(school, "login\nada").changes == ()
    assert kinds(planned(school, "login,section\nada,")) == {"ada": "moved"}


def test_who_led_the_course_once_comes_back_as_a_student_unless_the_file_says_otherwise(school) -> None:
    school.left("stan")
    taken(school, "login\nstan")
    assert places(school)["stan"] == ("student", "")


def test_students_alone_are_ended_and_only_when_that_is_chosen(school) -> None:
    assert kinds(planned(school, "login\nada")) == {}
    assert kinds(planned(school, "login\nada", end_missing=True)) == {"bo": "ended", "chidi": "ended"}


def test_nobody_is_ended_while_a_line_cannot_be_taken(school) -> None:
    plan = planned(school, "login,role\nada,\nbo,dean", end_missing=True)
    assert (kinds(plan), plan.withheld) == ({}, True)


def test_a_new_account_needs_a_name(school) -> None:
    plan = planned(school, "login\nada\nnew")
    assert [(each.number, "needs a name" in each.what) for each in plan.troubles] == [(3, True)]


def test_an_account_is_not_renamed_by_a_course_that_is_not_its_only_one(school) -> None:
    with school.database.write() as session:
        other = courses.create_course(session, "other", "Other")
        people.enrol(session, other.id, school.users["ada"].id, Role.STUDENT)
    plan = planned(school, "login,name\nada,Mallory\noz,Mallory\nbo,Bo King")
    assert kinds(plan) == {"oz": "added", "bo": "renamed"}
    assert [each.number for each in plan.notes] == [2, 3]


def test_nobody_takes_their_own_role_or_the_last_instructor_from_a_course(school) -> None:
    assert [each.number for each in planned(school, "login,role\nines,student").troubles] == [2]
    before = places(school)
    with pytest.raises(BadRoster, match="without an instructor"):
        taken(school, "login,role\nines,student\nada,staff", by=None)
    assert places(school) == before
    with school.database.write() as session, pytest.raises(BadRoster, match="your own place"):
        roster.end(session, school.course.id, "ines", school.users["ines"])


def test_who_was_shown_another_plan_changes_nothing(school) -> None:
    text = "login,section\nada,A\nbo,A"
    seen = planned(school, text).digest
    taken(school, "login,section\nbo,B")
    before = places(school)
    with pytest.raises(Outdated):
        taken(school, text, seen=seen)
    assert places(school) == before


def test_an_instructor_whose_place_ended_meanwhile_changes_nothing(school) -> None:
    school.left("ines")
    with school.database.write() as session, pytest.raises(BadRoster, match="no longer an instructor"):
        roster.end(session, school.course.id, "ada", school.users["ines"])
    assert "ada" in places(school)


def test_who_is_taken_back_has_role_section_and_work_again(school) -> None:
    taken(school, "login,section,role\nada,A,staff")
    submission = school.graded("ada")
    with school.database.write() as session:
        roster.end(session, school.course.id, "ada", school.users["ines"])
    assert "ada" not in places(school)
    with school.database.write() as session:
        roster.again(session, school.course.id, "ada", school.users["ines"])
    assert places(school)["ada"] == ("staff", "A")
    assert [each.id for each in school.submissions()] == [submission]


def test_a_long_file_is_planned_by_a_bounded_number_of_queries(school) -> None:
    text = "login,name\n" + "\n".join(f"p{n},Person {n}" for n in range(2000))
    with counted(school.database.engine) as statements:
        plan = planned(school, text)
    assert len(plan.of(Kind.ADDED)) == 2000
    assert len(statements) < 12


def limits(school: School) -> dict[str, list[str]]:
    with school.database.read() as session:
        return {each.user.login: each.limited_to for each in session.scalars(select(Enrolment)) if each.limited_to}


def test_a_file_limits_staff_to_sections_and_nobody_else(school) -> None:
    plan = taken(school, "login,role,limited to\nstan,,A | Lab 3\noz,ta,A\nines,,B\nada,,B\nbo,,\n")
    assert limits(school) == {"stan": ["A", "Lab 3"], "oz": ["A"]}
    assert [trouble.number for trouble in plan.troubles] == [4, 5]
    assert "only staff are limited to sections" in plan.troubles[0].what
    taken(school, "login,section\nstan,A\noz,")
    assert limits(school) == {"stan": ["A", "Lab 3"], "oz": ["A"]}
    taken(school, "login,role,limited to\nstan,,\noz,student,")
    assert limits(school) == {}


def test_who_is_no_longer_staff_is_no_longer_limited_and_who_comes_back_is_as_before(school) -> None:
    taken(school, "login,limited to\nstan,A")
    school.left("stan")
    taken(school, "login,role\nstan,staff")
    assert limits(school) == {"stan": ["A"]}
    taken(school, "login,role\nstan,instructor")
    assert limits(school) == {}
