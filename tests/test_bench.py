"""What gradings are compared with sits the same tests: a plain pytest run of the bundled suite passes all of them."""

from __future__ import annotations

import pytest

from bench.cases import bare_pytest, right_solution
from tests.bundled import BUNDLED


@pytest.mark.slow
def test_the_right_solution_passes_every_test_in_a_plain_pytest_run(tmp_path) -> None:
    suite = BUNDLED["hw1p1"]
    with bare_pytest(suite, right_solution(suite, tmp_path), tmp_path) as run:
        assert run() > 0
