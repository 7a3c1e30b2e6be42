"""Speaks with one candidate process over sockets, with deadlines, while its output is drained and counted.

Every wait here is bounded, whatever the candidate does: it may answer slowly, never, half, or with something else. Each
way of failing becomes a `StudentFailure`; nothing that the candidate says can become one of ours.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

from grader import wire

CHUNK = 1 << 16
MAX_RECEIVED = 256 << 20


class HungUp(Exception):
    """The other end of the channel is gone."""


class TimeUp(Exception):
    """The deadline passed."""


class OutputFlood(Exception):
    """More was printed than is allowed."""


# How a conversation breaks off. Whatever it is, it ends the test and never the grading.
BROKEN = (HungUp, TimeUp, OutputFlood, wire.WireError)


class Output:
    """What the program printed, up to `most` bytes between two calls of `take`. `stream` is None once it ended."""

    def __init__(self, stream: int | None, most: int) -> None:
        self.stream = stream
        self._most = most
        self._kept = bytearray()
        self._flooded = False

    def drain(self) -> None:
        """Reads what is there now. Raises OutputFlood once when it passes the limit; what comes after is dropped."""
        if self.stream is not None:
            self._drain(self.stream)
        if len(self._kept) > self._most and not self._flooded:
            self._flooded = True
            raise OutputFlood

    def _drain(self, stream: int) -> None:
        # Bounded: a program that prints for ever must not keep us here past its deadline.
        for _chunk in range(16):
            try:
                data = os.read(stream, CHUNK)
            except BlockingIOError:
                return
            if not data:
                self.stream = None
                return
            if len(self._kept) <= self._most:
                self._kept += data

    def close(self) -> None:
        """Reads what is left, before the descriptor is closed and its number means something else."""
        with contextlib.suppress(OutputFlood):
            self.drain()
        self.stream = None

    def take(self) -> str:
        """The text since the last call, cut at the limit; bytes that are no UTF-8 are shown escaped."""
        with contextlib.suppress(OutputFlood):
            self.drain()
        text = self._kept[: self._most].decode("utf-8", "backslashreplace")
        cut = "\n… cut here: too much output" if len(self._kept) > self._most else ""
        self._kept.clear()
        self._flooded = False
        return text + cut


class Asks(Protocol):
    """Whatever a candidate can be asked through."""

    def ask(self, message: wire.Message, body: wire.Body | None = None) -> tuple[wire.Message, wire.Body]:
        """Sends a message and waits for the next one."""


class Channel:
    """One socket to the candidate. `deadline` is on the monotonic clock, in seconds."""

    def __init__(self, peer: socket.socket, output: Output) -> None:
        self._peer = peer
        self._output = output
        self._early = bytearray()
        self._received = 0
        self.deadline = 0.0
        peer.setblocking(False)

    def ask(self, message: wire.Message, body: wire.Body | None = None) -> tuple[wire.Message, wire.Body]:
        """Sends a message and waits for the next one. Raises HungUp, TimeUp, OutputFlood or WireError."""
        self.tell(message, body)
        return self.hear()

    def tell(self, message: wire.Message, body: wire.Body | None = None) -> None:
        """Sends a message."""
        parts = wire.frame(message, body)
        while parts:
            try:
                wire.sent(parts, self._peer.sendmsg(parts[:64], (), socket.MSG_NOSIGNAL))
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError:
                raise HungUp from None

    def ask_with(self, message: wire.Message, descriptor: int) -> tuple[wire.Message, wire.Body]:
        """As `ask`, of a small message together with a descriptor."""
        self._wait(select.POLLOUT)
        try:
            socket.send_fds(self._peer, wire.frame(message), [descriptor])
        except OSError:
            raise HungUp from None
        return self.hear()

    def renew(self, deadline: float) -> None:
        """Begins another test on this channel."""
        self.deadline = deadline
        self._received = 0

    def hear(self) -> tuple[wire.Message, wire.Body]:
        """Waits for a message. What was printed before it is counted before it is believed."""
        if time.monotonic() > self.deadline:
            raise TimeUp
        message = wire.receive(self._take)
        self._output.drain()
        return message

    def _take(self, count: int) -> wire.Buffer:
        self._received += count
        if self._received > MAX_RECEIVED:
            raise wire.WireError(f"it sent more than {MAX_RECEIVED >> 20} MiB in one test")
        if count <= CHUNK:
            while len(self._early) < count:
                self._early += self._heard(self._peer.recv, CHUNK)
            data = self._early[:count]
            del self._early[:count]
            return data
        room = wire.empty(count)
        had = min(len(self._early), count)
        room[:had] = self._early[:had]
        del self._early[:had]
        rest = memoryview(room)[had:]
        while rest:
            rest = rest[self._heard(self._peer.recv_into, rest) :]
        return room

    def _heard(self, receive: Callable[[Any], Any], what: Any) -> Any:
        while True:
            try:
                heard = receive(what)
            except BlockingIOError:
                self._wait(select.POLLIN)
                continue
            except OSError:
                raise HungUp from None
            if not heard:
                raise HungUp
            return heard

    def _wait(self, event: int) -> None:
        poll = select.poll()
        poll.register(self._peer, event)
        while True:
            stream = self._output.stream
            if stream is not None:
                poll.register(stream, select.POLLIN)
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeUp
            ready = {descriptor for descriptor, _event in poll.poll(left * 1000)}
            if self._peer.fileno() in ready:
                return
            self._output.drain()
            if stream is not None and self._output.stream is None:
                poll.unregister(stream)

    def close(self) -> None:
        """Hangs up."""
        self._peer.close()


AskBack = Callable[[wire.Call, wire.Body], tuple[wire.Answer, wire.Body]]


def converse(
    channel: Asks, operation: wire.Operation, body: wire.Body, call_back: AskBack
) -> tuple[wire.Message, wire.Body]:
    """Has one operation done, and answers each call back into the test on the way."""
    message, received = channel.ask(operation, body)
    while isinstance(message, wire.Call):
        answer, reply = call_back(message, received)
        message, received = channel.ask(answer, reply)
    return message, received
