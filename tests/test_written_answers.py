"""What a person grades in the bundled assignments: the portal finds each answer, and each rubric adds up."""

from __future__ import annotations

import pytest

from grader.assignment import load, suite_files
from tests.bundled import BUNDLED
from web.results import answers

WRITTEN = sorted(name for name, suite in BUNDLED.items() if load(suite).tasks != load(suite).tested)


@pytest.fixture(params=WRITTEN)
def suite(request):
    return BUNDLED[request.param]


def found(suite, folder):
    """The answer to each task that a person grades, in the folder as a hand-in."""
    assignment = load(suite)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in suite_files(folder)}
    written = [task for task in assignment.tasks if task not in assignment.tested]
    return answers.find(files, assignment.handin.files, written)


def test_each_answer_is_found_in_the_reference(suite):
    assert {task: answer.missing for task, answer in found(suite, suite / "reference").items() if answer.missing} == {}


def test_each_answer_is_asked_for_in_the_handout(suite):
    for task, answer in found(suite, suite / "handout").items():
        assert not answer.missing.startswith(("No heading", "The hand-in has no")), task


def test_no_answer_reaches_into_another(suite):
    texts = ["".join(part.text for part in answer.parts) for answer in found(suite, suite / "reference").values()]
    assert len({*texts}) == len(texts)
    assert not any("#### " in text for text in texts)


def test_the_items_of_a_rubric_add_up_to_the_task_s_points(suite):
    for task in load(suite).tasks:
        if task.graded_by == "person":
            assert sum(item.points for item in task.rubric if item.points > 0) == pytest.approx(task.points), task.id
