"""`python -m bench.pages --students 1500 --assignments 40`: how long the largest pages of staff take in such a course,
which `tests.term` makes. Asked in this process, without a server."""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from submissions import people
from tests import term
from tests.school import School

_PATHS = (
    "/courses/dl/gradebook",
    "/courses/dl/gradebook?of=term0",
    "/courses/dl/gradebook?show=missing&sort=in:term0",
    "/courses/dl/gradebook.csv",
)
_TIMES = 5


def main() -> None:
    """Fills a database of its own, and prints the median of a few requests of each page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=1500)
    options.add_argument("--assignments", type=int, default=40)
    options.add_argument("--tasks", type=int, default=6)
    asked = options.parse_args()
    with TemporaryDirectory() as folder:
        school = School(Path(folder) / "data")
        term.fill(school, asked.students, asked.assignments, asked.tasks)
        client = school.app().test_client()
        with school.database.write() as writing, client.session_transaction() as cookie:
            cookie["token"] = people.start_session(writing, school.users["ines"].id)
        for path in _PATHS:
            took = []
            for _ in range(_TIMES):
                began = time.perf_counter(), time.process_time()
                answer = client.get(path)
                took.append((time.perf_counter() - began[0], time.process_time() - began[1]))
            wall, processor = (statistics.median(each) for each in zip(*took, strict=True))
            print(
                f"{path}: {answer.status_code}, {len(answer.data):,} bytes, {wall:.2f} s ({processor:.2f} s of a core)"
            )
        school.close()


if __name__ == "__main__":
    main()
