"""What the health page says of the phases of late gradings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from submissions.gradings.timings import Timing, timings
from submissions.models import Grading, Queue
from tests.school import School


@pytest.fixture
def school(tmp_path) -> Iterator[School]:
    school = School(tmp_path / "data")
    yield school
    school.close()


def _timed(school, grading: int, waited: float, tests: float) -> None:
    with school.database.write() as session:
        found = session.get_one(Grading, grading)
        found.queued_at = found.started_at - timedelta(seconds=waited)
        found.finished_at = found.started_at + timedelta(seconds=tests)
        found.phases = {"claim": 0.0, "tests": tests}


def test_half_and_most_of_each_phase_are_told_between_the_wait_and_the_whole(school) -> None:
    for n in range(1, 21):
        school.graded("ada")
        _timed(school, n, waited=float(n), tests=2.0 * n)
    with school.database.read() as session:
        found = timings(session)
    assert found.gradings == 20
    assert found.phases == (
        Timing("waiting", 10.0, 19.0),
        Timing("claim", 0.0, 0.0),
        Timing("tests", 20.0, 38.0),
        Timing("all together", 30.0, 57.0),
    )


def test_what_no_student_waited_for_is_left_out(school) -> None:
    school.graded("ada")
    with school.database.write() as session:
        session.execute(update(Grading).values(queue=Queue.REGRADE))
    school.upload("bo")
    with school.database.read() as session:
        assert timings(session).gradings == 0
