"""Each bundled assignment, from what a student packs to the gradebook: real reports of the real grader, by task."""

from __future__ import annotations

import io
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from grader.assignment import load
from grader.checking.result import kept
from submissions.gradings import lifecycle
from submissions.handing_in import intake
from submissions.models import Grading, Submission, User, now
from submissions.scores import by_hand, manual
from submissions.suites import checked, courses
from tests.bundled import BUNDLED, by_task, copy_of, packed
from tests.web.test_gradebook import rows

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]


def handed_in(school, assignment, content: bytes, report) -> int:
    """Ada's hand-in with the grader's report of it; returns its number."""
    submission = intake.accept(
        school.database,
        school.blobs,
        assignment_id=assignment.id,
        user_id=school.users["ada"].id,
        filename="handin.tar",
        stream=io.BytesIO(content),
        received_at=now(),
        max_bytes=10_000_000,
        receipt_key=school.secrets.receipt_key,
        wake=lambda *_: True,
    )
    with school.database.read() as session:
        grading = session.scalars(select(Grading.id).where(Grading.submission_id == submission.id)).one()
    assert lifecycle.finish(school.database, lifecycle.claim(school.database, grading, 60), report)
    return submission.id


@pytest.mark.parametrize("name", sorted(BUNDLED))
@pytest.mark.parametrize("source", ["reference", "handout"])
def test_what_was_packed_stands_in_the_gradebook_by_task(school, visit, grading_of, tmp_path: Path, name, source):
    folder = BUNDLED[name]
    with school.database.write() as session:
        suite = courses.sync_suite(school.database, school.blobs, folder)
        checked.keep(session, suite, kept(folder), "ines")
        assignment = courses.create_assignment(session, school.course.id, "bundled", load(folder).title, suite=suite)
    report = grading_of(f"{name}/{source}")
    submission = handed_in(school, assignment, packed(folder, copy_of(folder / source, tmp_path)).read_bytes(), report)
    written = {task.id: task for task in manual.written_tasks(suite)}
    with school.database.write() as session:
        ines = session.get_one(User, school.users["ines"].id)
        found = session.get_one(Submission, submission)
        for task in written.values():
            manual.give(session, found, task, manual.Judgement(Decimal(str(task.points))), ines, seen=None)
        by_hand.release(session, assignment.id, ines)
    given = sum(task.points for task in written.values())
    head, *students = rows(visit("stan").get("/courses/dl/gradebook?of=bundled"))
    (ada,) = [row for row in students if row[0].startswith("Ada")]
    scores = by_task(report) | {task.id: task.points for task in written.values()}
    assert float(ada[1]) == report.score + given
    shown = {unescape(title).partition(" of ")[0]: float(cell) for title, cell in zip(head[2:], ada[2:], strict=True)}
    assert shown == {task.title.partition(" of ")[0]: scores[task.id] for task in load(folder).tasks}
