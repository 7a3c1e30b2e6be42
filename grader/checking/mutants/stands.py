"""The stands of a survey, one for each core: started, shared out, and asked."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from grader.assignment import AssignmentError
from grader.checking.processes import process
from grader.examiner.protocol import Broken, Fault, Ready, TestCard, Word, listen, say
from grader.report import GraderFault

# A mutant may never end in any of the tests that it sits: each is given up by the stand, and none is waited for longer.
QUIET_SECONDS = 600
END_SECONDS = 10
Answer = TypeVar("Answer", bound=Word)
Piece = TypeVar("Piece")
Result = TypeVar("Result")


@contextmanager
def stands_of(folder: Path, many: int | None = None) -> Iterator[tuple[tuple[TestCard, ...], list[socket.socket]]]:
    """The suite's tests, and so many stands that they can be sat at. Raises AssignmentError, GraderFault."""
    many = many or len(os.sched_getaffinity(0))
    with ExitStack() as stack:
        channels = [stack.enter_context(process("grader.checking.mutants.stand", folder)) for _ in range(many)]
        cards: tuple[TestCard, ...] = ()
        for channel in channels:
            match listen(channel):
                case Ready(tests):
                    cards = tests
                case Broken(file, key, expected):
                    raise AssignmentError(Path(file), key, expected)
                case other:
                    raise GraderFault(f"the mutants could not be tried; it said {other}")
            channel.settimeout(QUIET_SECONDS)
        try:
            yield cards, channels
        finally:
            for channel in channels:
                _dismiss(channel)


def _dismiss(stand: socket.socket) -> None:
    """Lets a stand end by itself, so that nothing of it stays on the disk. One that does not is ended."""
    stand.settimeout(END_SECONDS)
    with suppress(OSError):
        stand.shutdown(socket.SHUT_WR)
        while listen(stand):
            pass


def shared(
    stands: Sequence[socket.socket],
    pieces: Sequence[Piece],
    work: Callable[[Piece, socket.socket], Result],
    goes_on: Callable[[], bool],
) -> list[Result]:
    """The results of the pieces of work in order, done by all stands at once, up to the first that was not begun since
    nothing `goes_on`. Raises what the work raises."""
    free: SimpleQueue[socket.socket] = SimpleQueue()
    for stand in stands:
        free.put(stand)

    def one(piece: Piece) -> tuple[Result] | None:
        if not goes_on():
            return None
        stand = free.get()
        try:
            return (work(piece, stand),)
        finally:
            free.put(stand)

    with ThreadPoolExecutor(len(stands)) as pool:
        try:
            done: list[Result] = []
            for each in pool.map(one, pieces):
                if each is None:
                    break
                done += each
            return done
        finally:
            # The first fault ends it: hundreds may still wait for their turn.
            pool.shutdown(cancel_futures=True)


def asked(stand: socket.socket, order: Word, kind: type[Answer]) -> Answer:
    """What the stand answers. Raises GraderFault."""
    say(stand, order)
    match listen(stand):
        case kind() as answer:
            return answer
        case Fault(text):
            raise GraderFault(text)
        case other:
            raise GraderFault(f"the mutants could not be tried; it said {other}")
