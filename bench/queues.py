"""`python -m bench.queues [--submissions 1000]`: what the queue, the records and a large regrade cost beside gradings.

First the queue alone (`lengths`), then a whole service with a regrade (`regraded`), then a portal beside open result
pages (`open_pages`).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.cases import ROOT, SUITE, right_solution
from bench.handed_in import CORES
from bench.lengths import LENGTHS, lengths, queue_table
from bench.machine import machine
from bench.open_pages import beside_pages, pages_table
from bench.regraded import regrade_table, regraded
from grader.grading import Examiners

RESULTS = ROOT / "bench" / "QUEUES.md"


def main(submissions: int, most: int, pages: int, uploads: int) -> None:
    """Measures, prints and keeps the report."""
    with tempfile.TemporaryDirectory(prefix="handin-bench-") as place:
        folder = Path(place)
        handin = right_solution(SUITE, folder)
        with Examiners(cache=folder / "sandbox") as examiners:
            report = examiners.grade(SUITE, handin)
        archive = handin.read_bytes()
        tables = [queue_table(kind, lengths(kind, report, archive, most)) for kind in ("sqlite", "postgresql")]
        tables.append(regrade_table(regraded(folder / "regrade", submissions, report, handin, 5)))
        tables.append(pages_table(beside_pages(folder / "pages", pages, uploads, report, archive)))
    text = f"""# What the queue and a large regrade cost

`python -m bench.queues`: the queue with graders that do nothing, then a whole service on this machine.
{machine("celery", "sqlalchemy")} {CORES} gradings at a time.

{chr(10).join(tables)}"""
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench.queues", description=__doc__)
    asked.add_argument("--submissions", type=int, default=1000, help="how many a regrade has")
    asked.add_argument("--most", type=int, default=LENGTHS[-1], help="the longest queue")
    asked.add_argument("--pages", type=int, default=500, help="open result pages")
    asked.add_argument("--uploads", type=int, default=60, help="hand-ins beside them")
    given = asked.parse_args()
    main(given.submissions, given.most, given.pages, given.uploads)
