"""Processes that load a suite's code and say what they see of it; they grade nothing."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.grading import LOAD_SECONDS, open_process
from grader.report import GraderFault


@contextmanager
def process(module: str, folder: Path) -> Iterator[socket.socket]:
    """Runs one of `grader.examiner`'s modules over the folder meanwhile; gives the channel to it.

    Raises GraderFault when it says nothing for too long.
    """
    running, channel = open_process(module, folder)
    try:
        yield channel
    except TimeoutError:
        raise GraderFault(f"{module} has said nothing for {LOAD_SECONDS} seconds") from None
    finally:
        # With all that it forked.
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        channel.close()
