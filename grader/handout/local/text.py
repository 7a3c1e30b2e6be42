"""What the local autograder prints: each test as it ends, why it failed, and the table of tasks.

Eighty columns, without colour. Where the terminal cannot write a sign, the word beside it says the same.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence

from grader.assignment import Task
from grader.handout.local.plan import Elsewhere
from grader.report import Report, TestReport
from grader.verdicts import CATALOGUE

WIDTH = 79
# Where a test's title stands, and what is said about it.
COLUMN = 12
# For terminals that cannot write the signs.
_IN_ASCII = {
    **{ord(verdict.symbol): "-" for verdict in CATALOGUE.values() if not verdict.symbol.isascii()},
    **str.maketrans({"✓": "+", "→": ">", "…": "..."}),
}
# Of what a program printed, the end tells most.
_MOST_LINES = 12


class Told:
    """Prints tests one after the other under their tasks' titles, and says one cause once where many fail for it."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = {task.id: task.title for task in tasks}
        self._task = ""
        self._said: dict[tuple[object, ...], TestReport] = {}

    def test(self, test: TestReport) -> None:
        """The test's line and, if it failed, what there is to say about it."""
        if test.task != self._task:
            self._task = test.task
            say("")
            say(self._tasks[test.task])
        verdict = CATALOGUE[test.verdict]
        points = f"{test.points:g} of {test.max_points:g}" if test.max_points else "advice"
        what = (test.verdict, test.message, tuple(hint.text for hint in test.hints))
        first = self._said.get(what) if test.verdict != "passed" else None
        above = f", as above: {self._named(first)}" if first else ""
        say(f"{verdict.symbol} {points:>8}  {test.title}: {verdict.word}{above}", hanging=COLUMN)
        if test.verdict == "passed" or first:
            return
        self._said[what] = test
        for told in (test.message or verdict.student, *(f"→ {hint.text}" for hint in test.hints)):
            for line in told.splitlines():
                say(line, indent=COLUMN)
        self._output(test.output)

    def _named(self, test: TestReport) -> str:
        # Two tasks may each have a test called "Forward".
        return test.title if test.task == self._task else f"{self._tasks[test.task]}: {test.title}"

    def _output(self, output: str) -> None:
        lines = output.splitlines()
        if not lines:
            return
        cut = len(lines) > _MOST_LINES
        say(f"Your program printed{f' (its last {_MOST_LINES} lines)' if cut else ''}:", indent=COLUMN)
        for line in lines[-_MOST_LINES:]:
            say(f"| {line}", indent=COLUMN)


def summary(report: Report, elsewhere: Sequence[Elsewhere], by_person: str, command: str) -> None:
    """The table of tasks, what else there is to earn, what this score is worth, and the scores as one line of JSON."""
    width = max(len("Task"), len("Total"), *(len(task.title) for task in report.tasks))
    say("")
    say(f"{'Task':{width}}  {'Points':>7}  {'of':>5}")
    for task in report.tasks:
        say(f"{task.title:{width}}  {task.score:>7g}  {task.max_score:>5g}")
    say(f"{'Total':{width}}  {report.score:>7g}  {report.max_score:>5g}")
    say("")
    if elsewhere:
        say("The server alone tests, besides:")
        for each in elsewhere:
            say(f"{each.task}: {_count(each.tests, 'test')}, {_count(each.points, 'point')}", indent=2, hanging=2)
        say("")
    if by_person:
        say(by_person)
        say("")
    packed = f"Make the archive with `{command}` and hand it in" if command else "Hand your files in"
    say(
        f"This score is on your machine only, on other inputs than the server's. {packed}: that alone counts, and is "
        "worth doing more than once before the deadline."
    )
    say("")
    scored = [test for test in report.tests if test.max_points]
    named = Counter(test.title for test in scored)
    tasks = {task.id: task.title for task in report.tasks}
    scores = {
        test.title if named[test.title] == 1 else f"{tasks[test.task]}: {test.title}": test.points for test in scored
    }
    write(json.dumps({"scores": scores}))


def _count(number: float, word: str) -> str:
    return f"{number:g} {word}{'' if number == 1 else 's'}"


def say(text: str, indent: int = 0, hanging: int = 0) -> None:
    """Prints the text in lines of at most 79 columns, those after the first as far in as `indent` and `hanging` say."""
    margin = " " * indent
    shown = (each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text.expandtabs(4))
    plain = "".join(shown)
    # Lines of code keep the spaces that they begin with.
    inner = margin + " " * (hanging + len(plain) - len(plain.lstrip()))
    lines = textwrap.wrap(
        plain, WIDTH, initial_indent=margin, subsequent_indent=inner, drop_whitespace=True, break_on_hyphens=False
    )
    for line in lines or [""]:
        write(line)


def write(line: str) -> None:
    """Prints the line as far as the terminal can write it."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        line = line.translate(_IN_ASCII).encode(encoding, "replace").decode(encoding)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
