"""No isolation: student code as a plain process of ours, for `--unsafe-no-sandbox` on a machine that holds nothing.

Only rlimits hold. It can read, change and send away whatever this user can, the tests included; every page says so.
"""

from __future__ import annotations

import ctypes
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from grader.candidate import lockdown
from grader.report import GraderFault
from grader.sandbox.contract import Limits
from grader.sandbox.process import ENVIRONMENT, Process, apply, launch, rlimits

_LIBC = ctypes.CDLL(None)  # loaded here: between fork and exec nothing may be looked up
_PR_SET_PDEATHSIG = 1
_LOOP = (str(Path(lockdown.__file__).with_name("start.py")),)


class NoSandbox:
    """Implements `contract.Sandbox` without any of its protection."""

    name = "none"

    def __init__(self, program: tuple[str, ...] = _LOOP) -> None:
        """`program` is what Python runs."""
        self._program = program

    def prepare(self) -> None:
        """Nothing to do."""

    def start(self, limits: Limits) -> Process:
        """As the contract says. The hand-in goes to a folder below the system's temporary one, removed by `reap`."""
        folder = tempfile.mkdtemp(prefix="handin-unsafe-")
        # The user's other processes count, so a limit on processes would hit them and not the hand-in.
        bounds = [bound for bound in rlimits(limits, 0) if bound[0] != resource.RLIMIT_NPROC]

        def before_exec() -> None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            apply(bounds)

        try:
            child, control = launch(
                lambda fd: [sys.executable, "-I", "-B", "-X", "utf8", *self._program, str(fd)],
                cwd=folder,
                environment={**ENVIRONMENT, "HOME": folder, lockdown.UNSAFE: "1"},
                before_exec=before_exec,
            )
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(folder)
            message = f"The unprotected candidate could not be started: {error}"
            raise GraderFault(message) from error
        return Process(child, control, folder=Path(folder))
