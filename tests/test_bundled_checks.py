"""Each bundled assignment carries what its last whole check found, so that nobody waits for one who publishes it."""

from __future__ import annotations

import pytest

from bench.mutants import REPORT, report, surveys
from grader.checking.result import kept
from tests.bundled import BUNDLED


@pytest.mark.parametrize("folder", BUNDLED.values(), ids=BUNDLED)
def test_the_check_that_an_assignment_carries_is_of_what_it_is_now_and_found_nothing_to_mend(folder):
    found = kept(folder)
    assert found, f"{folder.name} has changed: `handin assignment check {folder.name}` writes its check.json anew"
    assert found.ready


@pytest.mark.parametrize("folder", BUNDLED.values(), ids=BUNDLED)
def test_each_mutant_that_survives_has_its_author_s_reason_or_shows_no_difference(folder):
    found = kept(folder)
    assert found.missed == ()
    assert all(each.why for each in found.mutants.survivors)
    assert (found.mutants.idle, found.mutants.stale) == ((), ())


def test_hw1p1_catches_all_but_a_few_of_the_mutants_that_show_a_difference():
    assert surveys()["hw1p1"].share >= 0.98


def test_the_report_of_mutants_is_of_what_the_checks_found():
    assert REPORT.read_text() == report(surveys()), "`python -m bench.mutants` writes it anew"
