"""`python -m bench.parts [ROUNDS]`: where the time of a grading goes, found by adding one part after the other.

Each row is the right solution sitting all tests of `hw1p1` once more, with one thing more between it and the tests. All
of it keeps to one core, where examiner and candidate take turns: wall time is what both of them took.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

import msgspec
import psutil

from bench.cases import ROOT, SUITE, THREADS, Run, bare_pytest, plain_pytest, right_solution, timed
from bench.machine import machine
from grader import wire
from grader.archive import read_handin
from grader.assignment import load
from grader.candidate.serving import Serving
from grader.examiner.asking import Asking
from grader.examiner.candidate_process import CandidateProcess
from grader.examiner.conversation import Channel, Output
from grader.examiner.exam import sit_all
from grader.examiner.failures import StudentFailure, failure
from grader.examiner.imports import Imports
from grader.examiner.sides import Side
from grader.examiner.sitting import reference_side
from grader.examiner.suite import Suite, open_suite
from grader.grading import ENVIRONMENT, Examiners
from grader.sandbox import Sandbox, backend
from grader.sandbox.unsafe import NoSandbox

RESULTS = ROOT / "bench" / "PARTS.md"
_SECONDS = 120
_OUTPUT = 1 << 20


class Step(msgspec.Struct, frozen=True):
    """One way to sit all tests: what it adds to the one before, and what that is."""

    name: str
    run: Run


def in_this_process(suite: Suite) -> Run:
    """The tests with the solution in the same process; values are copied as the wire copies them."""
    return _all_tests(suite, lambda: reference_side(suite.reference, failure))


@contextmanager
def in_one_process_beside(suite: Suite) -> Iterator[Run]:
    """The solution in one other process, for all tests alike: what the wire adds."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _serve(suite, theirs)
    theirs.close()
    channel = Channel(ours, Output(None, _OUTPUT))
    imports = Imports(suite.assignment, {})

    def side() -> Side:
        channel.deadline = time.monotonic() + _SECONDS
        return Asking(channel, imports, _never).side

    yield _all_tests(suite, side)
    ours.close()
    os.waitpid(child, 0)


def _never(error: Exception) -> StudentFailure:
    raise RuntimeError("the right solution failed") from error


def _serve(suite: Suite, channel: socket.socket) -> None:
    take = wire.take_from(channel)
    serving = Serving(suite.reference, partial(wire.send, channel), partial(wire.receive, take))
    while True:
        try:
            serving.answer(*wire.receive(take))
        except EOFError:
            os._exit(0)


def _all_tests(suite: Suite, side: Callable[[], Side]) -> Run:
    def run() -> float:
        begun = time.perf_counter()
        for test in suite.tests:
            one = side()
            one.seed(suite.seed_of(test))
            if error := suite.run(test, one).error:
                raise error
        return time.perf_counter() - begun

    return run


@contextmanager
def forked(suite: Suite, sandbox: Sandbox, handin: Path) -> Iterator[Run]:
    """Forks as of a grading, in this sandbox, whose start is not counted."""
    sandbox.prepare()
    files = read_handin(handin, suite.assignment.handin.files, command=suite.assignment.handin.command)
    with CandidateProcess(sandbox, suite.assignment) as candidate:
        candidate.start()
        candidate.load(files)
        candidate.import_modules()

        def run() -> float:
            begun = time.perf_counter()
            if any(each.verdict != "passed" for each in sit_all(suite, candidate, lambda _event: None)):
                raise RuntimeError("the right solution did not pass")
            return time.perf_counter() - begun

        yield run


@contextmanager
def whole(handin: Path, folder: Path, core: int) -> Iterator[Run]:
    """A whole grading by a warm examiner, as a worker has it done, one after the other."""
    with Examiners(cache=folder, core=core) as examiners:

        def run() -> float:
            begun = time.perf_counter()
            examiners.grade(SUITE, handin)
            return time.perf_counter() - begun

        yield run


def main(rounds: int) -> None:
    """Measures all in turn, prints and keeps the report."""
    core = (psutil.cpu_count() or 1) - 1
    os.sched_setaffinity(0, {core})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handin-bench-")))
        handin = right_solution(SUITE, folder)
        place = folder / "bare"
        place.mkdir()

        def use(suite: Suite) -> None:
            suite.sit_reference()
            enter: Callable[[AbstractContextManager[Run]], Run] = stack.enter_context
            steps = [
                Step("the tests' own lines and the solution's, in one process", in_this_process(suite)),
                Step("+ the wire to another process", enter(in_one_process_beside(suite))),
                Step("+ a fork of it, kept while tests pass", enter(forked(suite, NoSandbox(), handin))),
                Step(
                    "+ the sandbox around it",
                    enter(forked(suite, backend("nursery", 64123, folder / "sandbox"), handin)),
                ),
                Step("+ the examiner's own fork, the sandbox's, the import", enter(whole(handin, folder, core))),
            ]
            python = (sys.executable, "-I", "-B", "-c")
            beside = [
                Step("Python starts", partial(timed, [*python, "pass"], ENVIRONMENT)),
                Step("Python and NumPy start", partial(timed, [*python, "import numpy"], ENVIRONMENT)),
                Step("pytest starts and collects the suite", partial(_collect, place)),
                Step("bare `python -m pytest`, all of it", enter(bare_pytest(SUITE, handin, place))),
            ]
            _report(rounds, steps, beside)

        open_suite(SUITE, load(SUITE), use)


def _collect(place: Path) -> float:
    command = [sys.executable, *plain_pytest(SUITE), "--collect-only"]
    environment = ENVIRONMENT | {"HANDIN_BENCH": str(place), "HANDIN_BENCH_SUITE": str(SUITE)}
    begun = time.perf_counter()
    subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def _report(rounds: int, steps: list[Step], beside: list[Step]) -> None:
    seconds: dict[str, list[float]] = {step.name: [] for step in (*steps, *beside)}
    for done in range(-1, rounds):
        for step in (*steps, *beside):
            took = step.run()
            if done >= 0:  # the first pays for caches that every later one finds
                seconds[step.name].append(took)
        print(f"round {done + 1} of {rounds}", file=sys.stderr)
    bare = statistics.median(seconds[beside[-1].name])
    before, rows = 0.0, []
    for step in steps:
        median = statistics.median(seconds[step.name])
        rows.append(f"| {step.name} | {1000 * median:.0f} | {1000 * (median - before):+.0f} | {median / bare:.2f} |")
        before = median
    others = [
        f"| {step.name} | {1000 * (median := statistics.median(seconds[step.name])):.0f} | | {median / bare:.2f} |"
        for step in beside
    ]
    text = f"""# Where the time of a grading goes

`python -m bench.parts`: the right solution of `hw1p1` sits all its tests, each row with one thing more; {rounds}
rounds, all rows in turn, medians. Everything keeps to one core.
{machine("numpy", "pytest")} One BLAS thread everywhere.

| with | milliseconds | more than before | ratio to bare pytest |
|---|---|---|---|
{chr(10).join(rows)}

What a process that is not warm pays, on the same core:

| | milliseconds | | ratio to bare pytest |
|---|---|---|---|
{chr(10).join(others)}
"""
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if not THREADS.items() <= os.environ.items():
        # NumPy has made its threads when it was imported.
        os.execve(sys.executable, [sys.executable, "-m", "bench.parts", *sys.argv[1:]], {**os.environ, **THREADS})
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
