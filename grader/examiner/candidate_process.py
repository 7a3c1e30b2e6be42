"""The candidate as the examiner handles it: started, given the hand-in, forked for each test, started anew when broken.

What ends a test here is always the student's failure, with its reason; only a sandbox that does not start is ours.
"""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from grader import wire
from grader.assignment import Assignment
from grader.examiner import endings
from grader.examiner.conversation import Channel, HungUp, Output, OutputFlood, TimeUp, converse
from grader.examiner.failures import StudentFailure, failure, looked_up
from grader.examiner.sides import Side
from grader.report import GraderFault
from grader.sandbox import Limits, Running, Sandbox

START_SECONDS = 30
# How long the candidate's loop may take to begin or end a test. A hand-in can break the loop, so not for ever.
LOOP_SECONDS = 3
MAX_STARTS = 64

BROKEN = (HungUp, TimeUp, OutputFlood, wire.WireError)


class CandidateProcess:
    """One hand-in in a sandbox. Use as a context manager; the sandbox is gone afterwards.

    `until`, on the monotonic clock, bounds everything that the hand-in does; set it when the tests begin.
    """

    def __init__(self, sandbox: Sandbox, assignment: Assignment) -> None:
        self._sandbox = sandbox
        self._assignment = assignment
        self._limits = assignment.limits
        self._files: Mapping[str, bytes] = {}
        self._broken: dict[str, wire.Raised] = {}
        self._starts = 0
        self._running: Running | None = None
        self._memory_stop = False
        self._output = Output((), 0)
        self.until = math.inf

    def __enter__(self) -> CandidateProcess:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop()

    def start(self) -> None:
        """Starts the sandbox, without waiting for it. Raises GraderFault."""
        limits = self._limits
        self._starts += 1
        self._running = self._sandbox.start(
            Limits(
                memory_mb=limits.memory_mb,
                processes=limits.processes,
                disk_mb=limits.disk_mb,
                cpu_seconds=round(limits.import_seconds + limits.total_seconds),
            )
        )
        self._output = Output((self._running.stdout, self._running.stderr), limits.output_kb << 10)
        self._control = Channel(self._running.control, self._output)

    def load(self, files: Mapping[str, bytes]) -> None:
        """Gives the candidate the hand-in. None of it runs yet, so that any failure is ours: raises GraderFault."""
        self._files = files
        try:
            self._load()
        except GraderFault:
            # It may have waited for long, and been ended by the kernel or by hand.
            self._stop()
            self.start()
            self._load()

    def _load(self) -> None:
        body = wire.Body()
        files = self._files
        listed = tuple((name, body.put(np.frombuffer(content, np.uint8))) for name, content in files.items())
        self._control.deadline = time.monotonic() + START_SECONDS
        try:
            self._control.ask(wire.Load(listed, self._assignment.student.path), body)
        except BROKEN as error:
            raise GraderFault(f"the sandbox did not start: {error!r}; it printed: {self._output.take()!r}") from error

    def import_modules(self) -> None:
        """Imports the hand-in's modules one by one. One that ends or stalls the process is never asked for again."""
        modules = self._assignment.student.imported(self._files.__contains__)
        waiting = [module for module in modules if module not in self._broken]
        cells = self._assignment.notebook
        while waiting:
            module = waiting.pop(0)
            self._control.deadline = min(time.monotonic() + self._limits.import_seconds, self.until)
            try:
                self._control.ask(wire.Import(module, cells.markers, cells.names))
            except BROKEN as error:
                self._stop()
                self._broken[module] = wire.Raised("ImportError", "ImportError", self._import_failure(module, error))
                self.start()
                self.load(self._files)
                waiting = [each for each in modules if each not in self._broken]
        self._output.take()  # what was printed meanwhile belongs to no test

    def _import_failure(self, module: str, error: Exception) -> str:
        if self._out_of_memory():
            return f"importing `{module}` used more than {self._limits.memory_mb} MB of memory"
        if isinstance(error, TimeUp):
            return endings.import_took_too_long(module, self._limits)
        if isinstance(error, OutputFlood):
            return endings.import_printed_too_much(module, self._limits)
        return endings.import_ended(module)

    @contextmanager
    def test(self, seed: int, cpu_seconds: float, wall_seconds: float) -> Iterator[Side]:
        """A fresh fork of the candidate for one test; operations on the side raise StudentFailure once it is broken.

        Raises StudentFailure when the hand-in cannot be brought to begin a test, and at the end when it broke in the
        middle, even if the test's own lines caught that.
        """
        cpu = max(1, math.ceil(cpu_seconds))
        ours, theirs = socket.socketpair()
        channel = Channel(ours, self._output)
        over: StudentFailure | None = None

        def ask(operation: wire.Operation, body: wire.Body) -> tuple[wire.Message, wire.Body]:
            nonlocal over
            if over:
                raise over
            try:
                answer, reply = converse(channel, operation, body, side.call_back)
            except BROKEN as error:
                over = self._failure(error, cpu, wall_seconds)
                raise over from error
            modules = self._assignment.student.modules
            return looked_up(operation, answer, self._broken, self._files, modules), reply

        side = Side(ask, failure)
        try:
            with theirs:
                self._begin(wire.Begin(cpu, seed), theirs.fileno())
            # The clock starts here: bringing a broken candidate back is not this test's time.
            channel.deadline = min(time.monotonic() + wall_seconds, self.until)
            yield side
            if over:
                raise over
        finally:
            if not over:
                self._end()
            channel.close()

    def take_output(self) -> str:
        """What the program printed since the last call, capped."""
        return self._output.take()

    def _begin(self, begin: wire.Begin, descriptor: int) -> None:
        for _attempt in (1, 2):
            if self._running is None:
                if self._starts >= MAX_STARTS or time.monotonic() > self.until:
                    raise StudentFailure("crashed", "Your program had already broken itself too often in this grading.")
                self.start()
                self.load(self._files)
                self.import_modules()
            self._control.deadline = time.monotonic() + LOOP_SECONDS
            try:
                self._control.tell_with(begin, descriptor)
            except BROKEN:
                self._stop()
            else:
                return
        raise StudentFailure("crashed", "Your program ended by itself before the test began.")

    def _end(self) -> wire.Ended | None:
        """Has the test's process ended. None when the loop itself does not answer; the sandbox is then gone."""
        if self._running is None:
            return None
        self._control.deadline = time.monotonic() + LOOP_SECONDS
        try:
            answer, _body = self._control.ask(wire.End())
        except BROKEN:
            answer = None
        if isinstance(answer, wire.Ended):
            return answer
        self._stop()
        return None

    def _stop(self) -> None:
        if self._running is not None:
            self._memory_stop |= self._running.memory_stop()
            self._running.kill()
            self._output.close()
            self._running.reap()
            self._running = None

    def _out_of_memory(self) -> bool:
        stopped = self._memory_stop or (self._running is not None and self._running.memory_stop())
        self._memory_stop = False
        return stopped

    def _failure(self, error: Exception, cpu_limit: int, wall_limit: float) -> StudentFailure:
        ended = self._end()
        if self._out_of_memory():
            text = f"Your program used more than the {self._limits.memory_mb} MB of memory that a test may use."
            return StudentFailure("out_of_memory", text)
        if isinstance(error, OutputFlood):
            return endings.printed_too_much(self._limits)
        if isinstance(error, TimeUp):
            return endings.did_not_answer(wall_limit)
        if isinstance(error, wire.WireError):
            return StudentFailure("crashed", f"Your program sent the grader something that is no answer: {error}.")
        if ended is None:
            return StudentFailure("crashed", "Your program ended, and took the process that starts the tests along.")
        # The candidate's own word: it may only choose among failures.
        signalled = os.WIFSIGNALED(ended.status)
        code = -os.WTERMSIG(ended.status) if signalled else os.WEXITSTATUS(ended.status)
        return endings.ended(code, ended.cpu_seconds, cpu_limit)
