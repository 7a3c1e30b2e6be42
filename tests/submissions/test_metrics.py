"""The numbers for Prometheus: what is there, as text that its own parser reads, and nothing about anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from submissions.models import now
from submissions.service import metrics
from tests.school import School


@pytest.fixture
def school(tmp_path) -> Iterator[School]:
    school = School(tmp_path / "data")
    yield school
    school.close()


def read(school: School, later: timedelta = timedelta(0)) -> dict[tuple[str, ...], float]:
    with school.database.read() as session:
        text = metrics.text(session, now() + later).decode()
    families = text_string_to_metric_families(text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_a_service_that_nobody_uses_yet_says_so_in_numbers(school) -> None:
    found = read(school)
    assert found["handin_gradings", "interactive", "queued"] == 0
    assert found["handin_oldest_waiting_seconds", "interactive"] == 0
    assert found["handin_workers",] == 0
    assert found["handin_sweeper_silent_seconds",] == float("inf")
    assert "handin_verification_findings" not in {name for name, *_ in found}


def test_what_waits_runs_fails_and_took_how_long_is_counted(school) -> None:
    school.graded("ada")
    school.upload("bo")
    school.running("chidi")
    school.faulty("ada")
    school.lives(workers=2)
    found = read(school, later=timedelta(seconds=50))
    assert (found["handin_gradings", "interactive", "queued"], found["handin_gradings", "interactive", "running"]) == (
        1,
        1,
    )
    assert 50 <= found["handin_oldest_waiting_seconds", "interactive"] < 80
    assert (found["handin_workers",], found["handin_grader_faults_open",]) == (2, 1)
    assert 50 <= found["handin_sweeper_silent_seconds",] < 80
    assert found["handin_grading_phase_seconds", "all together", "0.95"] >= 0


def test_no_course_and_nobody_is_named(school) -> None:
    school.graded("ada")
    with school.database.read() as session:
        text = metrics.text(session, now()).decode()
    assert "ada" not in text
    assert "hw1p1" not in text
