"""Grades one hand-in with a loaded suite: the order of the phases, and the report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.archive import read_handin
from grader.examiner.candidate_process import CandidateProcess
from grader.examiner.exam import sit_all, summed_up
from grader.examiner.suite import Suite
from grader.report import OnEvent, PhaseDone, Report


class Clock:
    """Wall seconds of each phase, told as they end."""

    def __init__(self, on_event: OnEvent) -> None:
        self.phases: dict[str, float] = {}
        self._on_event = on_event
        self.begun = time.monotonic()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times one phase."""
        begun = time.monotonic()
        yield
        self.phases[name] = time.monotonic() - begun
        self._on_event(PhaseDone(name, self.phases[name]))


def grade(suite: Suite, suite_hash: str, handin: Path, candidate: CandidateProcess, on_event: OnEvent) -> Report:
    """The whole grading, in a candidate that was started. Raises Refused for a hand-in that is none, GraderFault."""
    clock = Clock(on_event)
    assignment = suite.assignment
    with clock.phase("unpack"):
        files = read_handin(handin, assignment.handin.files, command=assignment.handin.command)
    with clock.phase("sandbox"):
        candidate.load(files)
    with clock.phase("import"):
        candidate.import_modules()
    with clock.phase("tests"):
        reports = list(sit_all(suite, candidate, on_event))
    seconds = time.monotonic() - clock.begun
    return summed_up(assignment, reports, seconds, suite=suite_hash, phases=clock.phases)
