"""A check finds each mistake of a table of broken assignments, and nothing in a sound one."""

from __future__ import annotations

import json
import shutil
from itertools import chain
from pathlib import Path

import pytest

from grader import report as reports
from grader.assignment import load
from grader.checking import Finding, Level, gradings
from grader.checking.rehearsals import compare, rehearse
from grader.checking.steps import Check
from tests.broken import BROKEN, SOUND
from tests.bundled import BUNDLED
from web.suites.checking import written_answers

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def found(examiners):
    """found(folder): what a check finds, as `handin assignment check` goes about it."""

    def look(folder: Path) -> list[Finding]:
        for step in chain(Check(folder, examiners, 2, lambda _doing: None).steps(), written_answers(folder)):
            findings = step.look()
            if findings:
                return findings
        return []

    return look


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_mistake_is_found_and_named_by_file_and_key(found, tmp_path, broken):
    folder = tmp_path / "broken"
    broken.write(folder)
    findings = found(folder)
    assert {each.level for each in findings} == {broken.level}
    assert any(
        (each.file, each.key) == (folder / broken.file, broken.key) and broken.text in each.text for each in findings
    ), findings


def test_nothing_is_found_in_a_sound_assignment(found):
    assert found(SOUND) == []


def test_a_reference_in_a_plain_file_is_handed_in_in_the_handout_s_notebook(found, tmp_path):
    folder = shutil.copytree(SOUND, tmp_path / "notebook")
    starter = folder / "handout" / "solution.py"
    cells = [{"cell_type": "code", "source": f"# YOUR CODE HERE\n{starter.read_text()}"}]
    starter.with_suffix(".ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    starter.unlink()
    for file in (folder / "assignment.toml", folder / "handout" / "create_tarball.sh"):
        file.write_text(file.read_text().replace("solution.py", "solution.ipynb"))
    with (folder / "assignment.toml").open("a") as toml:
        toml.write('\n[notebook]\nmarkers = ["YOUR CODE HERE"]\n')
    assert found(folder) == []


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_the_tests_of_a_bundled_assignment_repeat(name):
    folder = BUNDLED[name]
    assert list(compare(folder, [rehearse(folder), rehearse(folder)])) == []


def test_a_starter_that_is_judged_by_chance_is_found():
    def report(verdict: str) -> reports.Report:
        test = reports.TestReport("test_sound.py::test_draw", "draw", "Draws", 0, 2, verdict)
        return reports.Report("sound", "0" * 64, 0, 5, 1.0, {}, (), (test,))

    (finding,) = gradings.of_starter(SOUND, load(SOUND), [report("wrong"), report("timed_out"), report("wrong")])
    assert (finding.level, finding.key) == (Level.ERROR, "test_draw")
    assert "the same starter gets wrong and timed_out in turn" in finding.text
