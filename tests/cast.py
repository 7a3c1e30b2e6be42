"""The fixed cast and what they work on: a course with one assignment, in a fresh database of each kind."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from grader.report import Hint, Report, TaskReport, TestReport
from submissions.models import (
    Assignment,
    Author,
    Course,
    Enrolment,
    Grading,
    Queue,
    Role,
    State,
    Submission,
    Suite,
    User,
)
from submissions.storage.database import Database
from tests.checks import passed

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = {
    "ines": ("Ines Instructor", Role.INSTRUCTOR),
    "ada": ("Ada Lovelace", Role.STUDENT),
    "bo": ("Bo Søndergård", Role.STUDENT),
    "chidi": ("Chidi Ọ̀ṣun", Role.STUDENT),
    "oz": ("Oz Outsider", None),
}
MANIFEST = {
    "id": "lines",
    "title": "Lines",
    "summary": "Two lines.",
    "files": ["mytorch/linear.py"],
    "command": "sh create_tarball.sh",
    "tasks": [{"id": "linear", "title": "Linear", "points": 10.0}, {"id": "relu", "title": "ReLU", "points": 5.0}],
    "tests": [
        {
            "id": "test_lines.py::test_forward",
            "task": "linear",
            "title": "forward",
            "points": 10.0,
            "visibility": "always",
        },
        {"id": "test_lines.py::test_relu", "task": "relu", "title": "relu", "points": 5.0, "visibility": "always"},
    ],
}


def report(score: float = 10.0) -> Report:
    """A result of the assignment `lines`: Linear passed, ReLU did not, unless the score says otherwise."""
    relu = max(0.0, score - 10)
    return Report(
        assignment="lines",
        suite="0" * 64,
        score=score,
        max_score=15.0,
        seconds=1.5,
        phases={"unpack": 0.01, "tests": 1.2},
        tasks=(TaskReport("linear", "Linear", min(score, 10), 10), TaskReport("relu", "ReLU", relu, 5)),
        tests=(
            TestReport("test_lines.py::test_forward", "linear", "forward", min(score, 10), 10, "passed", seconds=0.5),
            TestReport(
                "test_lines.py::test_relu",
                "relu",
                "relu",
                relu,
                5,
                "passed" if relu else "wrong",
                message="Your code ran, but its result is not the reference's.",
                hints=(Hint("scale", "20 times too large", {"factor": 20.0}),),
            ),
        ),
    )


class Cast:
    """Ids of what is in the database, and short ways to add to it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        with db.write() as session:
            course = Course(slug="dl", title="Deep Learning", term="Spring 2026", timezone="America/New_York")
            suite = Suite(hash="5" * 64, assignment="lines", blob="b" * 64, manifest=MANIFEST)
            session.add_all([course, suite])
            session.flush()
            passed(session, suite)
            assignment = Assignment(
                course_id=course.id,
                slug="lines",
                title="Lines",
                due_at=NOON + timedelta(days=7),
                suite_id=suite.id,
                points_released_at=NOON,
            )
            users = {login: User(login=login, name=name) for login, (name, _) in PEOPLE.items()}
            session.add_all([assignment, *users.values()])
            session.flush()
            session.add_all(
                Enrolment(course_id=course.id, user_id=users[login].id, role=role)
                for login, (_, role) in PEOPLE.items()
                if role is not None
            )
            self.course_id, self.suite_id, self.assignment_id = course.id, suite.id, assignment.id
            self.user_ids = {login: user.id for login, user in users.items()}

    def upload(
        self, login: str = "ada", content: bytes = b"a hand-in", minutes: int = 0, together: Sequence[str] = ()
    ) -> int:
        """A submission received so many minutes after noon, by rows alone, `together` with others; returns its id."""
        with self.db.write() as session:
            submission = Submission(
                assignment_id=self.assignment_id,
                user_id=self.user_ids[login],
                blob=hashlib.sha256(content).hexdigest(),
                size=len(content),
                filename="handin.tar",
                received_at=NOON + timedelta(minutes=minutes),
                receipt="",
                due_at=session.get_one(Assignment, self.assignment_id).due_at,
                authors=[Author(user_id=self.user_ids[each]) for each in (login, *together)],
            )
            session.add(submission)
            session.flush()
            return submission.id

    def queued(self, login: str = "ada", queue: Queue = Queue.INTERACTIVE, submission: int | None = None) -> int:
        """A queued grading, of a new submission unless one is given; returns its id."""
        submission = submission or self.upload(login)
        with self.db.write() as session:
            grading = Grading(submission_id=submission, suite_id=self.suite_id, queue=queue)
            session.add(grading)
            session.flush()
            return grading.id

    def grading(self, grading_id: int) -> Grading:
        """The grading's row as it is now."""
        with self.db.read() as session:
            return session.get_one(Grading, grading_id)

    def state(self, grading_id: int) -> str:
        """The grading's state as it is now."""
        return self.grading(grading_id).state

    def states(self) -> list[str]:
        """Every grading's state, in the order of their ids."""
        with self.db.read() as session:
            return list(session.scalars(select(Grading.state).order_by(Grading.id)))

    def all_final(self) -> bool:
        """Nothing waits and nothing runs."""
        return not {State.QUEUED, State.RUNNING} & {State(state) for state in self.states()}


@pytest.fixture
def cast(database: Database) -> Cast:
    """The cast, their course and its assignment."""
    return Cast(database)
