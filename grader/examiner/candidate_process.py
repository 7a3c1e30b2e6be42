"""The candidate as the examiner handles it: started, given the hand-in, forked for its tests, started anew when broken.

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
from grader.examiner.asking import Asking
from grader.examiner.conversation import BROKEN, Channel, Output
from grader.examiner.failures import StudentFailure
from grader.examiner.imports import Imports
from grader.examiner.mistakes import at_most
from grader.examiner.sides import Methods, Side
from grader.report import GraderFault
from grader.sandbox import Limits, Running, Sandbox

START_SECONDS = 30
# How long the candidate's loop may take to begin or end a test. A hand-in can break the loop, so not for ever.
LOOP_SECONDS = 3
MAX_STARTS = 64
_ROOM = 4 << 20


class CandidateProcess:
    """One hand-in in a sandbox. Use as a context manager; the sandbox is gone afterwards.

    `until`, on the monotonic clock, bounds everything that the hand-in does; set it when the tests begin.
    """

    goes_on = True

    def __init__(self, sandbox: Sandbox, assignment: Assignment) -> None:
        self._sandbox = sandbox
        self._assignment = assignment
        self._limits = assignment.limits
        self._files: Mapping[str, bytes] = {}
        self._imports = Imports(assignment, {})
        self._methods: Methods = set()
        self._starts = 0
        self._running: Running | None = None
        self._latest: Channel | None = None  # to the process of the latest test, which is there still
        self._memory_stop = False
        self._output = Output(None, 0)
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
        self._output = Output(self._running.output, limits.output_kb << 10)
        self._control = Channel(self._running.control, self._output)

    def load(self, files: Mapping[str, bytes]) -> None:
        """Gives the candidate the hand-in. None of it runs yet, so that any failure is ours: raises GraderFault."""
        self._files = files
        self._imports = Imports(self._assignment, files)
        self._give()

    def _start_again(self) -> None:
        self.start()
        self._give()

    def _give(self) -> None:
        try:
            self._try_to_give()
        except GraderFault:
            # It may have waited for long, and been ended by the kernel or by hand.
            self._stop()
            self.start()
            self._try_to_give()

    def _try_to_give(self) -> None:
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
        waiting = self._imports.orders()
        while waiting:
            order = waiting.pop(0)
            self._control.deadline = min(time.monotonic() + self._limits.import_seconds, self.until)
            try:
                self._control.ask(order)
            except BROKEN as error:
                self._stop()
                self._imports.broke(order.module, self._import_failure(order.module, error))
                self._start_again()
                waiting = self._imports.orders()
        self._output.take()  # what was printed meanwhile belongs to no test

    def _import_failure(self, module: str, error: Exception) -> str:
        if self._out_of_memory():
            return f"importing `{module}` used more than {self._limits.memory_mb} MB of memory"
        return endings.of_import(module, error, self._limits)

    @contextmanager
    def test(self, seed: int, cpu_seconds: float, wall_seconds: float, *, fresh: bool = True) -> Iterator[Side]:
        """A fork of the candidate for one test; operations on the side raise StudentFailure once it is broken.

        If not `fresh`, it is the fork of the test before, where that is there still. Raises StudentFailure when the
        hand-in cannot be brought to begin a test, and at the end when it broke in the middle, even if the test's own
        lines caught that.
        """
        cpu = max(1, math.ceil(cpu_seconds))
        begin = wire.Begin(cpu, seed)
        # First: a candidate that has to be brought back has another output, and that is not this test's time.
        going_on = None if fresh else self._latest
        channel = going_on or self._forked(begin)
        channel.renew(min(time.monotonic() + wall_seconds, self.until))
        asking = Asking(
            channel,
            self._imports,
            lambda error: self._failure(error, cpu, wall_seconds),
            self._methods,
            trusted=going_on is not None,
        )
        if going_on:
            try:
                channel.tell(begin)
            except BROKEN as error:
                raise self._failure(error, cpu, wall_seconds) from error
        # On this side too: a hand-in chooses what the test's own lines and functions compute with.
        asking.side.seeded = seed
        with at_most(wall_seconds, lambda: endings.of_test(wall_seconds, asking.side)):
            yield asking.side
        asking.check()

    def take_output(self) -> str:
        """What the program printed since the last call, capped."""
        return self._output.take()

    def _forked(self, begin: wire.Begin) -> Channel:
        """The channel to a process that no test has used. Raises StudentFailure."""
        self._leave()
        for _attempt in (1, 2):
            if self._running is None:
                if self._starts >= MAX_STARTS or time.monotonic() > self.until:
                    raise StudentFailure("crashed", "Your program had already broken itself too often in this grading.")
                self._start_again()
                self.import_modules()
            ours, theirs = socket.socketpair()
            for each in (ours, theirs):
                # Room for an array, or as much of it as the host allows: each filling of it wakes the other end.
                each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
            self._control.deadline = time.monotonic() + LOOP_SECONDS
            try:
                with theirs:
                    self._control.ask_with(begin, theirs.fileno())
            except BROKEN:
                ours.close()
                self._stop()
            else:
                self._latest = Channel(ours, self._output)
                return self._latest
        raise StudentFailure("crashed", "Your program ended by itself before the test began.")

    def _leave(self) -> None:
        if self._latest is not None:
            self._latest.close()
            self._latest = None

    def _end(self) -> wire.Ended | None:
        """Has the test's process ended. None when the loop itself does not answer; the sandbox is then gone."""
        self._leave()
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
        self._leave()
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
        if over := endings.over_limit(error, self._limits, wall_limit):
            return over
        if isinstance(error, wire.WireError):
            return StudentFailure("crashed", f"Your program sent the grader something that is no answer: {error}.")
        if ended is None:
            return StudentFailure("crashed", "Your program ended, and took the process that starts the tests along.")
        # The candidate's own word: it may only choose among failures.
        signalled = os.WIFSIGNALED(ended.status)
        code = -os.WTERMSIG(ended.status) if signalled else os.WEXITSTATUS(ended.status)
        return endings.ended(code, ended.cpu_seconds, cpu_limit)
