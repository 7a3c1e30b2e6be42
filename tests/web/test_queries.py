"""A page asks the database as often with many rows as with few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from submissions import models
from submissions.models import Decision, now
from submissions.people import people
from submissions.scores.error_groups import key
from submissions.suites import courses
from tests.checks import passed
from tests.school import MANIFEST, School, outcomes
from tests.web.conftest import visits

MOST = 18
GROUP = key("test_activations.py::6", "nan Tanh")


@contextmanager
def counted(engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """One of each, for those who only look."""
    yield from _school(tmp_path_factory.mktemp("few"), more=0)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The same, and several of each besides."""
    yield from _school(tmp_path_factory.mktemp("many"), more=4)


def _school(folder: Path, more: int) -> Iterator[School]:
    school = School(folder / "data")
    school.graded("ada")
    school.faulty("bo")
    school.decided("ada", Decision.POINTS, 1)
    school.asked(1)
    school.roster("login,name\nnew,New Person")
    school.joined(*(f"more{number}" for number in range(more)))
    school.extended("chidi")
    for number in range(more):
        school.extended(f"more{number}")
    for group in (("ada", "bo"), *((f"more{number}",) for number in range(more))):
        school.grouped(*group)
    school.left(*(f"more{number}" for number in range(more // 2)))
    for number in range(more + 1):
        school.announced(f"Announcement {number}")
        school.announced(f"Of the homework, {number}", assignment_id=school.assignment.id)
    for number in range(more):
        with school.database.write() as session:
            courses.create_assignment(session, school.course.id, f"more{number}", f"More {number}", suite=school.suite)
        school.graded("ada", ago=timedelta(days=1, minutes=number))
        school.faulty("bo")
        school.asked(school.graded("bo"))
        school.upload("chidi")
        school.decided("ada", Decision.POINTS, number + 1)
        school.say(1, f"Remark {number}")
        school.say(1, f"Remark {number}", path="hw1/hw1.py", line=1)
        school.graded(f"more{number}", "poor")
    school.regraded()
    school.reviewed(outcomes("mistakes"))
    yield school
    school.close()


@pytest.mark.parametrize("login", ["ada", "ines"])
@pytest.mark.parametrize(
    "path",
    [
        "/courses/dl/",
        "/courses/dl/assignments/hw1p1/",
        "/submissions/1/",
        "/submissions/1/live",
        "/courses/dl/?as=student",
        "/courses/dl/assignments/hw1p1/?as=student",
        "/submissions/1/?as=student",
        "/courses/dl/news/",
        "/courses/dl/announcements/",
        "/courses/dl/copy/",
        "/courses/dl/hand-ins",
        "/courses/dl/requests",
        "/courses/dl/roster/",
        "/courses/dl/roster/?only=ended",
        "/courses/dl/roster/file/1/",
        "/courses/dl/roster/stan/sections",
        "/courses/dl/roster/invitations/",
        "/courses/dl/audit/?words=ada&from=2020-01-01",
        "/courses/dl/assignments/hw1p1/regrades/",
        "/courses/dl/assignments/hw1p1/regrades/1/",
        "/courses/dl/assignments/hw1p1/regrades/1/live",
        "/courses/dl/assignments/hw1p1/tests/",
        "/courses/dl/assignments/hw1p1/tests/1/",
        "/courses/dl/assignments/hw1p1/tests/1/check/live",
        "/courses/dl/gradebook",
        "/courses/dl/gradebook?of=hw1p1",
        "/courses/dl/gradebook.csv",
        "/courses/dl/at-risk",
        "/courses/dl/students/ada/",
        "/courses/dl/assignments/hw1p1/statistics/",
        "/courses/dl/assignments/hw1p1/decisions/",
        "/courses/dl/assignments/hw1p1/rules/",
        "/courses/dl/assignments/hw1p1/extensions/",
        "/courses/dl/assignments/hw1p1/student-groups/",
        "/courses/dl/assignments/hw1p1/student-groups/file/",
        "/courses/dl/assignments/hw1p1/decisions/ada/",
        "/courses/dl/assignments/hw1p1/groups/",
        f"/courses/dl/assignments/hw1p1/groups/{GROUP}/",
        "/submissions/1/code/hw1/hw1.py",
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(few, many, path, login) -> None:
    of_staff = (
        "hand-ins",
        "requests",
        "announcements",
        "regrades",
        "decisions",
        "groups/",
        "gradebook",
        "at-risk",
        "students",
        "statistics",
        "/tests/",
    )
    if any(each in path for each in of_staff) and login == "ada":
        login = "stan"
    if any(each in path for each in ("audit", "roster", "/rules/", "extensions", "/copy/")):
        login = "ines"
    of_few, of_many = _sent(few, login, path), _sent(many, login, path)
    assert len(of_many) == len(of_few), of_many
    assert len(of_many) <= MOST


def _sent(school: School, login: str, path: str) -> list[str]:
    person = visits(school, school.app())(login)
    with counted(school.database.engine) as statements:
        assert person.get(path).status_code == 200
    return statements


def test_the_list_of_one_s_courses_costs_no_query_for_each(school, visit) -> None:
    ada = visit("ada")
    counts = []
    for added in (1, 4):
        for number in range(added):
            with school.database.write() as session:
                course = courses.create_course(session, f"c{added}{number}", "Course", f"Term {number}")
                people.enrol(session, course.id, school.users["ada"].id, models.Role.STUDENT)
                for due in (now() - timedelta(days=100 * number), None):
                    slug = "dated" if due else "undated"
                    courses.create_assignment(session, course.id, slug, "Homework", due_at=due, suite=school.suite)
        with counted(school.database.engine) as statements:
            assert ada.get("/").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= MOST, statements


@pytest.mark.parametrize(
    ("login", "path"), [("ada", "/courses/dl/"), ("ines", "/courses/dl/"), ("stan", "/courses/dl/hand-ins")]
)
def test_points_by_a_person_cost_no_query_of_their_own_for_each_row(school, visit, path, login) -> None:
    first = school.answered("ada")
    person = visit(login)
    with counted(school.database.engine) as few:
        assert person.get(path).status_code == 200
    school.give(first, "q1-1", 5)
    for number in range(4):
        for student in ("ada", "bo", "chidi"):
            submission = school.graded(student, ago=timedelta(days=1, minutes=number))
            school.give(submission, "q1-1", number)
    with counted(school.database.engine) as many:
        assert person.get(path).status_code == 200
    assert len(many) == len(few) <= MOST, many


@pytest.mark.parametrize("path", ["", "q1-1/1/"])
def test_the_work_of_graders_costs_no_query_for_each_answer(school, visit, path) -> None:
    first = school.answered("ada")
    stan = visit("stan")
    counts = []
    for students in ((), ("bo", "chidi"), [f"more{number}" for number in range(4)]):
        school.joined(*(each for each in students if each not in school.users))
        for each in students:
            school.give(school.graded(each), "q1-1", 3)
        # The first look makes the row that the others renew.
        stan.get(f"/courses/dl/assignments/hw1p1/grading/q1-1/{first}/")
        with counted(school.database.engine) as statements:
            assert stan.get(f"/courses/dl/assignments/hw1p1/grading/{path}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] == counts[2] <= MOST, statements


# Nobody of that name: the rows of the page themselves bring values.
@pytest.mark.parametrize("path", ["/courses/dl/", "/courses/dl/hand-ins?only=by-hand&who=nobody"])
def test_what_waits_for_points_is_no_list_of_values_in_a_query(school, visit, path) -> None:
    """A driver takes only so many values with a query, and a course may have more hand-ins."""
    school.answered("ada")
    ines = visit("ines")
    values: list[int] = []

    def note(_connection, _cursor, _statement, parameters, *_) -> None:
        values.append(len(parameters))

    event.listen(school.database.engine, "before_cursor_execute", note)
    assert ines.get(path).status_code == 200
    few = values.copy()
    for student in ("bo", "chidi"):
        school.graded(student)
    values.clear()
    assert ines.get(path).status_code == 200
    event.remove(school.database.engine, "before_cursor_execute", note)
    assert values == few


def test_versions_of_the_tests_and_their_checks_cost_no_query_of_their_own(school, visit) -> None:
    stan = visit("stan")
    counts = []
    for number in range(3):
        with counted(school.database.engine) as statements:
            assert stan.get("/courses/dl/assignments/hw1p1/tests/").status_code == 200
        counts.append(len(statements))
        with school.database.write() as session:
            suite = models.Suite(hash=str(number) * 64, assignment="hw1p1", blob="c" * 64, manifest=MANIFEST)
            courses.bring(session, school.assignment.id, passed(session, suite), "ines")
    assert counts[0] == counts[1] == counts[2] <= MOST


def test_a_running_page_asks_as_often_early_as_late(school, visit) -> None:
    ada = visit("ada")
    counts = []
    for tests in (1, 18):
        submission = school.running("ada", tests)
        with counted(school.database.engine) as statements:
            ada.get(f"/submissions/{submission}/live")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= MOST
