"""The stand: `python -I -m grader.checking.mutants.stand SUITE FD`. The reference, with one of its files changed, sits
tests.

It does what it is told by who checks the suite, one order after the other, each in a fork of its own. It must never run
a hand-in.
"""

from __future__ import annotations

import gc
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from grader import wire
from grader.assignment import AssignmentError, load
from grader.candidate.modules import Modules
from grader.checking.mutants.forks import Tell, said_by
from grader.checking.mutants.lines import Lines
from grader.checking.mutants.varied import VARIATIONS, Variation, course_of
from grader.examiner.failures import failure
from grader.examiner.mistakes import at_most
from grader.examiner.protocol import Broken, Fault, Ready, Sat, Sit, Trace, Traced, Varied, Vary, listen, say
from grader.examiner.seat import die_with_parent
from grader.examiner.sitting import reference_side
from grader.examiner.solution import hidden, load_variant
from grader.examiner.suite import Suite, Test, open_suite
from grader.report import GraderFault

# Beyond the time that a test or an import may take by the clock on the wall: this one waits for the machine alone.
SLACK_SECONDS = 5.0
_PASSED, _FAILED, _END, _SAME = "passed", "failed", "end", "same"
Asked = dict[str, set[int]]


def main(folder: Path, channel: socket.socket) -> None:
    """Says Ready, then a word for each order until nobody gives any."""
    die_with_parent()

    def serve(suite: Suite) -> None:
        suite.sit_reference()
        # A fork copies what the collector touches: it need not look at what all of them share.
        gc.freeze()
        with tempfile.TemporaryDirectory(prefix="handin-mutants-") as place:
            stand = Stand(suite, folder / "reference", Path(place))
            say(channel, Ready(tuple(test.card for test in suite.tests)))
            while order := listen(channel):
                try:
                    say(channel, stand.obey(order))
                except GraderFault as fault:
                    say(channel, Fault(str(fault)))

    try:
        open_suite(folder, load(folder), serve)
    except AssignmentError as error:
        say(channel, Broken(str(error.file), error.key, error.expected))


class Stand:
    """A copy of the reference, one of whose files is changed at a time."""

    def __init__(self, suite: Suite, reference: Path, place: Path) -> None:
        self._suite = suite
        self._reference = reference
        self._copy = shutil.copytree(
            reference, (place / "reference").resolve(), ignore=shutil.ignore_patterns("__pycache__")
        )
        self._memory = suite.assignment.limits.memory_mb << 20
        with hidden(reference):
            self._plain = load_variant(suite.assignment, self._copy)

    def obey(self, order: object) -> Traced | Sat | Varied:
        """Does what one order says. Raises GraderFault."""
        match order:
            case Trace():
                return self._trace()
            case Sit(file, content, tests, every):
                with self._changed(file, content):
                    return Sat(tuple(self._failed(tests, every=every)))
            case Vary(file, content, tests):
                with self._changed(file, content):
                    return self._vary(tests)
        raise GraderFault(f"no order for a stand: {order}")

    @contextmanager
    def _changed(self, file: str, content: str) -> Iterator[None]:
        """Meanwhile the copy of the reference has that content."""
        target = self._copy / file
        before = target.read_bytes()
        target.write_text(content, encoding="utf-8")
        try:
            yield
        finally:
            target.write_bytes(before)

    def _failed(self, positions: Sequence[int], *, every: bool) -> Iterator[int]:
        """The positions of the tests that it fails. A test that ends the process is failed, and the others go on."""
        left = positions
        while left:
            tests = [self._suite.tests[each] for each in left]
            said = [*self._said(partial(self._sit, tests, every=every), tests)]
            ended = _END in said
            verdicts = said[:-1] if ended else [*said, _FAILED]
            yield from (position for position, verdict in zip(left, verdicts, strict=False) if verdict == _FAILED)
            if ended or not every:
                return
            left = left[len(verdicts) :]

    def _sit(self, tests: Sequence[Test], tell: Tell, *, every: bool) -> None:
        modules = self._imported()
        for test in tests:
            passed = modules is not None and self._passes(test, modules)
            tell(_PASSED if passed else _FAILED)
            if not passed and not every:
                break
        tell(_END)

    def _passes(self, test: Test, modules: Modules) -> bool:
        with at_most(test.seconds):
            return self._suite.run(test, reference_side(modules, failure)).error is None

    def _imported(self) -> Modules | None:
        """The changed reference; None when it does not import. Its process ends before the reference is used again."""
        limits = self._suite.assignment.limits
        try:
            with at_most(limits.import_seconds), hidden(self._reference):
                return load_variant(self._suite.assignment, self._copy)
        except AssignmentError:
            return None

    def _said(self, work: Callable[[Tell], None], tests: Sequence[Test]) -> Iterator[str]:
        longest = max(*(test.wall_seconds for test in tests), self._suite.assignment.limits.import_seconds)
        return said_by(work, self._memory, longest + SLACK_SECONDS)

    def _vary(self, positions: Sequence[int]) -> Varied:
        for variation in VARIATIONS:
            tests = {position: self._suite.tests[position] for position in positions}
            said = [*self._said(partial(self._compare, tests, variation), [*tests.values()])]
            if said and said[-1] != _SAME:
                return Varied(variation.name, int(said[-1]))
        return Varied("", -1)

    def _compare(self, tests: dict[int, Test], variation: Variation, tell: Tell) -> None:
        """Tells the position of a test before the mutant sits it, so that what ends its process is known; then, if it
        makes no difference, that. What ends the reference's own process is no input for it."""
        modules = self._imported()
        for position, test in tests.items():
            with at_most(2 * test.seconds):
                expected = course_of(self._suite, test, self._plain, variation)
            tell(str(position))
            with at_most(2 * test.seconds):
                if modules is None or not course_of(self._suite, test, modules, variation).is_like(expected):
                    return
            tell(_SAME)

    def _trace(self) -> Traced:
        imported = self._timed(self._suite.tests[0], lambda _test: self._load())
        tests = [self._timed(test, self._run) for test in self._suite.tests]
        return Traced(imported.lines, tuple(each.lines for each in tests), tuple(each.seconds for each in tests))

    def _timed(self, test: Test, run: Callable[[Test], Asked]) -> _Timed:
        """How long it takes, and what of the copy runs."""

        def work(tell: Tell) -> None:
            begun = time.process_time()
            run(test)
            seconds, lines = time.process_time() - begun, Lines(self._copy)
            with lines:
                asked = run(test)
            tell(msgspec.json.encode(_Timed(seconds, lines.seen | asked)).decode())

        said = [*self._said(work, [test])]
        if not said:
            raise GraderFault(f"{test.card.id} never ends while its lines are listed")
        return msgspec.json.decode(said[-1], type=_Timed)

    def _load(self) -> Asked:
        with hidden(self._reference):
            load_variant(self._suite.assignment, self._copy)
        return {}

    def _run(self, test: Test) -> Asked:
        """Runs a test; what it asks of an answer file counts as a file each."""
        asked: Asked = {}
        first, *_ = self._suite.assignment.student.imported(lambda path: (self._copy / path).is_file())

        def hear(message: wire.Message, _body: wire.Body) -> None:
            if isinstance(message, wire.Look):
                asked[f"{first}: {message.key}"] = {0}

        error = self._suite.run(test, reference_side(self._plain, failure, hear)).error
        if error is not None:
            raise GraderFault(f"a copy of the reference fails {test.card.id}: {error}")
        return asked


class _Timed(msgspec.Struct, frozen=True):
    seconds: float
    lines: dict[str, set[int]]


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
