"""The same attacks on the same suite, run the way that other graders run one: tests, reference and hand-in in a single
pytest process, which writes the score to a file.

The attacks are real, so this runs in a throw-away sandbox: bubblewrap under a user of its own, with every namespace, no
network, rlimits and a time limit. Attacks on the machine itself are never run here.
"""

from __future__ import annotations

import compileall
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import distribution
from pathlib import Path
from typing import BinaryIO, NamedTuple

from grader.sandbox import Limits
from grader.sandbox.process import ENVIRONMENT, apply, rlimits
from grader.sandbox.root import Root
from tests.attacks.attack import HERE, Attack, tar
from tests.attacks.canaries import Canaries

SECONDS = 12
HONEST_SCORE = 4
# An ordinary suite knows no notebooks and no answer files.
SUITE = "attacked"
USER = 90_000 + os.getpid() % 5_000  # of nobody else on this machine
LIMITS = Limits(memory_mb=2048, processes=24, file_mb=16, cpu_seconds=SECONDS)
MOST_BYTES = 1 << 20
# What pytest is made of; Python and NumPy are in the sandbox's root.
PACKAGES = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
# Most containers cannot mount it; their /proc/sys is read-only.
_PROC = () if os.statvfs("/proc/sys").f_flag & os.ST_RDONLY else ("--proc", "/proc")


class Outcome(StrEnum):
    """How an attack ended in one process."""

    HELD = "held"
    FORGED = "forged points"
    READ = "read what is hidden"
    CHANGED = "changed the tests"
    LOST = "no result"
    NOT_RUN = "not run"

    @property
    def success(self) -> bool:
        """Whether the attacker got what he wanted. A run without a result is a nuisance, and counted apart."""
        return self in (Outcome.FORGED, Outcome.READ, Outcome.CHANGED)


class Run(NamedTuple):
    """What one run left: the score in its result file, if there is one, all that its author would be shown, and whether
    the tests are still what they were."""

    score: float | None
    shown: str
    tests_intact: bool


class OneProcess:
    """Runs attacks, one after another, each in a sandbox and a copy of the suite of its own."""

    def __init__(self, root: Root, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._canaries = Canaries()
        self._source = folder / "source"
        shutil.copytree(HERE / "ordinary", self._source, ignore=shutil.ignore_patterns("__pycache__"))
        for name in PACKAGES:
            for file in distribution(name).files or ():
                target = self._source / file
                if target.resolve().is_relative_to(self._source):  # not the programs beside it
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file.locate(), target)
        compileall.compile_dir(self._source, quiet=2)  # once, and not in each run
        self._check()

    def _check(self) -> None:
        """Raises RuntimeError unless honest work gets its points here: else nothing that fails here would say much."""
        solved = self._canaries.solution(SUITE)
        half = {"doubling.py": solved["doubling.py"]}
        scores = [self.run(tar(files)).score for files in (solved, half)]
        if scores != [10, HONEST_SCORE]:
            raise RuntimeError(f"graded in one process, the whole and half of the solution get {scores}")

    def attempt(self, attack: Attack) -> Outcome:
        """How the attack ends."""
        if attack.suite != SUITE or attack.expect.machine or not attack.possible_here:
            return Outcome.NOT_RUN
        run = self.run(attack.archive())
        if run.score is not None and run.score > HONEST_SCORE:
            return Outcome.FORGED
        # Expected values are not looked for: pytest's own message shows them to whoever fails.
        if self._canaries.seen_in([run.shown]):
            return Outcome.READ
        if not run.tests_intact:
            return Outcome.CHANGED
        return Outcome.LOST if run.score is None else Outcome.HELD

    def run(self, archive: bytes) -> Run:
        """Unpacks and grades one hand-in in the throw-away sandbox."""
        place = Path(tempfile.mkdtemp(dir=self._folder))
        tests = self._canaries.plant_in_suite(SUITE, place / "tests")
        results = place / "results"
        results.mkdir()
        (place / "handin").write_bytes(archive)
        # As there, the grader's files belong to the user that runs it all.
        for path in (place, *place.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
            if os.geteuid() == 0:
                os.chown(path, USER, USER)
        before = _content(tests)
        with (place / "output").open("w+b") as output:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._launch(place, output)
            output.seek(0)
            printed = output.read(MOST_BYTES).decode(errors="replace")
        result = _read(results / "results.json")
        intact = _content(tests) == before
        shutil.rmtree(place)
        return Run(_score(result), printed + result, intact)

    def _launch(self, place: Path, output: BinaryIO) -> None:
        user = ("setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--no-new-privs", "--")
        root = [word for top in self._tops() for word in ("--ro-bind", str(self._root.path / top), f"/{top}")]
        environment = {**ENVIRONMENT, "PATH": "/python/bin", "PYTHONPATH": "/autograder/source:/packages"}
        subprocess.run(
            [
                *(user if os.geteuid() == 0 else ()),
                *(
                    "bwrap",
                    "--unshare-all",
                    "--unshare-user",
                    "--cap-drop",
                    "ALL",
                    "--die-with-parent",
                    "--new-session",
                ),
                *("--clearenv", *(word for pair in environment.items() for word in ("--setenv", *pair))),
                *("--size", str(64 << 20), "--tmpfs", "/", *root, *_PROC, "--dev", "/dev"),
                *(
                    "--size",
                    str(64 << 20),
                    "--tmpfs",
                    "/tmp",
                    "--size",
                    str(64 << 20),
                    "--tmpfs",
                    "/autograder/submission",
                ),
                *("--ro-bind", str(self._source), "/autograder/source"),
                *("--ro-bind", str(place / "handin"), "/autograder/handin"),
                *("--bind", str(place / "tests"), "/autograder/tests"),
                *("--bind", str(place / "results"), "/autograder/results"),
                *("--", self._root.python, "-B", "/autograder/source/run.py"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath},
            timeout=SECONDS,
            preexec_fn=lambda: apply(rlimits(LIMITS, LIMITS.processes)),
        )

    def _tops(self) -> list[str]:
        wanted = {"dev", "tmp", "handin", "filters", "proc"}
        return sorted(path.name for path in self._root.path.iterdir() if path.name not in wanted)


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.py"))}


def _read(file: Path) -> str:
    """A file that an attack may have written: without following links, waiting for pipes, or reading for ever."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(MOST_BYTES).decode(errors="replace")


def _score(result: str) -> float | None:
    try:
        score = json.loads(result)["score"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return float(score) if isinstance(score, int | float) else None


@contextmanager
def one_process(root: Root) -> Iterator[OneProcess]:
    """The ordinary grader, over the sandbox's own Python and NumPy."""
    with tempfile.TemporaryDirectory(prefix="handin-one-process-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield OneProcess(root, folder)
