"""The showing: `python -I -m grader.examiner.showing SUITE FD`. Each mistake that the assignment knows is made in turn.

For who checks a suite: says whether a student who makes it is told so. It must never run a hand-in.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.assignment import AssignmentError, load
from grader.candidate.modules import Modules
from grader.examiner.exam import sit_all
from grader.examiner.failures import failure
from grader.examiner.mistakes import Mistake, TooLong, at_most
from grader.examiner.protocol import Broken, Shown, say
from grader.examiner.seat import die_with_parent
from grader.examiner.sides import Side
from grader.examiner.sitting import reference_side
from grader.examiner.suite import Suite, open_suite
from grader.report import GraderFault


class Variant:
    """The reference with a mistake in it, in the place of a hand-in and without its process."""

    until = 0.0
    goes_on = False

    def __init__(self, modules: Modules) -> None:
        self._modules = modules

    @contextmanager
    def test(self, seed: int, cpu_seconds: float, wall_seconds: float, *, fresh: bool = True) -> Iterator[Side]:  # noqa: ARG002 - as a Candidate
        """As of `Candidate`."""
        side = reference_side(self._modules, failure)
        side.seed(seed)
        with at_most(cpu_seconds):
            yield side

    def take_output(self) -> str:
        """What it prints is of no interest."""
        return ""


def main(folder: Path, channel: socket.socket) -> None:
    """Says a Shown for each mistake of the assignment, in the order of their files."""
    die_with_parent()

    def show(suite: Suite) -> None:
        suite.sit_reference()
        for mistake in suite.mistakes:
            _show(suite, mistake, channel)

    try:
        open_suite(folder, load(folder), show)
    except AssignmentError as error:
        say(channel, Broken(str(error.file), error.key, error.expected))


def _show(suite: Suite, mistake: Mistake, channel: socket.socket) -> None:
    """In a process of its own: a variant may change what the next ones find."""
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)  # what a mistake prints or warns of is no news
        suite.tests = [test for test in suite.tests if mistake.may_show_in(test.card)]
        try:
            reports = sit_all(suite, Variant(mistake.modules), lambda _event: None)
            told = any(hint == mistake.hint for report in reports for hint in report.hints[:1])
        except (GraderFault, TooLong):
            # It breaks or never ends, and a hand-in that does so has no hint.
            told = False
        say(channel, Shown(told))
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        say(channel, Shown(told=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
