"""The written answers on a submission's page: what was found of each, what a person gave, and the form for staff.

Students see the points, the comment and the items of the rubric that were ticked; the others are the staff's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from flask import url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from grader.assignment import Task
from submissions.models import ManualScore, RubricItem, Submission, Suite
from submissions.scores import counting, manual, rubric
from submissions.scores.manual import BadPoints, Judgement
from web.frame.access import Seat
from web.frame.context import reading
from web.frame.errors import not_found
from web.rendering.markdown import left_out
from web.rendering.sheet import Sheet
from web.results import answers, contents
from web.results.answers import Answer, Part
from web.words import typed, wording

_LONGEST_ANSWER = 24_000
"""Characters of one answer that stand on the page; its document has the rest. A `Sheet` bounds all of them together."""
_SHORTEST_PART = 100
"""Each part takes its time: a shorter one counts as so many characters."""


class Form(msgspec.Struct, frozen=True):
    """What a task's form holds: what was given, or what was typed and could not be taken, and then why not. `offered`
    names the rubric that it was opened with."""

    points: str = ""
    rubric: tuple[int, ...] = ()
    comment: str = ""
    trouble: str = ""
    offered: str | None = None


class Written(msgspec.Struct, frozen=True):
    """One task that a person grades: its answer as markup, or the path of a PDF or picture, or why there is none.

    `rubric` holds every item of the task's, the retired ones too. `documents` are the places where the answer stands: a
    path, and the cell in it.
    """

    task: Task
    rubric: tuple[RubricItem, ...]
    given: ManualScore | None
    answer: Answer
    text: Markup
    documents: tuple[tuple[str, int], ...]
    comment: Markup
    form: Form

    @property
    def ticked(self) -> list[RubricItem]:
        """The items of the rubric that were found."""
        return [item for item in self.rubric if self.given is not None and item.id in self.given.rubric]

    @property
    def offered(self) -> list[RubricItem]:
        """The items that can be ticked: those in use, and what was found before it was retired."""
        return [item for item in self.rubric if item.retired_at is None or item in self.ticked]

    @property
    def known(self) -> str:
        """What the form sends back, so that nobody ticks what has become another item meanwhile."""
        return rubric.known(self.rubric)

    @property
    def seen(self) -> str:
        """What the form sends back, so that points which somebody else gives meanwhile are not replaced unread."""
        return self.given.at.isoformat() if self.given is not None else ""


def suite_of(submission: Submission) -> Suite | None:
    """The suite whose tasks a submission answers: that of the grading which speaks for it."""
    grading = counting.speaking(submission)
    return grading.suite if grading is not None else submission.assignment.suite


def task_of(submission: Submission, task_id: str) -> Task:
    """The task of that id, if a person grades it; else the request ends as not found."""
    suite = suite_of(submission)
    tasks = manual.written_tasks(suite) if suite is not None else ()
    return next((task for task in tasks if task.id == task_id), None) or not_found()


def shown(seat: Seat, submission: Submission, refused: Mapping[str, Form]) -> list[Written]:
    """Every written task of the submission, in order, with what this reader may know of its points; `refused` are forms
    that could not be taken, by task.
    """
    suite = suite_of(submission)
    tasks = manual.written_tasks(suite) if suite is not None else ()
    if suite is None:
        return []
    given = _all_given(submission) if seat.staff else counting.released(submission)
    return _shown(submission, suite, tasks, tasks, given, refused)


def one(submission: Submission, task: Task, refused: Form | None) -> Written:
    """One written task of the submission alone, for staff; `refused` is its form, if that could not be taken."""
    suite = suite_of(submission) or not_found()
    # The others' headings end its answer.
    tasks = manual.written_tasks(suite)
    typed_in = {task.id: refused} if refused is not None else {}
    return _shown(submission, suite, tasks, [task], _all_given(submission), typed_in)[0]


def _all_given(submission: Submission) -> dict[str, ManualScore]:
    """Released or not: for staff alone."""
    return {each.task: each for each in submission.manual_scores}


def _shown(
    submission: Submission,
    suite: Suite,
    tasks: Sequence[Task],
    asked: Sequence[Task],
    given: Mapping[str, ManualScore],
    refused: Mapping[str, Form],
) -> list[Written]:
    if not asked:
        return []
    expected = suite.manifest["files"]
    found = answers.find(contents.files(submission, expected), expected, tasks)
    sheet = Sheet()
    items = rubric.items(reading(), submission.assignment_id)
    return [
        Written(
            task,
            tuple(each for each in items if each.task == task.id),
            given.get(task.id),
            found[task.id],
            _rendered(submission, found[task.id], sheet),
            tuple(dict.fromkeys((part.document, part.cell) for part in found[task.id].parts)),
            sheet.prose(given[task.id].comment) if task.id in given and given[task.id].comment else Markup(),
            refused.get(task.id) or _as_given(given.get(task.id)),
        )
        for task in asked
    ]


def read_form(fields: MultiDict[str, str]) -> tuple[Form, datetime | None]:
    """What was typed, whatever it is, and when the points that the grader had before them were given."""
    ticked = {int(each) for each in fields.getlist("rubric") if each.isdecimal() and len(each) < 10}
    form = Form(
        fields.get("points", "").strip(),
        tuple(sorted(ticked)),
        typed.lines(fields.get("comment", "")),
        offered=fields.get("offered"),
    )
    try:
        return form, datetime.fromisoformat(fields["seen"]) if fields.get("seen") else None
    except ValueError:
        # No form of ours: as with any other that is out of date, nothing is replaced unread.
        return form, None


def judgement(form: Form) -> Judgement:
    """What the form says. Raises manual.BadPoints."""
    try:
        points = typed.points(form.points)
    except typed.NoNumber as error:
        raise BadPoints(str(error)) from None
    return Judgement(points, form.rubric, form.comment)


def _as_given(given: ManualScore | None) -> Form:
    if given is None:
        return Form()
    return Form(wording.points(given.points), tuple(given.rubric), given.comment)


def _rendered(submission: Submission, answer: Answer, sheet: Sheet) -> Markup:
    if answer.lines:
        return sheet.code(answer.lines, "python" if answer.file.lower().endswith(".py") else "")
    return _prose(submission, answer.parts, sheet)


def _prose(submission: Submission, parts: tuple[Part, ...], sheet: Sheet) -> Markup:
    text, room = Markup(), _LONGEST_ANSWER
    pictures: dict[tuple[str, int], dict[str, str]] = {}
    for part in parts:
        if room <= 0:
            return text + left_out("the rest of a very long answer; the document has it")
        cell = part.document, part.cell
        if cell not in pictures:
            pictures[cell] = addresses(submission, part.document, part.attached)
        text += sheet.prose(part.text[:room], pictures=pictures[cell])
        room -= max(len(part.text), _SHORTEST_PART)
    return text


def addresses(submission: Submission, path: str, attached: Mapping[str, int]) -> dict[str, str]:
    """Where the pictures that a document's cell names are to be had."""
    return {
        name: url_for("documents.picture", submission=submission.id, path=path, number=number)
        for name, number in attached.items()
    }
