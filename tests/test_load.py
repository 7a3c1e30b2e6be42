"""A small deadline over the whole service: no request fails, and each receipt holds. `make load` is the large one."""

from __future__ import annotations

import pytest

from bench.crowd import Taken
from bench.load import measured
from bench.load_report import Run, report, slope, thirds

WAITING = [(0, 0.1), (10, 0.2), (20, 0.3), (30, 0.4), (40, 0.5), (50, 0.6)]


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.sandbox
@pytest.mark.timeout(400)
def test_before_a_deadline_nothing_fails_and_nothing_is_lost(tmp_path) -> None:
    run = measured(tmp_path / "var", students=8, seconds=4, pages=20)
    assert (run.errors, run.lost) == ([], [])
    assert len(run.taken) == 8 + run.early
    assert run.queue[-1][1] == 0
    assert len(run.polls) >= run.pages


def test_a_wait_that_grows_with_the_queue_is_seen() -> None:
    assert slope(WAITING) == pytest.approx(0.01)
    assert thirds(WAITING) == pytest.approx((0.15, 0.55))
    assert slope([(waiting, 0.3) for waiting, _ in WAITING]) == pytest.approx(0)


def test_what_went_wrong_stands_in_the_report() -> None:
    taken = [Taken(f"student-{n}", n, "", "", float(n), 0.1 * n) for n in range(1, 5)]
    queue = [(float(n), n) for n in range(5)]
    run = Run(4, 60.0, 1, "sqlite", taken=taken, errors=["student-9: Wrong: 500"], lost=["ada: no row"], queue=queue)
    text = report([run])
    assert "- 4 students, sqlite: student-9: Wrong: 500" in text
    assert "- 4 students, sqlite: ada: no row" in text
    assert "0.250 | " in text
