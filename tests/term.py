"""A term of a large course, by rows alone: seeded, sized by arguments, and graded by nobody.

`bench.pages` measures pages by it.
"""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import insert

from submissions.models import (
    Adjustment,
    Assignment,
    Author,
    Decision,
    Enrolment,
    Grading,
    Role,
    State,
    Submission,
    Suite,
    TaskScore,
    TestResult,
    User,
    now,
)
from tests.school import School

_FIRST = (
    "Ada",
    "Bo",
    "Chidi",
    "Đorđe",
    "Éloïse",
    "Фёдор",
    "Γιώργος",
    "हरि",
    "健太",
    "李",
    "مريم",
    "Wolfeschlegelstein",
)
_LAST = ("Lovelace", "Søndergård", "Ọ̀ṣun Adébáyọ̀", "Петровна", "de la Concepción y Fernández", "王", "Nguyễn", "O'Neil")
_SECTIONS = ("A", "B", "Evening", "")
_ENDS = (*[State.GRADED] * 30, State.QUEUED, State.RUNNING, State.FAULT, State.REFUSED, None)


def fill(
    school: School,
    students: int,
    assignments: int,
    tasks: int = 6,
    tests: bool = False,
    uploads: int = 3,
    seed: int = 1,
    name: str = "term",
) -> None:
    """Adds the students, and so many assignments of so many tasks of two tests; nine in ten hand in, some often.

    `tests` adds the result of each test as well. Logins and short names begin with `name`.
    """
    chance = random.Random(seed)
    begins = now() - timedelta(weeks=2 * assignments)
    with school.database.write() as session:
        people = [
            {"login": f"{name}{n:05}", "name": f"{chance.choice(_FIRST)} {chance.choice(_LAST)} {n}"}
            for n in range(students)
        ]
        users = list(session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), people))
        enrolled = [
            {"course_id": school.course.id, "user_id": user, "role": Role.STUDENT, "section": chance.choice(_SECTIONS)}
            for user in users
        ]
        session.execute(insert(Enrolment), enrolled)
        manifest = _manifest(tasks)
        suite = Suite(hash=f"{chance.getrandbits(256):064x}", assignment="term", blob="7" * 64, manifest=manifest)
        session.add(suite)
        session.flush()
        for n in range(assignments):
            due = begins + timedelta(weeks=2 * n + 2)
            assignment = Assignment(
                course_id=school.course.id, slug=f"{name}{n}", title=f"Homework {n + 1}", due_at=due, suite_id=suite.id
            )
            session.add(assignment)
            session.flush()
            sent = [
                {
                    "assignment_id": assignment.id,
                    "user_id": user,
                    "blob": f"{chance.getrandbits(256):064x}",
                    "size": 1000,
                    "filename": "handin.tar",
                    "received_at": due - timedelta(hours=chance.triangular(-12, 200, 4)),
                    "receipt": "",
                    "due_at": due,
                }
                for user in users
                if chance.random() < 0.9
                for _ in range(chance.randrange(1, uploads + 1))
            ]
            made = list(
                session.scalars(insert(Submission).returning(Submission.id, sort_by_parameter_order=True), sent)
            )
            session.execute(
                insert(Author),
                [
                    {"submission_id": submission, "user_id": each["user_id"]}
                    for submission, each in zip(made, sent, strict=True)
                ],
            )
            scored = []
            for submission in made:
                state = chance.choice(_ENDS)
                if state is None:
                    continue
                scores = [chance.choice((0.0, 5.0, 10.0, 10.0, 10.0)) for _ in range(tasks)]
                known = state == State.GRADED
                scored.append(
                    (
                        scores,
                        {
                            "submission_id": submission,
                            "suite_id": suite.id,
                            "state": state,
                            "score": sum(scores) if known else None,
                            "max_score": 10.0 * tasks if known else None,
                        },
                    )
                )
            gradings = list(
                session.scalars(
                    insert(Grading).returning(Grading.id, sort_by_parameter_order=True), [each for _, each in scored]
                )
            )
            graded = [
                (grading, scores)
                for grading, (scores, row) in zip(gradings, scored, strict=True)
                if row["state"] == State.GRADED
            ]
            session.execute(
                insert(TaskScore),
                [
                    {
                        "grading_id": grading,
                        "position": position,
                        "task": f"task{position}",
                        "title": f"Task {position}",
                        "score": score,
                        "max_score": 10.0,
                    }
                    for grading, scores in graded
                    for position, score in enumerate(scores)
                ],
            )
            if tests:
                session.execute(insert(TestResult), [row for each in graded for row in _results(*each)])
            session.add_all(
                Adjustment(
                    assignment_id=assignment.id,
                    user_id=chance.choice(users),
                    decision=decision,
                    points=None if decision is Decision.EXCUSE else 5.0,
                    reason="It was so decided.",
                    by_id=school.users["ines"].id,
                )
                for _ in range(students // 300 + 1)
                for decision in Decision
            )


def _manifest(tasks: int) -> dict:
    return {
        "id": "term",
        "title": "Term",
        "summary": "",
        "files": ["hw.py"],
        "command": "",
        "tasks": [{"id": f"task{n}", "title": f"Task {n}", "points": 10.0} for n in range(tasks)],
        "tests": [
            {
                "id": f"test_{n}.py::test_{part}",
                "task": f"task{n}",
                "title": f"Task {n}, part {part}",
                "points": 5.0,
                "visibility": "always",
            }
            for n in range(tasks)
            for part in range(2)
        ],
    }


def _results(grading: int, scores: list[float]) -> list[dict]:
    return [
        {
            "grading_id": grading,
            "position": 2 * n + part,
            "test": f"test_{n}.py::test_{part}",
            "task": f"task{n}",
            "title": f"Task {n}, part {part}",
            "points": 5.0 if score > 5 * part else 0.0,
            "max_points": 5.0,
            "verdict": "passed" if score > 5 * part else "wrong",
            "message": "",
            "hints": [],
            "seconds": 0.1,
            "output": "",
            "visibility": "always",
            "staff": "",
            "figures": [],
        }
        for n, score in enumerate(scores)
        for part in range(2)
    ]
