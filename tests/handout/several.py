"""The local autograder of one handout over several folders: `python several.py HOME [spawn]`, a folder's path and the
ids of the tests to sit (none: all) as JSON on each line of standard input, a report as JSON on each line of standard
output.

One process for all, since half of a run is what Python, NumPy and pytest take to start. `spawn`: as on Windows and
macOS, where no process can be forked safely.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from runner import HOME  # as a student's Python finds it

from grader.handout.local import candidate, main, plan


def serve():
    candidate.FORKS = "spawn" not in sys.argv
    here = plan.read(HOME / "stored")

    def use(suite):
        every = suite.tests
        for line in sys.stdin:
            folder, ids = json.loads(line)
            root = Path(folder)
            suite.tests = [test for test in every if not ids or test.card.id in ids]
            report = main.sat(here, suite, HOME, root, main.files_of(root, here))
            sys.stdout.write(json.dumps(report.as_json()) + "\n")
            sys.stdout.flush()

    main.opened(here, HOME, use)


if __name__ == "__main__":
    serve()
