"""The gradebook: students by assignments, or by the tasks of one, as a page and as a file for a spreadsheet.

What is shown is asked for in the address alone, so that a link to it, and the file, show the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from flask import Blueprint, Response, current_app, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select

from submissions.models import Assignment, State, now
from submissions.scores import gradebook
from submissions.scores.gradebook import Book, Cell, Column, Row, Which
from web.frame.access import Seat, for_staff
from web.frame.context import reading
from web.words import spreadsheet
from web.words.states import DECIDED, EXCUSED, GRADING, HELD, LATE, NOT_HANDED_IN, SO_FAR
from web.words.wording import points

blueprint = Blueprint("gradebook", __name__, url_prefix="/courses/<course>")


class Asked(msgspec.Struct, frozen=True):
    """What the address asks for; what it cannot mean is passed over."""

    of: Assignment | None
    which: Which | None
    section: str
    who: str
    sort: str
    down: bool
    left: bool = False

    def query(self, **other: str | None) -> dict[str, Any]:
        """The address's query for the same with something changed; None leaves it out."""
        own = {
            "of": self.of.slug if self.of else None,
            "show": self.which,
            "section": self.section,
            "who": self.who,
            "sort": self.sort,
            "down": "1" if self.down else None,
            "left": "1" if self.left else None,
        }
        return {name: str(value) for name, value in {**own, **other}.items() if value}

    def by(self, sort: str) -> dict[str, Any]:
        """The query that sorts by a column: scores and then names from above, the other way when it does already."""
        down = not self.down if self.sort == sort else sort.startswith("in:")
        return self.query(sort=sort, down="1" if down else None)


@blueprint.get("/gradebook")
@for_staff
def page(seat: Seat) -> str:
    """Where does everybody stand?"""
    asked = _asked(seat)
    whole = gradebook.book(reading(), seat.course.id, seat.reach, asked.of, asked.left)
    book = _narrowed(whole, asked)
    return render_template(
        "gradebook.html",
        seat=seat,
        asked=asked,
        book=book,
        everybody=len(whole.rows),
        counts=whole.counts(),
        chips=_CHIPS,
        marks=_MARKS,
        drawn=_drawing(book.columns),
        here=partial(_address, seat),
        download=url_for("gradebook.file", course=seat.course.slug, **asked.query()),
        knows=url_for("students.page", course=seat.course.slug, login="a").removesuffix("a/"),
    )


@blueprint.get("/gradebook.csv")
@for_staff
def file(seat: Seat) -> Response:
    """The same rows and columns as comma-separated values."""
    asked = _asked(seat)
    book = _narrowed(gradebook.book(reading(), seat.course.id, seat.reach, asked.of, asked.left), asked)
    today = now().astimezone(ZoneInfo(seat.course.timezone)).date()
    name = "-".join((seat.course.slug, "gradebook", *([asked.of.slug] if asked.of else []), f"{today}.csv"))
    return spreadsheet.file(_lines(book), name)


def _address(seat: Seat, query: dict[str, Any]) -> str:
    return url_for("gradebook.page", course=seat.course.slug, **query)


_CHIPS = {"": NOT_HANDED_IN, **{str(state): chip for state, chip in GRADING.items()}}


# Where a hand-in's number goes: in no text of a page.
_NUMBER = "\0"
_MARKS = {
    "late": LATE,
    "decided": DECIDED,
    "so_far": SO_FAR,
    "held": HELD,
    "excused": EXCUSED,
    "not_handed_in": NOT_HANDED_IN,
}


def _drawing(columns: Sequence[Column]) -> Callable[[Row], Markup]:
    """What draws a row's cells: by a template once for each look, as tens of thousands of cells have few hundred looks.

    Only the number of the hand-in that a cell opens is put in later.
    """
    template = current_app.jinja_env.get_template("parts/gradebook_cell.html")
    drawn: dict[tuple[object, ...], tuple[str, str]] = {}
    # To build each of as many addresses would take longer than all else.
    address = url_for("submissions.page", submission=1).removesuffix("1/") + _NUMBER + "/"

    def around(cell: Cell, of_task: bool) -> tuple[str, str]:
        opens = address if cell.submission_id is not None else ""
        shown = template.render(cell=cell, of_task=of_task, chips=_CHIPS, opens=opens, **_MARKS)
        before, _, after = shown.partition(_NUMBER)
        return before, after

    def draw(row: Row) -> Markup:
        parts: list[str] = []
        for column, cell in zip(columns, row.cells, strict=True):
            number = cell.submission_id
            waits, of_task = cell.waiting > 0, column.of_task
            told = (cell.late, cell.penalty, waits, cell.held, cell.decided, cell.excused)
            look = (number is None, of_task, cell.state, cell.score, *told)
            if look not in drawn:
                drawn[look] = around(cell, of_task)
            before, after = drawn[look]
            parts += (before, after) if number is None else (before, str(number), after)
        # Escaped by the template, whose output is a plain str; what is put in is a number.
        return Markup("".join(parts))  # noqa: S704

    return draw


def _asked(seat: Seat) -> Asked:
    slug = request.args.get("of", "")
    of = select(Assignment).where(Assignment.course_id == seat.course.id, Assignment.slug == slug)
    show = request.args.get("show", "")
    return Asked(
        reading().scalar(of) if slug else None,
        Which(show) if show in set(Which) else None,
        request.args.get("section", ""),
        request.args.get("who", "").strip(),
        request.args.get("sort", ""),
        request.args.get("down") == "1",
        request.args.get("left") == "1",
    )


def _narrowed(book: Book, asked: Asked) -> Book:
    return book.only(asked.which, asked.section, asked.who).sorted(asked.sort, asked.down)


def _lines(book: Book) -> Iterator[list[str]]:
    head = ["Name", "Login", "Section"]
    for column in book.columns:
        head += [column.title, *([] if column.of_task else [f"{column.title}: state", f"{column.title}: of"])]
    yield head
    for row in book.rows:
        values: list[str] = [row.name, row.login, row.section]
        for column, cell in zip(book.columns, row.cells, strict=True):
            values.append(_number(cell.score))
            if not column.of_task:
                values += [state(cell), _number(cell.max_score if cell.state == State.GRADED else column.max_score)]
        yield values


def state(cell: Cell) -> str:
    """A cell's state in words."""
    words = [_CHIPS[cell.state].word] if not cell.excused else [EXCUSED.word]
    if cell.late:
        words.append(LATE.word)
    if cell.penalty:
        words.append(f"{points(cell.penalty)} % off")
    if cell.waiting:
        words.append((HELD if cell.held else SO_FAR).word)
    if cell.decided and not cell.excused:
        words.append(DECIDED.word)
    return ", ".join(words)


def _number(value: float | None) -> str:
    # Enough digits for thirds of the largest scores, and none of what sums of tenths leave at the far end.
    return "" if value is None else f"{value:.10g}"
