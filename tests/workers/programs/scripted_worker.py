"""The real Celery worker with a grader that does what the hand-in's bytes say. Arguments: those of `celery worker`.

`right`; `refuse`; `fault`; `die` (the process kills itself); `wait PATH` (until that file is there). Each run adds the
hand-in's first word to the file that TEST_RUNS names.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from grader.report import GraderFault, Refused
from tests.cast import report
from workers import grade
from workers.app import app


class Scripted:
    """Stands in for `grader.grading.Examiners`."""

    def __init__(self, *_settings: object, named: bool) -> None:
        self.cancelled = False

    def grade(self, suite: Path, handin: Path, on_event: object) -> object:
        """Does what the bytes say."""
        assert (suite / "assignment.toml").is_file()
        word, _, argument = handin.read_text().strip().partition(" ")
        with Path(os.environ["TEST_RUNS"]).open("a") as runs:
            runs.write(f"{word}\n")
        if word == "refuse":
            raise Refused("Put linear.py in its place.")
        if word == "fault":
            raise GraderFault("the sandbox did not start")
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "wait":
            self.cancelled = False
            while not Path(argument.split()[0]).exists():
                if self.cancelled:
                    raise GraderFault("cancelled")
                time.sleep(0.02)
        return report(10.0)

    def cancel(self) -> None:
        """From the reporter's thread."""
        self.cancelled = True

    def close(self) -> None:
        """Nothing is warm."""


if __name__ == "__main__":
    grade.Examiners = Scripted
    app.start(["worker", *sys.argv[1:]])
