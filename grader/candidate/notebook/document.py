"""The file format: an .ipynb's bytes to the sources of its code cells, nbformat 3 and 4. Runs nothing of them."""

from __future__ import annotations

import json

import msgspec


class NotebookError(Exception):
    """The file cannot be read as a notebook: says what is wrong with it."""


class _Cell(msgspec.Struct):
    """`source` is nbformat 4's name for the text, `input` nbformat 3's; a list holds its lines with their ends."""

    cell_type: str = ""
    source: str | list[str] = ""
    input: str | list[str] = ""


class _Worksheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Document(msgspec.Struct):
    """nbformat 4 has `cells` at the top, nbformat 3 in worksheets."""

    cells: list[_Cell] = []
    worksheets: list[_Worksheet] = []


def code_cells(data: bytes) -> list[str]:
    """The source of each code cell, in order. Raises NotebookError."""
    try:
        # Not msgspec's own decoder: outputs of plots hold NaN, which Python's writes and reads, and JSON has not.
        document = msgspec.convert(json.loads(data), _Document)
    except json.JSONDecodeError as error:
        raise NotebookError(f"it is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except msgspec.ValidationError as error:
        raise NotebookError(f"it is JSON, but no notebook: {error}") from None
    except RecursionError:
        raise NotebookError("it is JSON nested too deep for a notebook") from None
    except ValueError as error:
        raise NotebookError(f"it is not JSON: {error}") from None
    cells = [*document.cells, *(cell for sheet in document.worksheets for cell in sheet.cells)]
    codes = [_text(cell.source) or _text(cell.input) for cell in cells if cell.cell_type == "code"]
    if not codes:
        raise NotebookError("it holds no code cell")
    return codes


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
