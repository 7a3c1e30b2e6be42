"""What a worker and its warm examiner say to one another. Both are trusted; frames are a length and a message."""

from __future__ import annotations

import socket
import struct

import msgspec

from grader.report import PhaseDone, Report, TestDone, TestStarted

_LENGTH = struct.Struct(">I")


class TestCard(msgspec.Struct, frozen=True):
    """What is known of a test before it runs."""

    id: str
    task: str
    title: str
    points: float
    visibility: str = "always"


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The suite is loaded."""

    tests: tuple[TestCard, ...]


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """The suite cannot be loaded: file, key (or line) and what was expected."""

    file: str
    key: str
    expected: str


class Rehearsed(msgspec.Struct, frozen=True, tag="rehearsed"):
    """How the reference fared in a test.

    `fault` is "" when it passed. `asked` and `answered` are digests of what the test asked of it and of what it
    answered ("": nothing). `limit` is the test's, in seconds of processor time.
    """

    fault: str
    limit: float
    asked: str
    answered: str


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """Whether a student who makes a mistake that the assignment knows is told so, in any test."""

    told: bool


class Prepare(msgspec.Struct, frozen=True, tag="prepare"):
    """Be ready to grade. Sandbox settings as of `grader.sandbox.backend`; `core` is the processor to keep to."""

    sandbox: str
    uid: int
    cache: str
    core: int | None = None


class Grade(msgspec.Struct, frozen=True, tag="grade"):
    """Grade the hand-in at this path."""

    handin: str


class Graded(msgspec.Struct, frozen=True, tag="graded"):
    """The grading is done."""

    report: Report


class RefusedHandin(msgspec.Struct, frozen=True, tag="refused"):
    """The student's archive cannot be graded; the sentence is for the student."""

    message: str


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """The grader failed; the text is for staff."""

    text: str


Order = Prepare | Grade
Outcome = Graded | RefusedHandin | Fault
Word = Ready | Broken | Rehearsed | Shown | Order | Outcome | PhaseDone | TestStarted | TestDone

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Word).decode


def say(channel: socket.socket, word: Word) -> None:
    """Sends one word. Raises OSError when the other end is gone."""
    data = _encode(word)
    channel.sendall(_LENGTH.pack(len(data)) + data)


def listen(channel: socket.socket) -> Word | None:
    """Waits for a word; None when the other end is gone. Raises TimeoutError after the socket's own timeout."""
    head = _exactly(channel, _LENGTH.size)
    if head is None:
        return None
    data = _exactly(channel, _LENGTH.unpack(head)[0])
    return None if data is None else _decode(data)


def _exactly(channel: socket.socket, count: int) -> bytearray | None:
    data = bytearray()
    while len(data) < count:
        try:
            more = channel.recv(count - len(data))
        except ConnectionResetError:
            return None
        if not more:
            return None
        data += more
    return data
