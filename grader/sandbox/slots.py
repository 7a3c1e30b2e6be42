"""A user of its own for each sandbox that runs at the same time.

Several limits of the kernel (processes, pending signals, pipe buffers) are counted by user, not by sandbox: two
candidates of one user could starve each other, and NPROC would count both. A worker that runs as root therefore takes a
uid that no other sandbox on this host has. The kernel frees it with the last process that holds its lock.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from grader.report import GraderFault

SLOTS = 64
_LOCKS = Path("/run/handin")


def take(first_uid: int) -> tuple[int, int]:
    """A free uid from `first_uid` on, and the descriptor whose closing gives it back. Raises GraderFault."""
    try:
        _LOCKS.mkdir(mode=0o700, exist_ok=True)
        for uid in range(first_uid, first_uid + SLOTS):
            lock = os.open(_LOCKS / f"{uid}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            return uid, lock
    except OSError as error:
        message = f"No lock for a sandbox's user could be taken in {_LOCKS}: {error}"
        raise GraderFault(message) from error
    message = f"All {SLOTS} users for sandboxes are taken; run fewer gradings at once on this host"
    raise GraderFault(message)
