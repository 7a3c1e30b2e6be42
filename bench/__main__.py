"""`python -m bench [RUNS]`: one hand-in graded in every way, in turn, so that a change of the machine's speed meets
all alike."""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import saturation
from bench.cases import CASES, ROOT, SUITE, right_solution
from bench.machine import machine

RESULTS = ROOT / "bench" / "RESULTS.md"


def main(runs: int) -> None:
    """Measures, prints and keeps the report."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handin-bench-")))
        handin = right_solution(SUITE, folder)
        cases = {}
        for case in CASES:
            place = folder / case.__name__
            place.mkdir()
            cases[case.__doc__ or case.__name__] = stack.enter_context(case(SUITE, handin, place))
        for run in cases.values():
            run()  # the first pays for caches that every later one finds
        seconds: dict[str, list[float]] = {name: [] for name in cases}
        for done in range(runs):
            for name, run in cases.items():
                seconds[name].append(run())
            print(f"round {done + 1} of {runs}", file=sys.stderr)
        more = saturation.table(saturation.rates(SUITE, handin, folder))
    text = report(seconds, runs) + more
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def report(seconds: dict[str, list[float]], runs: int) -> str:
    """The table: medians in seconds, and ratios to the first case."""
    first = statistics.median(next(iter(seconds.values())))
    rows = []
    for name, each in seconds.items():
        median = statistics.median(each)
        rows.append(f"| {name} | {median:.3f} | {min(each):.3f} to {max(each):.3f} | {median / first:.2f} |")
    return f"""# Results of `make bench`

The right solution of `hw1p1`, all its scored and advisory tests; {runs} rounds, the cases in turn in each.
{machine("numpy", "pytest", "celery", "sqlalchemy")} One BLAS thread everywhere.
Wall seconds; the ratio is to the first row.

| case | median | least to most | ratio |
|---|---|---|---|
{chr(10).join(rows)}
"""


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
