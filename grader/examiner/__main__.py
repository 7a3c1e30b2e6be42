"""The warm examiner: `python -I -m grader.examiner SUITE FD`. Loads a suite once, then forks for each grading.

It holds tests and reference, and neither the database's address nor the broker's: its environment holds nothing of
the service. It ends when its worker does, or when the worker hangs up.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from pathlib import Path

from grader.assignment import AssignmentError, load, suite_hash
from grader.examiner.protocol import Broken, Fault, Grade, Prepare, Ready, listen, say
from grader.examiner.seat import Seat, die_with_parent
from grader.examiner.suite import Suite, open_suite
from grader.report import GraderFault
from grader.sandbox import backend


def main(folder: Path, channel: socket.socket) -> None:
    """Serves gradings of one suite until the worker hangs up."""
    die_with_parent()
    name = suite_hash(folder)

    def serve(suite: Suite) -> None:
        suite.sit_reference()
        say(channel, Ready(tuple(test.card for test in suite.tests)))
        if isinstance(wish := listen(channel), Prepare):
            gc.collect()
            # Objects that exist now are never collected: a fork's collector would copy every page it looks at.
            gc.freeze()
            _serve(suite, name, wish, channel)

    try:
        open_suite(folder, load(folder), serve)
    except AssignmentError as error:
        say(channel, Broken(str(error.file), error.key, error.expected))


def _serve(suite: Suite, name: str, wish: Prepare, channel: socket.socket) -> None:
    if wish.core is not None:
        # Nursery, seats and candidates have it from here: what one grading needs does not wait for another's core.
        os.sched_setaffinity(0, {wish.core})
    sandbox = backend(wish.sandbox, wish.uid, Path(wish.cache))
    while True:
        try:
            sandbox.prepare()
        except GraderFault as fault:
            if listen(channel) is None:
                return
            say(channel, Fault(str(fault)))
            continue
        # One seat ahead: its sandbox starts while nobody waits for it.
        seat = Seat(suite, name, sandbox, channel)
        order = listen(channel)
        if not isinstance(order, Grade):
            return
        status = seat.grade(order)
        if status is not None:
            say(channel, Fault(f"the examiner ended without a result (exit status {status})"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
