"""Answers what a test asks of the student's objects, message by message, until the test hangs up.

The sandbox's loop and the local autograder differ in how messages travel; what an operation does is the same here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from grader import wire
from grader.candidate.modules import Modules
from grader.candidate.objects import Objects

Send = Callable[[wire.Message, wire.Body], None]
Receive = Callable[[], tuple[wire.Message, wire.Body]]


class Serving:
    """The objects of the test that runs, and the two directions of its channel."""

    def __init__(self, modules: Modules, send: Send, receive: Receive) -> None:
        self._modules, self._send, self._receive = modules, send, receive
        self._objects = Objects(modules, self._call_back)

    def begin(self, seed: int) -> None:
        """Begins a test: with no object of one before it, and the generators seeded."""
        self._objects = Objects(self._modules, self._call_back)
        self._objects.perform(wire.Seed(seed), wire.Body())

    def answer(self, message: wire.Message, body: wire.Body) -> None:
        """Does one operation and sends its answer. Raises WireError for what is no operation."""
        result, reply = self._objects.perform(message, body)
        flush()
        try:
            self._send(result, reply)
        except wire.WireError as error:
            self._send(wire.Unsendable(str(error)), wire.Body())

    def _call_back(self, call: wire.Call, body: wire.Body) -> tuple[wire.Message, wire.Body]:
        flush()
        self._send(call, body)
        while True:
            message, received = self._receive()
            if isinstance(message, wire.Return | wire.Raised | wire.Unsendable):
                return message, received
            # The test's function itself may use the hand-in before it answers.
            self.answer(message, received)


def flush() -> None:
    """Sends on what was printed: it must be in the pipe before the answer is."""
    for stream in (sys.stdout, sys.stderr):
        # A hand-in may have replaced or closed these streams.
        write_out = getattr(stream, "flush", None)
        if callable(write_out):
            try:
                write_out()
            except (OSError, ValueError):
                continue
