"""The student's code in a process of its own: started for each test, or anew when it broke, with the server's limits of
time and output.

On the server `grader.examiner.candidate_process` does this, in a sandbox. Where no process can be forked safely, one
process serves all tests until one of them breaks it.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from grader import wire
from grader.assignment import Assignment
from grader.examiner import endings
from grader.examiner.asking import Asking
from grader.examiner.conversation import BROKEN, HungUp, OutputFlood, TimeUp
from grader.examiner.failures import StudentFailure
from grader.examiner.imports import Imports
from grader.examiner.sides import Side
from grader.handout.local import child, speech

# macOS's own libraries do not survive a fork; there, and on Windows, a new process begins from nothing.
FORKS = sys.platform.startswith("linux")
# How long a process may take to begin; one that is forked has begun.
START_SECONDS = 30
_UNTIL_IMPORTS = 0 if FORKS else START_SECONDS
_ENDING_SECONDS = 1
_LOOK_SECONDS = 0.05


class Candidate:
    """The code under `root`. Use as a context manager. `until`, on the monotonic clock, bounds all tests."""

    goes_on = False

    def __init__(self, assignment: Assignment, root: Path, files: Mapping[str, bytes], tests: Path) -> None:
        self._assignment = assignment
        self._root, self._tests = root, tests
        self._imports = Imports(assignment, files)
        self._process: _Process | None = None
        self._printed = ""
        self.until = math.inf

    def __enter__(self) -> Candidate:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop()

    @contextmanager
    def test(self, seed: int, cpu_seconds: float, wall_seconds: float, *, fresh: bool = True) -> Iterator[Side]:  # noqa: ARG002 - as a Candidate
        """The side of one test; operations on it raise StudentFailure once it broke. Raises it at the end too, even if
        the test's own lines caught that. What is `fresh` is decided by the system: see FORKS."""
        cpu = max(1, math.ceil(cpu_seconds))
        process = self._ready()
        process.deadline = time.monotonic() + START_SECONDS
        try:
            process.ask(wire.Begin(cpu, seed))
        except BROKEN:
            self._stop()
            raise StudentFailure("crashed", "Your program ended by itself before the test began.") from None
        process.deadline = min(time.monotonic() + wall_seconds, self.until)
        asking = Asking(process, self._imports, lambda error: self._failure(error, process, cpu, wall_seconds))
        try:
            yield asking.side
            asking.check()
        finally:
            self._printed += process.take_output()
            if FORKS or asking.over:
                self._stop()

    def take_output(self) -> str:
        """What the program printed since the last call, cut at the limit."""
        printed, self._printed = self._printed, ""
        return printed

    def _ready(self) -> _Process:
        """A process that has imported what can be imported."""
        while self._process is None:
            self._process = _Process(self._assignment, self._root, self._tests)
            for order in self._imports.orders():
                self._process.deadline = time.monotonic() + _UNTIL_IMPORTS + self._assignment.limits.import_seconds
                try:
                    self._process.ask(order)
                except BROKEN as error:
                    why = endings.of_import(order.module, error, self._assignment.limits)
                    self._imports.broke(order.module, why)
                    self._stop()
                    break
            else:
                self._process.take_output()  # what was printed meanwhile belongs to no test
        return self._process

    def _failure(self, error: Exception, process: _Process, cpu_limit: int, wall_limit: float) -> StudentFailure:
        over = endings.over_limit(error, self._assignment.limits, wall_limit)
        return over or endings.ended(*process.ended(), cpu_limit)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None


class _Process:
    """One process, and the pipe to it. `deadline` is on the monotonic clock, in seconds."""

    def __init__(self, assignment: Assignment, root: Path, tests: Path) -> None:
        new = multiprocessing.get_context("fork").Process if FORKS else multiprocessing.get_context("spawn").Process
        self._most = assignment.limits.output_kb << 10
        self._folder = tempfile.TemporaryDirectory(prefix="handin-", ignore_cleanup_errors=True)
        self._output = Path(self._folder.name, "output")
        self._output.touch()
        self._taken = 0
        self._pipe, theirs = multiprocessing.Pipe()
        self._cpu = _cpu_of_children()
        arguments = (theirs, self._output, root, assignment.student.path, tests)
        # The parent's end must not stay open in a fork: each would keep the other alive.
        self._child = new(target=_serve, args=(self._pipe if FORKS else None, *arguments), daemon=True)
        self._child.start()
        theirs.close()
        self.deadline = 0.0

    def ask(self, message: wire.Message, body: wire.Body | None = None) -> tuple[wire.Message, wire.Body]:
        """Says a message and waits for the next one. Raises HungUp, TimeUp or OutputFlood."""
        try:
            speech.send(self._pipe, message, body)
            while not self._pipe.poll(_LOOK_SECONDS):
                self._check_output()
                if time.monotonic() > self.deadline:
                    raise TimeUp
            answer = speech.receive(self._pipe)
        except (EOFError, OSError):
            raise HungUp from None
        self._check_output()
        return answer

    def _check_output(self) -> None:
        if self._output.stat().st_size - self._taken > self._most:
            raise OutputFlood

    def take_output(self) -> str:
        """What was printed since the last call, cut at the limit."""
        with self._output.open("rb") as file:
            file.seek(self._taken)
            printed = file.read(self._most + 1)
        self._taken = self._output.stat().st_size
        cut = "\n… cut here: too much output" if len(printed) > self._most else ""
        return printed[: self._most].decode("utf-8", "backslashreplace") + cut

    def ended(self) -> tuple[int, float]:
        """Its exit status, or the signal as a negative number, and the processor time that it used."""
        self._child.join(_ENDING_SECONDS)
        if self._child.is_alive():
            # It closed the pipe, and lives on.
            self._child.kill()
            self._child.join()
        return self._child.exitcode or 0, _cpu_of_children() - self._cpu

    def stop(self) -> None:
        """Ends it at once."""
        self._pipe.close()
        self._child.kill()
        self._child.join()
        self._folder.cleanup()


def _serve(parents: Connection | None, *arguments: object) -> None:
    if parents is not None:
        parents.close()
    child.serve(*arguments)  # type: ignore[arg-type] # as _Process lists them


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
