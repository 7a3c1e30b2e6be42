"""The warm examiner: `python -I -m grader.examiner SUITE FD`. Loads a suite once, then forks for each grading.

It holds tests and reference, and neither the database's address nor the broker's: its environment holds nothing of
the service. It ends when its worker does, or when the worker hangs up.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import traceback
from functools import cache
from pathlib import Path

from grader.assignment import AssignmentError, load, suite_hash
from grader.examiner.grade import grade
from grader.examiner.protocol import Broken, Fault, Grade, Graded, Ready, RefusedHandin, listen, say
from grader.examiner.suite import Suite, open_suite
from grader.report import GraderFault, Refused
from grader.sandbox import Sandbox, backend

PR_SET_PDEATHSIG = 1
# What one grading may take on this side beyond what is loaded: a hand-in chooses the arguments of call-backs.
SPARE_MEMORY = 1 << 30


def main(folder: Path, channel: socket.socket) -> None:
    """Serves gradings of one suite until the worker hangs up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    name = suite_hash(folder)

    def serve(suite: Suite) -> None:
        say(channel, Ready(tuple(test.card for test in suite.tests)))
        gc.collect()
        # Objects that exist now are never collected: a fork's collector would copy every page it looks at.
        gc.freeze()
        while isinstance(order := listen(channel), Grade):
            try:
                sandbox = _sandbox(order.sandbox, order.uid, order.cache)
            except GraderFault as fault:
                say(channel, Fault(str(fault)))
                continue
            child = os.fork()
            if child == 0:
                _grade(suite, name, Path(order.handin), sandbox, channel)
            _pid, status = os.waitpid(child, 0)
            if status:
                how = os.waitstatus_to_exitcode(status)
                say(channel, Fault(f"the examiner ended without a result (exit status {how})"))

    try:
        open_suite(folder, load(folder), serve)
    except AssignmentError as error:
        say(channel, Broken(str(error.file), error.key, error.expected))


@cache
def _sandbox(name: str, uid: int, folder: str) -> Sandbox:
    """The sandbox, looked up and built once, before any fork, so that no grading pays for it."""
    sandbox = backend(name, uid, Path(folder))
    sandbox.prepare()
    return sandbox


def _grade(suite: Suite, name: str, handin: Path, sandbox: Sandbox, channel: socket.socket) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE_MEMORY, resource.RLIM_INFINITY))
    try:
        say(channel, Graded(grade(suite, name, handin, sandbox, lambda event: say(channel, event))))
    except Refused as refusal:
        say(channel, RefusedHandin(str(refusal)))
    except GraderFault as fault:
        say(channel, Fault(str(fault)))
    except Exception:  # noqa: BLE001 - the top of the process: what nobody foresaw is a fault of ours, and is told
        say(channel, Fault(traceback.format_exc()))
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
