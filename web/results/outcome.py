"""What a submission page says of one grading: pure functions from rows to what the reader may see of them.

Every rule about what a student may see of a test is in here, and is applied at reading: a test that may be shown after
the deadline shows itself then, without a new grading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from grader.verdicts import CATALOGUE, Verdict
from submissions.clock import absolute
from submissions.gradings.hint_budget import Allowance
from submissions.models import Assignment, Grading, TestResult, now
from submissions.rules.rules import Shown
from submissions.scores import counting, sight
from submissions.scores.counting import Attempt, Standing
from submissions.scores.sight import Sight
from web.frame.context import LONGEST_ARRIVAL
from web.results.figures import Chart, Image, drawn

MOST_TO_MEND = 3
# What differs from layer to layer while the mistake is one: an index, a shape, which other names it holds of.
_PLACE = re.compile(r"\[\d+\]|\(\d+,[\d, ]*\)| The same holds for .*")


Reason = tuple[str, ...]
"""What a hint says, without the place where it says it: the same reason, the same mistake."""


class Reader(msgspec.Struct, frozen=True):
    """Who reads, and what decides what they may see. Staff see everything, students what their `sight` holds.

    `allowance` is what a student has left of the assignment's hints; None: all hints show. `opened` is what the hints
    say that the student has opened in this submission (`reasons`).
    """

    staff: bool
    at: datetime
    sight: Sight
    allowance: Allowance | None = None
    opened: frozenset[Reason] = frozenset()


class ShownTest(msgspec.Struct, frozen=True):
    """One test, without what this reader may not see. `advisory` tests are worth 0 points; `result` is its row's id.

    `closed`: it has hints, beside any `hints`, that the reader has not opened. `above`: the (id, title) of an earlier
    failing test that says the very same; None when this is the first to say it.
    """

    result: int
    id: str
    title: str
    points: float
    max_points: float
    verdict: Verdict
    message: str
    hints: tuple[str, ...]
    closed: bool
    output: str
    staff: str
    seconds: float
    figures: tuple[Chart | Image, ...] = ()
    above: tuple[str, str] | None = None

    @property
    def passed(self) -> bool:
        """True when there is nothing to mend."""
        return self.verdict.id == "passed"

    @property
    def advisory(self) -> bool:
        """True when no points hang on it."""
        return self.max_points == 0


class ShownTask(msgspec.Struct, frozen=True):
    """A task with its score, its tests, and how many more tests of it this reader does not see.

    `score` is None while it would tell how tests went that the reader does not see.
    """

    id: str
    title: str
    score: float | None
    max_score: float
    tests: tuple[ShownTest, ...]
    unseen: int


class Mend(msgspec.Struct, frozen=True):
    """One thing to mend: the sentence, the points that hang on it, and the tests (id, title) that say so.

    `closed` is a test among them with hints that the reader has not opened, where none of theirs says what to mend.
    """

    text: str
    points: float
    tests: tuple[tuple[str, str], ...]
    closed: ShownTest | None = None


def visible(visibility: str, reader: Reader) -> bool:
    """Whether the reader may see a test of this visibility now. An unknown visibility is not shown to students."""
    return reader.staff or reader.sight.test(visibility)


def shows_total(grading: Grading | None, reader: Reader) -> bool:
    """Whether the reader may see what a grading scored."""
    return reader.staff or grading is None or reader.sight.total(grading.suite.manifest)


def sight_of(assignment: Assignment, due_at: datetime | None, at: datetime) -> Sight:
    """What a student with this deadline sees at that moment: what opens at it, when nothing more can be on its way."""
    return sight.of(assignment, due_at, at - LONGEST_ARRIVAL)


def standing_for(staff: bool, standing: Standing) -> Standing:
    """A student's standing, without the scores that its student may not see, unless staff read it."""
    return standing if staff else counting.seen(standing, now() - LONGEST_ARRIVAL)


def why_unseen(attempt: Attempt, at: datetime, zone: str) -> str:
    """What a student reads in place of a score that is hidden, and when it will be there."""
    submission, grading = attempt.submission, attempt.grading
    seen = sight_of(submission.assignment, submission.due_at, at)
    waits_for = seen.hides_until(grading.suite.manifest) if grading is not None else None
    if waits_for is Shown.AFTER_DUE and submission.due_at is not None:
        when = f"minutes after the deadline, {absolute(submission.due_at, zone)}"
    else:
        when = "once your course publishes the results"
    return f"Your hand-in is safe, and graded. Its score will be here {when}."


def shown_tasks(grading: Grading, reader: Reader) -> list[ShownTask]:
    """The tasks of a final grading in the suite's order, each with the tests that the reader may see."""
    said: dict[tuple[object, ...], tuple[str, str]] = {}
    return [
        ShownTask(
            task.task,
            task.title,
            task.score if reader.staff or reader.sight.published or _tells_nothing(own, reader) else None,
            task.max_score,
            tuple(_after(said, shown_test(test, reader)) for test in own if visible(test.visibility, reader)),
            sum(not visible(test.visibility, reader) for test in own),
        )
        for task in grading.tasks
        for own in [[test for test in grading.tests if test.task == task.task]]
    ]


def _tells_nothing(tests: Sequence[TestResult], reader: Reader) -> bool:
    return all(visible(test.visibility, reader) for test in tests if test.max_points)


def _after(said: dict[tuple[object, ...], tuple[str, str]], test: ShownTest) -> ShownTest:
    """The test, pointing at the first one that said the same: a syntax error fails every test with one sentence."""
    if test.passed or not test.message:
        return test
    first = said.setdefault((test.verdict.id, test.message, test.hints), (test.id, test.title))
    return test if first[0] == test.id else msgspec.structs.replace(test, above=first)


def shown_test(test: TestResult, reader: Reader) -> ShownTest:
    """One test without what is not for this reader."""
    hints = _hints(test, reader)
    return ShownTest(
        test.id,
        test.test,
        test.title,
        test.points,
        test.max_points,
        CATALOGUE[test.verdict],
        test.message,
        tuple(hint["text"] for hint in hints),
        _is_closed(test, reader),
        test.output if reader.staff or reader.sight.prints() else "",
        test.staff if reader.staff else "",
        test.seconds,
        tuple(map(drawn, test.figures)),
    )


def to_mend(tests: Iterable[TestResult], reader: Reader) -> list[Mend]:
    """At most three things to mend first: those that say what to mend, then by the points that hang on each.

    Tests that fail for the same reason hang on one thing: a gradient that is summed instead of averaged in `Linear`
    shows in every test of every network above it. The reason is the first hint; without one, verdict and message.
    """
    groups: dict[tuple[str, ...], list[TestResult]] = {}
    for test in tests:
        if test.max_points > test.points and visible(test.visibility, reader):
            groups.setdefault(_reason(test, reader), []).append(test)
    for group in groups.values():
        # The plainest first: `dW` of a lone layer says the same as `dW[3]` of a deep network, and is easier to mend.
        group.sort(key=lambda test: (len(_sentence(test, reader)), test.position))
    first = sorted(groups.values(), key=lambda group: (_only_differs(group, reader), -_lost(group)))[:MOST_TO_MEND]
    return [_mend(group, reader) for group in first]


def _only_differs(group: list[TestResult], reader: Reader) -> bool:
    """Whether nothing says what to mend: that a network differs is often the echo of what is told about one layer."""
    return not any(_hints(test, reader) or test.verdict != "wrong" for test in group)


def _mend(group: list[TestResult], reader: Reader) -> Mend:
    first = group[0]
    # A lone sentence such as "`dW` differs" needs to say of what; a shared one is about more than one test.
    is_clear = _hints(first, reader) or len(group) > 1
    text = _sentence(first, reader) if is_clear else f"{first.title}: {_sentence(first, reader)}"
    waiting = next((test for test in group if _is_closed(test, reader)), None) if not _hints(first, reader) else None
    closed = shown_test(waiting, reader) if waiting is not None else None
    return Mend(text, _lost(group), tuple((test.test, test.title) for test in group), closed)


def _lost(group: list[TestResult]) -> float:
    return sum(test.max_points - test.points for test in group)


def reasons(hints: Iterable[dict[str, Any]]) -> frozenset[Reason]:
    """What these hints say, wherever they say it: `dW[0]` and `dW[3]`, a batch of 20 and one of 100, a bias of 64 and
    one of 10 are the same mistake."""
    return frozenset(map(_of_hint, hints))


def _hints(test: TestResult, reader: Reader) -> list[dict[str, Any]]:
    """The test's hints, as far as the reader may see them: one that was opened shows wherever it is said."""
    if reader.staff or reader.allowance is None:
        return test.hints
    return [hint for hint in test.hints if _of_hint(hint) in reader.opened]


def _is_closed(test: TestResult, reader: Reader) -> bool:
    return test.verdict != "passed" and len(_hints(test, reader)) < len(test.hints)


def _reason(test: TestResult, reader: Reader) -> Reason:
    """What the test failed for."""
    hints = _hints(test, reader)
    return _of_hint(hints[0]) if hints else ("verdict", test.verdict, test.message)


def _of_hint(hint: dict[str, Any]) -> Reason:
    text = _PLACE.sub("", hint["text"])
    relation = hint.get("params", {}).get("name")
    if relation is None:
        return ("hint", hint["kind"], text)
    subject = text.split("`")[1:2]
    return ("hint", hint["kind"], str(relation), *subject)


def _sentence(test: TestResult, reader: Reader) -> str:
    if hints := _hints(test, reader):
        return str(hints[0]["text"])
    return test.message or CATALOGUE[test.verdict].student


class Tick(msgspec.Struct, frozen=True):
    """One test of a running grading: `verdict` is None while it runs or waits; `now` marks the one that runs."""

    title: str
    verdict: Verdict | None
    now: bool


def ticks(grading: Grading, reported: Sequence[tuple[str, str]], reader: Reader) -> tuple[list[Tick], int]:
    """The tests of a running grading so far, from (test id, verdict or "") in order, and how many tests there are.

    Titles come from the suite's manifest, and a test that the reader may not see yet is counted and not named.
    """
    known = {test["id"]: test for test in grading.suite.manifest["tests"]}
    shown = []
    for test_id, verdict in reported:
        test = known.get(test_id)
        if test is not None and visible(test["visibility"], reader):
            shown.append(Tick(test["title"], CATALOGUE.get(verdict), not verdict))
    return shown, len(known)
