"""What gradings are compared with sits the same tests: a plain run of the bundled suite passes all of them."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from bench import against, regraded
from bench.cases import bare_pytest, right_solution
from tests.bundled import BUNDLED


@pytest.mark.slow
def test_the_right_solution_passes_every_test_in_a_plain_pytest_run(tmp_path) -> None:
    suite = BUNDLED["hw1p1"]
    with bare_pytest(suite, right_solution(suite, tmp_path), tmp_path) as run:
        assert run() > 0


def test_the_right_solution_passes_the_same_checks_in_a_plain_harness() -> None:
    suite = BUNDLED["hw1p1"]
    program = (
        "import checks; all_of_it = checks.checks(); student = checks.solution(checks.SUITE / 'reference');"
        "[run(student) for _, _, run in all_of_it]; print(len(all_of_it), sum(points for _, points, _ in all_of_it))"
    )
    environment = {"HANDIN_BENCH_SUITE": str(suite), "PYTHONPATH": str(against.PLAIN), **against.THREADS}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "57 100\n"


def test_a_wrong_solution_fails_in_a_plain_harness(tmp_path) -> None:
    suite = BUNDLED["hw1p1"]
    shutil.copytree(suite / "reference", tmp_path / "handin")
    file = tmp_path / "handin" / "mytorch" / "linear.py"
    file.write_text(file.read_text().replace("/", "*"))
    program = "import checks; from pathlib import Path; student = checks.solution(Path('handin'));"
    program += "[run(student) for _, _, run in checks.checks()]"
    environment = {"HANDIN_BENCH_SUITE": str(suite), "PYTHONPATH": str(against.PLAIN)}
    python = [sys.executable, "-c", program]
    done = subprocess.run(python, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "AssertionError" in done.stderr


def test_a_comparison_says_how_each_way_stands_to_ours() -> None:
    one = {"ours": [against.Took(1, 2, 10), against.Took(3, 4, 20)], "theirs": [against.Took(4, 6, 30)]}
    lots = {"ours": {4: against.Took(8, 16, 40)}, "theirs": {4: against.Took(16, 20, 80)}}
    said = against.report(one, lots, {"ours": 500.0, "theirs": 0.0})
    assert "| ours | 2.00 | 1.00 | 3.00 | 1.00 | 15 | 500 |" in said
    assert "| theirs | 4.00 | 2.00 | 6.00 | 2.00 | 30 | 0 |" in said
    assert "| theirs | 4 | 16.0 | 4.00 | 2.00 | 5.00 | 80 |" in said


def test_a_regrade_is_held_against_warm_examiners_alone() -> None:
    found = regraded.Regraded(1000, 220.0, 5.01, 0.4, 0.25, [0.1, 0.35], {"web": [90.0, 91.0, 95.0, 92.0]})
    said = " ".join(regraded.regrade_table(found).split())
    assert "200 s for as many. The queue, the records and the review add 10 % to that" in said
    assert "began to be graded after 0.1, 0.3 s; a grading takes 0.4 s" in said
    assert "| web | 92 | 93 | 95 |" in said
