"""Whether this machine's clock is kept right: deadlines, receipts and leases go by it."""

from __future__ import annotations

import ctypes

from grader.sandbox.doctor import Finding, Level

# adjtimex(2): what it answers for a clock that nothing keeps, and room for its structure, zeroed so that it only asks.
_TIME_ERROR = 5
_ROOM = 512


def examine() -> list[Finding]:
    """What the kernel says of the clock."""
    state = kernel_state()
    if state < 0:
        return []
    if state == _TIME_ERROR:
        return [
            Finding(
                "clock",
                Level.CAUTION,
                "nothing keeps this machine's clock right, and deadlines go by it",
                "Run chrony or systemd-timesyncd on it (in a container or virtual machine: on its host).",
            )
        ]
    return [Finding("clock", Level.PASS, "kept right, as the kernel says")]


def kernel_state() -> int:
    """The kernel's word for the state of the clock; negative where it may not be asked."""
    return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_ROOM)))
