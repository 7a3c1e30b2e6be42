"""The door of this package: `Examiners` keeps one warm examiner process for each suite, and has hand-ins graded by
them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec

from grader.assignment import AssignmentError, load, suite_hash
from grader.examiner.protocol import Broken, Fault, Grade, Graded, Prepare, Ready, RefusedHandin, listen, say
from grader.report import GraderFault, OnEvent, PhaseDone, Refused, Report, TestDone, TestStarted

MOST_WARM = 4
LOAD_SECONDS = 60
# Beyond what an assignment's own limits add up to, a grading that says nothing is stuck, and that is our fault.
SLACK_SECONDS = 60


class Cancelled(GraderFault):
    """The grading was ended from outside; nothing is known about the hand-in."""


def ignore(_event: object) -> None:
    """An `on_event` for those who only want the report."""


def open_process(module: str, folder: Path) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process of ours that loads a suite's code, in a session of its own, and the channel to it."""
    ours, theirs = socket.socketpair()
    ours.settimeout(LOAD_SECONDS)
    python = (sys.executable, "-I", "-B", "-X", "utf8")
    with theirs:
        process = subprocess.Popen(
            [*python, "-m", module, str(folder.resolve()), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            # What tests and reference print must not stand in a command's own output, which may be JSON.
            stdout=sys.__stderr__,
            env=ENVIRONMENT,
            start_new_session=True,
        )
    return process, ours


class Examiner:
    """One warm process that holds one suite. Raises AssignmentError when the suite does not load."""

    def __init__(self, folder: Path) -> None:
        self._limits = load(folder).limits
        self._process, self._channel = open_process("grader.examiner", folder)
        match self._listen():
            case Ready(tests):
                self.tests = tests
            case Broken(file, key, expected):
                self.close()
                raise AssignmentError(Path(file), key, expected)
            case other:
                self.close()
                raise GraderFault(f"the examiner did not start; it said {other}")

    def prepare(self, wish: Prepare) -> None:
        """Has it be ready to grade; needed once, before the first grading."""
        say(self._channel, wish)

    def grade(self, handin: Path, on_event: OnEvent) -> Report:
        """One grading. Raises Refused or GraderFault; after a GraderFault the examiner may be gone (`alive`)."""
        limits = self._limits
        self._channel.settimeout(limits.total_seconds + limits.import_seconds * 8 + SLACK_SECONDS)
        try:
            return self._grade(Grade(str(handin.resolve())), on_event)
        except (Refused, GraderFault):
            raise
        except BaseException:
            # Left in the middle, it would answer the next hand-in with what it has to say about this one.
            self.close()
            raise

    def _grade(self, order: Grade, on_event: OnEvent) -> Report:
        say(self._channel, order)
        while True:
            match self._listen():
                case Graded(report):
                    return report
                case RefusedHandin(message):
                    raise Refused(message)
                case Fault(text):
                    raise GraderFault(text)
                case PhaseDone() | TestStarted() | TestDone() as event:
                    on_event(event)
                case _:
                    self.close()
                    raise GraderFault("the examiner ended in the middle of a grading")

    def _listen(self) -> Any:
        try:
            return listen(self._channel)
        except TimeoutError:
            self.close()
            raise GraderFault("the examiner has not spoken for longer than a grading may take") from None

    @property
    def alive(self) -> bool:
        """Whether it can be given another hand-in."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Ends the examiner, its grading and its sandbox at once. May be called from another thread."""
        if self.alive:
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Ends it and releases what it held."""
        self.kill()
        self._process.wait()
        self._channel.close()


# One thread of BLAS: two gradings would otherwise spin against each other, and results would depend on the load.
ENVIRONMENT = {
    "PATH": os.defpath + ":/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}


class Examiners:
    """The warm examiners of one worker process, the latest `MOST_WARM` suites. Use as a context manager, from one
    thread.

    `sandbox` and `sandbox_uid` are as of `grader.sandbox.backend`; `cache` is where the sandbox's file system is kept.
    `core` is the processor that its gradings keep to: examiner and candidate take turns, and waking one another on the
    same processor is several times faster than across two. `named` says that suites' folders are named by their
    content, and never change: they are then not read anew for each grading.
    """

    def __init__(
        self,
        sandbox: str = "nursery",
        sandbox_uid: int = 64123,
        cache: Path = Path("var/sandbox"),
        core: int | None = None,
        *,
        named: bool = False,
    ) -> None:
        self._named = named
        self._wish = Prepare(sandbox, sandbox_uid, str(cache.resolve()), core)
        self._warm: OrderedDict[str, Examiner] = OrderedDict()
        self._working: Examiner | None = None
        self._cancelled = False

    def __enter__(self) -> Examiners:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def grade(self, suite: Path, handin: Path, on_event: OnEvent = ignore) -> Report:
        """Grades the archive at `handin` by the suite in the folder `suite`.

        Raises Refused (the student's), GraderFault (ours), Cancelled (see `cancel`), AssignmentError (the author's).
        """
        self._cancelled = False
        examiner = self._examiner(suite)
        self._working = examiner
        try:
            return examiner.grade(handin, on_event)
        except (GraderFault, OSError) as error:
            if self._cancelled:
                raise Cancelled("the grading was cancelled") from error
            if isinstance(error, OSError):
                raise GraderFault(f"the examiner cannot be reached: {error}") from error
            raise
        finally:
            self._working = None

    def cancel(self) -> None:
        """From another thread: ends the grading that runs now, which then raises Cancelled."""
        working = self._working
        if working:
            self._cancelled = True
            working.kill()

    def close(self) -> None:
        """Ends all examiners."""
        while self._warm:
            self._warm.popitem()[1].close()

    def _examiner(self, suite: Path) -> Examiner:
        name = suite.name if self._named else suite_hash(suite)
        known = self._warm.pop(name, None)
        if known and not known.alive:
            known.close()
            known = None
        if known is None:
            known = Examiner(suite)
            known.prepare(self._wish)
        self._warm[name] = known
        if len(self._warm) > MOST_WARM:
            self._warm.popitem(last=False)[1].close()
        return known


def manifest(folder: Path) -> dict[str, Any]:
    """What pages may know of a suite: id, title, summary, files, command, tasks and tests, and nothing of their code.

    Loads the suite in a process of its own. Raises AssignmentError.
    """
    assignment = load(folder)
    examiner = Examiner(folder)
    examiner.close()
    return {
        "id": assignment.id,
        "title": assignment.title,
        "summary": assignment.summary,
        "files": list(assignment.handin.files),
        "command": assignment.handin.command,
        "tasks": [msgspec.to_builtins(task) for task in assignment.tasks],
        "tests": [msgspec.to_builtins(test) for test in examiner.tests],
    }
