"""One process of the service, kept alive: it has a log file, is started again when it dies, stops within a bound."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# A process that lived this long had started well: the next pause begins from the first one again.
_HEALTHY_AFTER = 60.0
_LARGEST_LOG = 10_000_000


class Child:
    """A program under its own name, with a log file of that name."""

    def __init__(self, name: str, command: Sequence[str], log_folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log_folder / f"{name}.log"
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = _FIRST_PAUSE
        self._started = 0.0
        self._start_again_at: float | None = None

    def start(self) -> None:
        """Starts the program, in a session of its own: Ctrl-C reaches the launcher alone, which stops in order."""
        self._start_again_at = None
        self._started = time.monotonic()
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                # The kernel kills the child when the launcher dies, even by SIGKILL. KILL and not TERM: a worker would
                # first finish its grading, and every process here is made to be killed at any moment.
                ["setpriv", "--pdeathsig", "KILL", "--", *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self._environment),
                start_new_session=True,
            )

    def look(self) -> str:
        """Starts the program again when it died and its pause is over. Returns the news in a sentence, or ""."""
        if self._process is None:
            return ""
        if self._start_again_at is not None:
            if time.monotonic() < self._start_again_at:
                return ""
            self.start()
            return f"{self.name} is started again"
        status = self._process.poll()
        if status is None:
            return ""
        lived = time.monotonic() - self._started
        self._pause = _FIRST_PAUSE if lived > _HEALTHY_AFTER else min(2 * self._pause, _LONGEST_PAUSE)
        self._start_again_at = time.monotonic() + self._pause
        self._kill_group()
        return f"{self.name} ended ({ending(status)}); starting it again in {self._pause:.0f} s. Its log: {self.log}"

    @property
    def alive(self) -> bool:
        """Whether the program runs at this moment."""
        return self._process is not None and self._process.poll() is None

    def last_lines(self, count: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def stop(self, seconds: float) -> bool:
        """Asks it to stop; after `seconds`, kills it and all it started. Returns whether it ended by itself."""
        if self._process is None:
            return True
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        else:
            return True
        finally:
            self._kill_group()
            self._process.wait()
            self._process = None

    def _kill_group(self) -> None:
        # What a program leaves behind is in its session: pool processes of a worker that was killed, for one.
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


def ending(status: int) -> str:
    """Words for a process's return code."""
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
