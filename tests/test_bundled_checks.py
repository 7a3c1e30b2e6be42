"""Each bundled assignment carries what its last whole check found, so that nobody waits for one who publishes it."""

from __future__ import annotations

import pytest

from grader.checking.result import kept
from tests.bundled import BUNDLED


@pytest.mark.parametrize("folder", BUNDLED.values(), ids=BUNDLED)
def test_the_check_that_an_assignment_carries_is_of_what_it_is_now_and_found_nothing_to_mend(folder):
    found = kept(folder)
    assert found, f"{folder.name} has changed: `handin assignment check {folder.name}` writes its check.json anew"
    assert found.ready
