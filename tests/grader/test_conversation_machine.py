"""A whole conversation with a candidate that says anything at any time.

Each question ends in a plain value, an object of the other side or the student's failure, and once it is over it stays
over, for the reason that it first had."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from grader import wire
from grader.assignment import load
from grader.examiner.asking import Asking
from grader.examiner.conversation import Channel, Output
from grader.examiner.failures import StudentFailure
from grader.examiner.imports import Imports
from grader.examiner.judge import UNUSABLE
from grader.examiner.sides import MAX_NESTING, Remote
from tests.grader.test_wire import PLAIN, values

TINY = load(Path(__file__).parent / "assignments" / "tiny")
LIMIT = 1024
SECONDS = 0.005

numbers = st.integers(-2, 3) | st.integers(-(2**63), 2**63 - 1)
texts = st.text(max_size=20)
# Numbers for objects that it never had, and functions, which only the examiner may name.
forged = st.builds(wire.Handle, numbers, texts) | st.builds(wire.Function, numbers)
failures = (
    st.builds(wire.Raised, texts, st.sampled_from(["ValueError", "Exception", "SystemExit", "no such type"]), texts)
    | st.builds(wire.Missing, texts, texts)
    | st.builds(wire.Unsendable, texts)
)
out_of_turn = st.builds(wire.Get, numbers, texts) | st.builds(wire.End) | st.builds(wire.Length, numbers)


class Conversation(RuleBasedStateMachine):
    """The examiner's end of a channel, whose other end is ours to misuse."""

    def __init__(self) -> None:
        super().__init__()
        ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        read, self.printed = os.pipe()
        os.set_blocking(read, False)
        os.set_blocking(self.printed, False)
        self.read = read
        self.channel = Channel(ours, Output(read, LIMIT))
        self.asking = Asking(self.channel, Imports(TINY, {}), lambda error: StudentFailure("crashed", repr(error)))
        self.root = self.asking.side.root
        self.known: list[Remote] = [self.root]
        self.called: list[tuple[Any, ...]] = []
        self.calls_sent = 0
        self.has_hung_up = False
        self.over: StudentFailure | None = None

    def teardown(self) -> None:
        self.channel.close()
        self.theirs.close()
        os.close(self.read)
        os.close(self.printed)

    def _send(self, data: bytes) -> None:
        try:
            self.theirs.sendall(data)
        except OSError:
            return

    def _say(self, message: wire.Message, body: wire.Body | None = None) -> None:
        self._send(b"".join(wire.frame(message, body)))

    @rule(value=values)
    def answers(self, value: Any) -> None:
        body = wire.Body()
        self._say(wire.Return(wire.freeze(value, body, lambda _: wire.Handle(1, "thing"))), body)

    @rule(value=forged)
    def answers_with_what_it_has_not(self, value: wire.Value) -> None:
        self._say(wire.Return(value))

    @rule(message=failures)
    def fails(self, message: wire.Message) -> None:
        self._say(message)

    @rule(message=out_of_turn)
    def speaks_out_of_turn(self, message: wire.Message) -> None:
        self._say(message)

    @rule(number=st.integers(-1, 2), value=values, times=st.integers(1, 2 * MAX_NESTING))
    def calls_back(self, number: int, value: Any, times: int) -> None:
        for _ in range(times):
            body = wire.Body()
            self.calls_sent += 1
            self._say(wire.Call(number, (wire.freeze(value, body, lambda _: wire.Handle(1, "thing")),)), body)

    @rule(data=st.binary(max_size=60))
    def sends_bytes(self, data: bytes) -> None:
        self._send(data)

    @rule(value=values, position=st.integers(0), byte=st.integers(0, 255))
    def sends_a_damaged_frame(self, value: Any, position: int, byte: int) -> None:
        body = wire.Body()
        frame = bytearray(b"".join(wire.frame(wire.Return(wire.freeze(value, body, lambda _: wire.Handle(1))), body)))
        frame[position % len(frame)] = byte
        self._send(bytes(frame))

    @rule(size=st.integers(1, LIMIT))
    def prints(self, size: int) -> None:
        os.write(self.printed, b"x" * size)

    @precondition(lambda self: not self.has_hung_up)
    @rule()
    def hangs_up(self) -> None:
        self.theirs.shutdown(socket.SHUT_WR)
        self.has_hung_up = True

    @rule(
        known=st.integers(0, 1000), question=st.sampled_from(["get", "call", "pass", "index", "items", "length", "set"])
    )
    def is_asked(self, known: int, question: str) -> None:
        target = self.known[known % len(self.known)]
        self.channel.deadline = time.monotonic() + SECONDS
        try:
            answer = self._ask(question, target)
        except StudentFailure:
            self.over = self.over or self.asking.over
        except (wire.WireError, *UNUSABLE):
            # The judge's: no answer, or one of another kind than the question's, such as a number for a list of items.
            assert self.asking.side.answered or self.over is None
        else:
            assert self.over is None, "an answer after the end"
            self._look_at(answer)

    def _ask(self, question: str, target: Remote) -> Any:
        match question:
            case "get":
                return target.name
            case "call":
                return target(np.ones(3), 2.0, key=[1])
            case "pass":
                return target(self._function)
            case "index":
                return target[0]
            case "items":
                return list(target)
            case "length":
                return self.asking.side.length(0, "len")
            case _:
                target.name = 1.0
                return None

    def _function(self, *args: Any) -> float:
        self.called.append(args)
        for each in args:
            self._look_at(each)
        return 1.0

    def _look_at(self, value: Any) -> None:
        if isinstance(value, Remote):
            self.known.append(value)
        elif isinstance(value, list | tuple):
            for each in value:
                self._look_at(each)
        elif isinstance(value, dict):
            for each in value.values():
                self._look_at(each)
        else:
            assert type(value) in PLAIN or isinstance(value, np.generic), type(value)

    @invariant()
    def what_is_over_stays_over_for_its_first_reason(self) -> None:
        assert self.over is self.asking.over

    @invariant()
    def no_function_is_called_that_nobody_called(self) -> None:
        assert len(self.called) <= self.calls_sent


TestConversation = Conversation.TestCase
# `make fuzz` goes as far as its profile says.
if settings.get_current_profile_name() != "fuzz":
    TestConversation.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
