"""How many gradings a machine does when there are always more: one under way for each core, in each of the ways."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import psutil

from bench.cases import Run, bare_pytest
from grader.grading import Examiners

_SECONDS = 10.0
_ROUNDS = 4


class Rate(msgspec.Struct, frozen=True):
    """Gradings a second, median of some rounds, and seconds of a processor that each took of the whole machine."""

    name: str
    rates: tuple[float, ...]
    cores: float

    @property
    def median(self) -> float:
        """Of the rounds."""
        return statistics.median(self.rates)


@contextmanager
def isolated(suite: Path, handin: Path, folder: Path, core: int) -> Iterator[Run]:
    """warm examiners as a worker keeps them, each grading in a sandbox of its own"""
    with Examiners(cache=folder, core=core) as examiners:

        def grade() -> float:
            began = time.perf_counter()
            report = examiners.grade(suite, handin)
            if report.score != report.max_score:
                raise RuntimeError("the right solution did not get full marks")
            return time.perf_counter() - began

        yield grade


def rates(suite: Path, handin: Path, folder: Path) -> list[Rate]:
    """Each way in turn, round by round."""
    with ExitStack() as stack:
        bare: list[Run] = []
        for core in range(psutil.cpu_count() or 1):
            place = folder / f"bare{core}"
            place.mkdir()
            bare.append(stack.enter_context(bare_pytest(suite, handin, place)))
            bare[-1]()
        warm = stack.enter_context(on_each_core(suite, handin, folder / "sandbox"))
        ways = {
            "bare `python -m pytest`, a fresh process each": bare,
            "isolated, by warm examiners": warm,
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(_ROUNDS):
            for name, runs in ways.items():
                found[name].append(saturated(runs))
    return [
        Rate(name, tuple(rate for rate, _ in each), statistics.median(cores for _, cores in each))
        for name, each in found.items()
    ]


@contextmanager
def on_each_core(suite: Path, handin: Path, folder: Path) -> Iterator[list[Run]]:
    """Warm examiners, one for each core, each of which has graded once."""
    with ExitStack() as stack:
        runs = [stack.enter_context(isolated(suite, handin, folder, core)) for core in range(psutil.cpu_count() or 1)]
        for run in runs:
            run()
        yield runs


def saturated(runs: list[Run]) -> tuple[float, float]:
    """Gradings a second with one after the other in each of the runs, and processor seconds of the machine for each."""
    until, done, failed = time.monotonic() + _SECONDS, [0] * len(runs), []

    def work(place: int) -> None:
        try:
            while time.monotonic() < until:
                runs[place]()
                done[place] += 1
        except Exception as error:  # noqa: BLE001 - raised again, in the thread that asked
            failed.append(error)

    began, busy = time.monotonic(), _busy()
    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done) / (time.monotonic() - began), (_busy() - busy) / sum(done)


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system)


def table(found: list[Rate]) -> str:
    """The rates, and their ratio to the first."""
    rows = [
        f"| {each.name} | {each.median:.2f} | {min(each.rates):.2f} to {max(each.rates):.2f} "
        f"| {each.median / found[0].median:.2f} | {each.cores:.2f} |"
        for each in found
    ]
    return f"""
## Always more to grade

One grading under way for each core, {_ROUNDS} rounds of {_SECONDS:.0f} s in turn. Processor seconds are of the whole
machine.

| way | gradings a second | least to most | ratio | processor seconds each |
|---|---|---|---|---|
{chr(10).join(rows)}
"""
