"""Every bundled assignment grades right: in the real sandbox, against a table of solutions with known faults."""

import subprocess
import sys

import pytest

from grader.assignment import load
from tests.bundled import BUNDLED, KNOWN_WRONG, ROWS, by_task, copy_of, failed, first_failure, titles

PUBLIC = [test for suite in BUNDLED.values() for test in sorted((suite / "handout").glob("test*.py"))]

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]


def full_marks(suite):
    return {task.id: task.points for task in load(suite).tested}


@pytest.fixture(params=sorted(BUNDLED))
def suite(request):
    return BUNDLED[request.param]


def test_the_right_solution_gets_full_marks_in_every_task(grading_of, suite):
    report = grading_of(f"{suite.name}/reference")
    assert not titles(failed(report, scored=True) + failed(report, scored=False))
    assert by_task(report) == full_marks(suite)
    assert report.score == report.max_score == load(suite).points


def test_the_starter_gets_what_the_assignment_says_and_is_told_what_is_not_implemented(grading_of, suite):
    report = grading_of(f"{suite.name}/handout")
    assert report.score == load(suite).starter.score
    assert {test.verdict for test in failed(report, scored=True)} == {"not_implemented"}


@pytest.mark.parametrize("name", ROWS)
def test_a_known_wrong_solution_gets_exactly_its_score(grading_of, name):
    row, report = KNOWN_WRONG[name], grading_of(name)
    assert by_task(report) == full_marks(row.suite) | row.score
    assert set(row.advice) <= titles(failed(report, scored=False))
    first = first_failure(report)
    if row.score:
        assert first.verdict == row.verdict, first.message
    if row.hint is not None:
        assert [hint.kind for hint in first.hints][:1] == [row.hint] * bool(row.hint)


@pytest.mark.parametrize("name", [name for name in ROWS if not KNOWN_WRONG[name].score])
def test_a_tolerated_oddity_fails_no_test_but_the_advice_meant_for_it(grading_of, name):
    assert titles(failed(grading_of(name), scored=False)) == set(KNOWN_WRONG[name].advice)


@pytest.mark.timeout(600)
def test_every_test_is_failed_by_a_known_wrong_solution(grading_of, suite):
    reports = [grading_of(name) for name in ROWS if KNOWN_WRONG[name].suite == suite]
    never = set.intersection(*({test.title for test in report.tests if test.verdict == "passed"} for report in reports))
    assert not never


def run_as_a_student(script, folder):
    return subprocess.run([sys.executable, "-B", script.name], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("public", PUBLIC, ids=lambda test: f"{test.parents[1].name}/{test.name}")
def test_a_public_test_passes_with_the_right_solution_and_not_with_the_starter(public, tmp_path):
    folder = copy_of(public.parent, tmp_path)
    assert "NotImplementedError" in run_as_a_student(public, folder).stderr
    done = run_as_a_student(public, copy_of(public.parents[1] / "reference", folder))
    assert done.returncode == 0, done.stderr
