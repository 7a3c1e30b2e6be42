"""The local autograder from its start to its exit status; `runner.py` and `test.py` of a handout call it."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np
import pytest

from grader.archive import arrange
from grader.assignment import AssignmentError, StudentModules, alternatives
from grader.examiner.exam import sit_all, summed_up
from grader.examiner.suite import Suite, open_suite
from grader.handout.local import drawing, plan, text
from grader.handout.local.candidate import Candidate
from grader.handout.local.plan import Plan
from grader.report import Event, GraderFault, Refused, Report, TestDone, TestReport

# As of `handin grade`.
REFUSED, FAULT = 2, 3
_LARGEST_FILE = 8 << 20

OnTest = Callable[[TestReport], None]


def _ignore(_test: TestReport) -> None:
    pass


def grade(home: Path, arguments: Sequence[str]) -> int:
    """Grades the handout that holds `home`, the folder of the local autograder. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Grades your solution on this machine, for you alone.")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    as_json = parser.parse_args(arguments).json

    def show(here: Plan, files: Mapping[str, bytes]) -> None:
        if as_json:
            report = run(here, home, files)
            text.write(json.dumps(report.as_json(), indent=2))
            return
        text.say(f"{here.assignment.title}: local autograder")
        report = run(here, home, files, text.Told(here.assignment.tasks).test)
        text.summary(report, here.elsewhere, here.by_person, here.assignment.handin.command)

    return _guarded(home, show)


def draw(home: Path, arguments: Sequence[str]) -> int:
    """Draws what the drawing tests draw into the folder of `--outpath`. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Draws your curves and pictures, and no test counts for a score.")
    parser.add_argument("--outpath", type=Path, default=Path(), help="the folder that they are written to")
    folder = parser.parse_args(arguments).outpath

    def show(here: Plan, files: Mapping[str, bytes]) -> None:
        report = run(here, home, files, only=here.drawing)
        told = text.Told(here.assignment.tasks)
        for test in report.tests:
            told.test(test)
            for file in drawing.write(test.figures, folder):
                text.say(f"wrote {file}", indent=text.COLUMN)

    return _guarded(home, show)


def _guarded(home: Path, show: Callable[[Plan, Mapping[str, bytes]], None]) -> int:
    try:
        here = plan.read(home / "stored")
        files = files_of(root_of(home), here)
        show(here, files)
    except plan.OtherNumbers as numbers:
        text.say(f"{numbers}, which this was built with, so that its inputs cannot be drawn again. Install that one.")
        return FAULT
    except Refused as refusal:
        text.say(f"The server would refuse this: {refusal}")
        return REFUSED
    except (GraderFault, AssignmentError) as fault:
        text.say("A fault of the local autograder, not of your code. Tell your course staff what follows.")
        text.say(f"(NumPy {np.__version__}, pytest {pytest.__version__})")
        for line in str(fault).splitlines():
            text.say(line)
        return FAULT
    except BrokenPipeError:
        # Whoever read this has read enough; nothing more may be written, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        text.say("")
        text.say("Stopped; the tests that are listed have run.")
        return 1
    return 0


def run(
    here: Plan, home: Path, files: Mapping[str, bytes], on_test: OnTest = _ignore, *, only: Sequence[str] = ()
) -> Report:
    """Has the solution beside the local autograder graded, or only tests of those ids. Raises GraderFault."""
    reports: list[Report] = []
    opened(here, home, lambda suite: reports.append(sat(here, suite, home, root_of(home), files, on_test)), only=only)
    if not reports:
        raise GraderFault("pytest did not run the tests. Is it a version from 8 on?")
    return reports[0]


def opened(here: Plan, home: Path, use: Callable[[Suite], None], *, only: Sequence[str] = ()) -> None:
    """Hands the suite that shipped to `use`, with the results that shipped in the reference's place."""

    def prepared(suite: Suite) -> None:
        suite.expected.update(here.results)
        suite.mistakes = here.mistakes  # type: ignore[assignment] # they answer what a second look asks
        suite.tests = [test for test in suite.tests if not only or test.card.id in only]
        use(suite)

    without_reference = msgspec.structs.replace(here.assignment, student=StudentModules(modules=()))
    open_suite(home / "tests", without_reference, prepared)


def sat(
    here: Plan, suite: Suite, home: Path, root: Path, files: Mapping[str, bytes], on_test: OnTest = _ignore
) -> Report:
    """The report on the solution in the folder `root`. Raises GraderFault."""

    def on_event(event: Event) -> None:
        if isinstance(event, TestDone):
            on_test(event.test)

    # What exists now is never collected: the collector of each fork would copy every page it looks at.
    gc.freeze()
    with Candidate(here.assignment, root, files, home / "tests") as candidate:
        tests = list(sit_all(suite, candidate, on_event))
    return summed_up(here.assignment, tests, sum(test.seconds for test in tests), suite="", phases={})


def root_of(home: Path) -> Path:
    """The handout's folder: `home` is autograder/NAME in it."""
    return home.parents[1]


def files_of(root: Path, here: Plan) -> dict[str, bytes]:
    """The files that would be handed in. Raises Refused when one that is needed is missing."""
    rules = here.assignment.handin
    tops = {PurePosixPath(path).parts[0] for entry in rules.files for path in alternatives(entry)}
    found = [path for top in tops for path in ((root / top).rglob("*") if (root / top).is_dir() else [root / top])]
    if any((root / top).is_file() for top in tops):
        found += root.glob("*.py")
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(set(found))
        if path.is_file() and path.stat().st_size <= _LARGEST_FILE
    }
    return arrange(files, rules.files, command=rules.command)
