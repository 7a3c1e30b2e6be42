"""Runs the candidate where it can reach nothing: starts it with limits, ends it, and says why it ended.

It must never parse what a candidate says, never run student code unprotected unless told so by name, and never leave a
process, a control group or a descriptor behind.
"""

from __future__ import annotations

from pathlib import Path

from grader.report import GraderFault
from grader.sandbox.contract import Ended, Limits, Reason, Running, Sandbox

__all__ = ["BACKENDS", "Ended", "Limits", "Reason", "Running", "Sandbox", "backend"]

BACKENDS = ("bubblewrap", "nursery", "none")


def backend(name: str, uid: int, cache: Path) -> Sandbox:
    """The sandbox called `name`. Raises GraderFault for another name than those of BACKENDS.

    `uid` is the first user id for sandboxes (used when we are root), `cache` the folder for runtime roots.
    """
    if name == "bubblewrap":
        from grader.sandbox.bubblewrap import Bubblewrap

        return Bubblewrap(uid, cache)
    if name == "nursery":
        from grader.sandbox.nursery import Nursery

        return Nursery(uid, cache)
    if name == "none":
        from grader.sandbox.unsafe import NoSandbox

        return NoSandbox()
    message = f"There is no sandbox called {name!r}; choose one of: {', '.join(BACKENDS)}"
    raise GraderFault(message)
