"""Which students fail a test in the same way: what counts, clustered by test and symptom. Nothing here writes.

Gradings in the shadow are no part of it, and each page asks a fixed number of queries, however many students there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from grader.verdicts import CATALOGUE
from submissions.models import Assignment, Comment, Grading, State, Submission, TestResult, User
from submissions.people.reach import Reach
from submissions.scores import counting

MOST = 100
"""Groups that are listed, those of most students first."""

_PASSED = "passed"
_PART = 500  # groups that are in memory at once while one is looked for


class Group(msgspec.Struct, frozen=True):
    """The `students` whose counting submission fails `test` in one way; `text` is what one of them was told first.

    `points` hang on the test, of each of them.
    """

    test: str
    symptom: str
    students: int
    title: str
    points: float
    verdict: str
    text: str
    message: str

    @property
    def key(self) -> str:
        """Its name in an address."""
        return key(self.test, self.symptom)


class Groups(msgspec.Struct, frozen=True):
    """The groups of an assignment; `graded` students have a result that counts, and `more` groups are not listed."""

    graded: int
    groups: tuple[Group, ...]
    more: int


class Member(msgspec.Struct, frozen=True):
    """A student of a group, with the submission that counts, and the test's visibility by the suite that graded it."""

    submission_id: int
    name: str
    login: str
    received_at: datetime
    visibility: str


class Reply(msgspec.Struct, frozen=True):
    """What was said to a group, by whom, and when first: in the comment of that id.

    `submissions` of the group read it, and so many more of those that `left` it since.
    """

    comment_id: int
    text: str
    name: str
    at: datetime
    submissions: int
    left: int


def groups(session: Session, assignment: Assignment, reach: Reach) -> Groups:
    """Every group of the assignment, those of most students first, and among these those on which most points hang."""
    rows = _counted(session, assignment, reach)
    listed = rows[:MOST]
    asked = select(TestResult).where(TestResult.id.in_([row.id for row in listed]))
    said = {result.id: result for result in session.scalars(asked)}
    found = tuple(_group(said[row.id], row.students) for row in listed)
    return Groups(graded(session, assignment, reach), found, len(rows) - len(listed))


def group(session: Session, assignment: Assignment, reach: Reach, name: str) -> Group | None:
    """The group of that key. One that nobody is in any more has 0 students; None: there never was one."""
    rows = _counted(session, assignment, reach)
    row = next((row for row in rows if key(row.test, row.symptom) == name), None) or _recorded(
        session, assignment, reach, name
    )
    return _group(session.get_one(TestResult, row.id), row.students) if row is not None else None


def graded(session: Session, assignment: Assignment, reach: Reach) -> int:
    """How many students have a result that counts."""
    return session.scalars(select(func.count()).select_from(_counting(assignment, reach).subquery())).one()


def members(session: Session, assignment: Assignment, reach: Reach, of: Group) -> list[Member]:
    """The students of a group by name; who handed in together stand there each, with the same submission."""
    found = failing(assignment, reach, of.test, of.symptom).subquery()
    counts = counting.that_count([assignment.id], reach)
    rows = session.execute(
        select(counts.c.id, User.name, User.login, counts.c.received_at, found.c.visibility)
        .join(found, found.c.submission_id == counts.c.id)
        .join(User, User.id == counts.c.user_id)
        .order_by(func.lower(User.name), counts.c.id)
    )
    return [Member(*row) for row in rows]


def replies(session: Session, assignment: Assignment, reach: Reach, of: Group) -> list[Reply]:
    """What was said to the group, the newest first; also where nobody is in it any more."""
    found = failing(assignment, reach, of.test, of.symptom).subquery()
    first = func.min(Comment.id)
    rows = session.execute(
        select(
            first.label("id"),
            Comment.text,
            User.name,
            func.min(Comment.at).label("at"),
            func.count(found.c.submission_id).label("still"),
            func.count().label("told"),
        )
        .join(Submission, Submission.id == Comment.submission_id)
        .outerjoin(found, found.c.submission_id == Comment.submission_id)
        .join(User, User.id == Comment.by_id)
        .where(
            Submission.assignment_id == assignment.id,
            Comment.group_key == of.key,
            Comment.withdrawn_at.is_(None),
            reach.of_submissions(assignment.course_id),
        )
        .group_by(Comment.text, User.id, User.name)
        .order_by(first.desc())
    )
    return [Reply(row.id, row.text, row.name, row.at, row.still, row.told - row.still) for row in rows]


def alike(found: Iterable[Group]) -> list[list[Group]]:
    """The groups by symptom, in the order of their first: one mistake shows in every test that meets it."""
    together: dict[str, list[Group]] = {}
    for each in found:
        together.setdefault(each.symptom, []).append(each)
    return list(together.values())


def failing(
    assignment: Assignment, reach: Reach, test: str = "", symptom: str = ""
) -> Select[int, str, str, float, int, str, int]:
    """The results that did not pass, of what counts, each with its submission_id; or those of one group."""
    found = (
        select(
            TestResult.id,
            TestResult.test,
            TestResult.symptom,
            TestResult.max_points,
            TestResult.position,
            TestResult.visibility,
            Grading.submission_id,
        )
        .join(Grading, Grading.id == TestResult.grading_id)
        # A list of gradings first, and their results by its index: as a join, SQLite goes through all results ever.
        .where(TestResult.grading_id.in_(_counting(assignment, reach)), TestResult.verdict != _PASSED)
    )
    return found.where(TestResult.test == test, TestResult.symptom == symptom) if test else found


def _counting(assignment: Assignment, reach: Reach) -> Select[Any]:
    """The gradings with a result that speak for what counts."""
    counts = counting.that_count([assignment.id], reach)
    return select(counts.c.grading_id).where(counts.c.state == State.GRADED)


def _counted(session: Session, assignment: Assignment, reach: Reach) -> Sequence[Any]:
    """A row for each group: test, symptom, students, and the id of one of its results."""
    found = failing(assignment, reach).subquery()
    counts = counting.that_count([assignment.id], reach)
    students = func.count()
    return session.execute(
        select(found.c.test, found.c.symptom, students.label("students"), func.max(found.c.id).label("id"))
        .join(counts, counts.c.id == found.c.submission_id)
        .group_by(found.c.test, found.c.symptom)
        .order_by(students.desc(), func.max(found.c.max_points).desc(), func.min(found.c.position), found.c.symptom)
    ).all()


def _recorded(session: Session, assignment: Assignment, reach: Reach, name: str) -> Any:
    """The same of the one of that key among all that was ever graded, a part at a time; None without one.

    It has no students: they uploaded, or were graded, again since.
    """
    ever = (
        select(TestResult.test, TestResult.symptom, literal(0).label("students"), func.max(TestResult.id).label("id"))
        .join(Grading, Grading.id == TestResult.grading_id)
        .join(Submission, Submission.id == Grading.submission_id)
        .where(
            Submission.assignment_id == assignment.id,
            Grading.shadow.is_(False),
            TestResult.verdict != _PASSED,
            reach.of_submissions(assignment.course_id),
        )
        .group_by(TestResult.test, TestResult.symptom)
    )
    with session.execute(ever.execution_options(yield_per=_PART)) as rows:
        return next((row for row in rows if key(row.test, row.symptom) == name), None)


def _group(said: TestResult, students: int) -> Group:
    text = said.hints[0]["text"] if said.hints else said.message or CATALOGUE[said.verdict].student
    named = said.test, said.symptom, students, said.title, said.max_points, said.verdict
    return Group(*named, text, said.message)


def key(test: str, symptom: str) -> str:
    """Names a group in an address: made of what makes it one, so that it leads to the same group tomorrow."""
    return hashlib.sha256(f"{test}\n{symptom}".encode()).hexdigest()[:16]
