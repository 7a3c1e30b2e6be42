"""A seat: the process of one grading, forked ahead of it, whose sandbox boots while it waits for a hand-in.

Each seat is used once. What a hand-in does can end its seat, and nothing else of the examiner.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import socket
import traceback
from pathlib import Path
from typing import NoReturn

from grader.examiner.candidate_process import CandidateProcess
from grader.examiner.grade import grade
from grader.examiner.protocol import Fault, Grade, Graded, RefusedHandin, listen, say
from grader.examiner.suite import Suite
from grader.report import GraderFault, Refused
from grader.sandbox import Sandbox

PR_SET_PDEATHSIG = 1
# What one grading may take on this side beyond what is loaded: a hand-in chooses the arguments of call-backs.
SPARE_MEMORY = 1 << 30


class Seat:
    """A waiting process. It answers on `channel`, the worker's."""

    def __init__(self, suite: Suite, name: str, sandbox: Sandbox, channel: socket.socket) -> None:
        self._orders, theirs = socket.socketpair()
        self._pid = os.fork()
        if self._pid == 0:
            self._orders.close()
            _sit(suite, name, sandbox, theirs, channel)
        theirs.close()

    def grade(self, order: Grade) -> int | None:
        """Has the hand-in graded, and waits for the end. None: it ended properly; otherwise its exit status."""
        # It may have died while it waited; its status says so.
        with contextlib.suppress(OSError):
            say(self._orders, order)
        self._orders.close()
        _pid, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status) if status else None


def die_with_parent() -> None:
    """Has the kernel end this process when the one that forked it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _sit(suite: Suite, name: str, sandbox: Sandbox, orders: socket.socket, channel: socket.socket) -> NoReturn:
    die_with_parent()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE_MEMORY, resource.RLIM_INFINITY))
    order = None
    try:
        with CandidateProcess(sandbox, suite.assignment) as candidate:
            candidate.start()
            order = listen(orders)
            if not isinstance(order, Grade):
                os._exit(0)
            report = grade(suite, name, Path(order.handin), candidate, lambda event: say(channel, event))
        told: Graded | RefusedHandin | Fault = Graded(report)
    except Refused as refusal:
        told = RefusedHandin(str(refusal))
    except GraderFault as fault:
        told = Fault(str(fault))
    except Exception:  # noqa: BLE001 - the top of the process: what nobody foresaw is a fault of ours, and is told
        told = Fault(traceback.format_exc())
    # What failed while it waited is told to the first who asks.
    if order is not None or listen(orders) is not None:
        say(channel, told)
    os._exit(0)
