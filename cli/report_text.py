"""A report as text for a terminal: the score by task, then task by task what did not pass and why.

Messages and output carry a student's own bytes: no control character of theirs may reach the terminal.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.report import Report, TaskReport, TestReport
from grader.verdicts import CATALOGUE

_BAR = 20


def show(report: Report, by_person: str, console: Console) -> None:
    """Prints the whole report; `by_person` says which tasks no test grades, if there are any."""
    console.print(_plain(f"{report.assignment}: {number(report.score)} of {number(report.max_score)} points"))
    console.print(tasks(report.tasks))
    if by_person:
        console.print(_plain(by_person), soft_wrap=True)
    failed = [test for test in report.tests if test.verdict != "passed"]
    if not failed:
        console.print("Every test passed.")
    said: dict[tuple[object, ...], str] = {}
    for task in report.tasks:
        of_task = [test for test in failed if test.task == task.id]
        if of_task:
            console.print()
            console.print(_plain(task.title), style="bold", soft_wrap=True)
        for test in of_task:
            _show_test(test, task, said, console)


def tasks(found: tuple[TaskReport, ...]) -> Table:
    """The score by task, as a table with bars."""
    table = Table("task", "score", "", box=None, pad_edge=False, header_style="dim")
    for task in found:
        full = round(_BAR * task.score / task.max_score) if task.max_score else 0
        bar = "█" * full + "░" * (_BAR - full)
        table.add_row(_plain(task.title), f"{number(task.score):>4} of {number(task.max_score)}", bar)
    return table


def number(points: float) -> str:
    """Points without a needless fraction: 12, 2.5."""
    return f"{points:g}"


def points(count: float) -> str:
    """Such as "1 point", "2.5 points"."""
    return f"{number(count)} {'point' if count == 1 else 'points'}"


def _show_test(test: TestReport, task: TaskReport, said: dict[tuple[object, ...], str], console: Console) -> None:
    verdict = CATALOGUE[test.verdict]
    lost = f"{points(test.max_points - test.points)} lost" if test.max_points else "advisory"
    # One syntax error fails every test with one sentence, which is worth reading once.
    what = (test.verdict, test.message, tuple(hint.text for hint in test.hints))
    first = said.get(what)
    line = f"{verdict.symbol} {test.title}: {verdict.word} ({lost})"
    console.print(_plain(line if first is None else f"{line}, as above: {first}"), soft_wrap=True)
    if first is not None:
        return
    # Two tasks may each have a test called "Forward".
    said[what] = f"{task.title}, {test.title}"
    for told in (test.message or verdict.student, *(f"→ {hint.text}" for hint in test.hints)):
        for line in told.splitlines():
            console.print(_plain(f"    {line}"), soft_wrap=True)


def _plain(line: str) -> Text:
    # Text, not str: square brackets of a student's must not be read as markup either.
    return Text("".join(character if character.isprintable() else "�" for character in line))
