"""What a worker and its warm examiner say to one another. Both are trusted; frames are a length and a message."""

from __future__ import annotations

import socket
import struct

import msgspec

from grader.report import PhaseDone, Report, TestDone, TestId, TestStarted

_LENGTH = struct.Struct(">I")


class TestCard(TestId, frozen=True):
    """What is known of a test before it runs."""

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


class Trace(msgspec.Struct, frozen=True, tag="trace"):
    """Say what of the reference each test runs."""


class Traced(msgspec.Struct, frozen=True, tag="traced"):
    """The lines that run when the reference is imported and in each test, by file of the reference. A notebook's cell
    counts as a file (`hw3.ipynb, cell 4`), and so does what is asked of an answer file (`answers.toml: q1.slope`).
    `seconds` is the processor time of each test."""

    imported: dict[str, set[int]]
    tests: tuple[dict[str, set[int]], ...]
    seconds: tuple[float, ...]


class Sit(msgspec.Struct, frozen=True, tag="sit"):
    """Have the reference sit tests, by position, with another content of one of its files; up to the first that it
    fails, unless `all` are asked for."""

    file: str
    content: str
    tests: tuple[int, ...]
    all: bool


class Sat(msgspec.Struct, frozen=True, tag="sat"):
    """The tests that it failed."""

    failed: tuple[int, ...]


class Vary(msgspec.Struct, frozen=True, tag="vary"):
    """Run tests with other inputs, on the reference and on it with another content of one of its files."""

    file: str
    content: str
    tests: tuple[int, ...]


class Varied(msgspec.Struct, frozen=True, tag="varied"):
    """With which inputs, and in which test, the two gave different values; "" and -1: with none."""

    inputs: str
    test: int


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
Mutation = Trace | Traced | Sit | Sat | Vary | Varied
Word = Ready | Broken | Rehearsed | Shown | Mutation | Order | Outcome | PhaseDone | TestStarted | TestDone

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
