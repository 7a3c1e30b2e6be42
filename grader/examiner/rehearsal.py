"""The rehearsal: `python -I -m grader.examiner.rehearsal SUITE FD`. The reference sits each test alone, again with its
second input, then all in order.

For who checks a suite: what a test asks of a hand-in and what comes back are told as digests, so that rehearsals can be
compared. It must never run a hand-in.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import traceback
from pathlib import Path

from grader import wire
from grader.assignment import AssignmentError, load
from grader.examiner.failures import failure
from grader.examiner.protocol import Broken, Fault, Ready, Rehearsed, say
from grader.examiner.seat import die_with_parent
from grader.examiner.sitting import reference_side
from grader.examiner.suite import Suite, Test, open_suite


class Notes:
    """Listens to what crosses between a test and the reference, and keeps digests of it."""

    def __init__(self) -> None:
        self._asked = hashlib.sha256()
        self._answered = hashlib.sha256()
        self._operations = 0

    def hear(self, message: wire.Message, body: wire.Body) -> None:
        """Takes one message into account."""
        if isinstance(message, wire.Operation):
            # The generators are seeded before anything is asked, and whether anything is.
            self._operations += not isinstance(message, wire.Seed)
            digest = self._asked
        else:
            digest = self._answered
        if isinstance(message, wire.Raised):
            # Its text may show where an object lies in memory.
            message = wire.Raised(message.type, message.base, "")
        for part in wire.frame(message, body):
            digest.update(part)

    @property
    def asked(self) -> str:
        """A digest of all operations, "" when there was none."""
        return self._asked.hexdigest() if self._operations else ""

    @property
    def answered(self) -> str:
        """A digest of all answers."""
        return self._answered.hexdigest() if self._operations else ""


def main(folder: Path, channel: socket.socket) -> None:
    """Says Ready, then a Rehearsed for each test alone, for each with its second input, for each in order."""
    die_with_parent()

    def rehearse(suite: Suite) -> None:
        say(channel, Ready(tuple(test.card for test in suite.tests)))
        for again in (False, True):
            for test in suite.tests:
                _forked(suite, [test], channel, again=again)
        _forked(suite, suite.tests, channel)

    try:
        open_suite(folder, load(folder), rehearse)
    except AssignmentError as error:
        say(channel, Broken(str(error.file), error.key, error.expected))


def _sat(suite: Suite, test: Test, channel: socket.socket, *, again: bool) -> None:
    notes = Notes()
    error: BaseException | None
    try:
        error = suite.run(test, reference_side(suite.reference, failure, notes.hear), again=again).error
    except SystemExit as ending:
        error = ending
    fault = suite.reference_failed(error) if error else ""
    say(channel, Rehearsed(fault, test.seconds, notes.asked, notes.answered))


def _forked(suite: Suite, tests: list[Test], channel: socket.socket, *, again: bool = False) -> None:
    """Has tests sat in a process of its own, which begins with the suite as it was collected."""
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        try:
            for test in tests:
                _sat(suite, test, channel, again=again)
        except BaseException:  # noqa: BLE001 - the top of a process: what nobody foresaw is told
            say(channel, Fault(traceback.format_exc()))
        os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    if status:
        say(channel, Fault(f"it ended the process, with status {os.waitstatus_to_exitcode(status)}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
