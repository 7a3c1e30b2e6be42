"""A notebook, or a Markdown file as one of a single cell: what a page shows of it, and a word for the rest.

HTML, SVG and scripts among the outputs are left out and counted: a page must not hold a program of a student's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from web.rendering.picture import Picture, picture

MOST_CELLS = 400
MOST_CHARACTERS = 200_000
"""Of all cells together; from the cell on that goes beyond, they are left out."""
MOST_PICTURES = 400
"""Of all cells together: a page names each, and asks for each. Those after them are left out."""
LONGEST_OUTPUT = 8_000
"""Characters of all the text that one cell printed."""

# Lists and objects in the file: as Python's, a few megabytes of empty ones would take a hundred times their room.
_MOST_NESTED = 300_000
# What stands in them takes thirty times its room. Printed numbers have commas too.
_MOST_COMMAS = 1_000_000

# Colours and cursor movements of a terminal, and what sets its title.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_INLINE = re.compile(r"\(data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=]*)\)")
_PICTURES = ("image/png", "image/jpeg")


class Unreadable(Exception):
    """The file is no notebook; the message says why, for the student."""


class Cell(msgspec.Struct, frozen=True):
    """One cell. `number` counts code cells from 1, as messages of the tests do; None for another kind of cell.

    `output` is what it printed, without a terminal's colours; `pictures` and `attached` (by name) are places in
    `Notebook.pictures`; `unshown` is how many of its outputs have nothing that a page shows.
    """

    kind: str
    number: int | None
    source: str
    output: str = ""
    pictures: tuple[int, ...] = ()
    attached: dict[str, int] = {}
    unshown: int = 0


class Notebook(msgspec.Struct, frozen=True):
    """The cells within the bounds, how many more there are, and the pictures in base64, unchecked: see `shown`."""

    cells: tuple[Cell, ...]
    left_out: int
    pictures: tuple[str, ...]

    def shown(self, number: int) -> Picture | None:
        """One picture, checked; None when there is none of that number, or none that a page can show."""
        return picture(self.pictures[number]) if 0 <= number < len(self.pictures) else None


Lines = str | list[str]


class _Output(msgspec.Struct):
    text: Lines = ""
    data: dict[str, Any] = {}
    traceback: list[str] = []


class _Cell(msgspec.Struct):
    """`input` is what nbformat 3 calls the source of a code cell."""

    cell_type: str = ""
    source: Lines = ""
    input: Lines = ""
    outputs: list[_Output] = []
    attachments: dict[str, dict[str, Any]] | None = None


class _Sheet(msgspec.Struct):
    cells: list[_Cell] = []


class _File(msgspec.Struct):
    """nbformat 4 has its cells at the top, nbformat 3 in worksheets."""

    cells: list[_Cell] = []
    worksheets: list[_Sheet] = []


def read(data: bytes) -> Notebook:
    """The notebook in these bytes. Raises Unreadable."""
    if data.count(b"{") + data.count(b"[") > _MOST_NESTED or data.count(b",") > _MOST_COMMAS:
        raise Unreadable("it has more parts than any notebook")
    try:
        # Python's reader: notebooks hold NaN, which is no JSON.
        file = msgspec.convert(json.loads(data), _File)
    except RecursionError:
        raise Unreadable("it is nested deeper than any notebook") from None
    except ValueError as error:  # msgspec's and json's own are of this kind
        raise Unreadable(f"it is not what Jupyter writes ({error})") from None
    return _Reader().notebook([*file.cells, *(cell for sheet in file.worksheets for cell in sheet.cells)])


def of_markdown(data: bytes) -> Notebook:
    """A Markdown file as a notebook of one cell."""
    return _Reader().notebook([_Cell("markdown", data.decode("utf-8", "replace"))])


class _Reader:
    """Reads cell after cell, and collects their pictures."""

    def __init__(self) -> None:
        self.pictures: list[str] = []
        self._codes = 0

    def notebook(self, found: Sequence[_Cell]) -> Notebook:
        cells: list[Cell] = []
        room = MOST_CHARACTERS
        for each in found[:MOST_CELLS]:
            cell = self._cell(each)
            room -= len(cell.source) + len(cell.output)
            if room < 0:
                break
            cells.append(cell)
        return Notebook(tuple(cells), len(found) - len(cells), tuple(self.pictures))

    def _cell(self, cell: _Cell) -> Cell:
        source = _text(cell.source) or _text(cell.input)
        if cell.cell_type != "code":
            attached = {
                name: place
                for name, data in (cell.attachments or {}).items()
                if (place := self._keep(data)) is not None
            }
            return Cell(cell.cell_type, None, self._without_inline(source, attached), attached=attached)
        self._codes += 1
        texts, pictures, unshown = [], [], 0
        for output in cell.outputs:
            place = self._keep(output.data)
            text = _said(output)
            if place is not None:
                pictures.append(place)
            elif text:
                texts.append(text)
            else:
                unshown += bool(output.data)
        return Cell("code", self._codes, source, _cut("".join(texts)), tuple(pictures), unshown=unshown)

    def _without_inline(self, source: str, attached: dict[str, int]) -> str:
        """The text with pictures that stand in it as base64, as Colab writes them, made attachments."""

        def attach(match: re.Match[str]) -> str:
            if len(self.pictures) == MOST_PICTURES:
                return "()"
            self.pictures.append(match[1])
            name = f"in-the-text-{len(self.pictures)}"
            attached[name] = len(self.pictures) - 1
            return f"(attachment:{name})"

        return _INLINE.sub(attach, source)

    def _keep(self, data: dict[str, Any]) -> int | None:
        for media in _PICTURES if len(self.pictures) < MOST_PICTURES else ():
            encoded = data.get(media)
            if isinstance(encoded, list):
                encoded = "".join(part for part in encoded if isinstance(part, str))
            if isinstance(encoded, str):
                self.pictures.append(encoded)
                return len(self.pictures) - 1
        return None


def _said(output: _Output) -> str:
    """An output's text: what was printed, a value's plain form, or an error's traceback."""
    plain = output.data.get("text/plain", "")
    if isinstance(plain, list):
        plain = "".join(part for part in plain if isinstance(part, str))
    value = f"{plain}\n" if isinstance(plain, str) and plain else ""
    text = _text(output.text) or "\n".join(output.traceback) or value
    # Cut before the colours are taken away: what is beyond is not shown whatever it is.
    return _ANSI.sub("", text[: 2 * LONGEST_OUTPUT])


def _cut(text: str) -> str:
    if len(text) <= LONGEST_OUTPUT:
        return text
    return f"{text[:LONGEST_OUTPUT]}\n… the rest of the output is not shown; the file has it"


def _text(lines: Lines) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
