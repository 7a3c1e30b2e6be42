"""The file format: an .ipynb's bytes to the sources of its code cells, nbformat 3 and 4. Runs nothing of them."""

from __future__ import annotations

import json
from typing import Any


class NotebookError(Exception):
    """The file cannot be read as a notebook: says what is wrong with it."""


def code_cells(data: bytes) -> list[str]:
    """The source of each code cell, in order. Raises NotebookError."""
    try:
        document = json.loads(data)
    except json.JSONDecodeError as error:
        raise NotebookError(f"it is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise NotebookError("it is JSON nested too deep for a notebook") from None
    except ValueError as error:
        raise NotebookError(f"it is not JSON: {error}") from None
    # nbformat 4 has its cells at the top, nbformat 3 in worksheets.
    sheets = [document, *_listed(document, "worksheets")]
    cells = [cell for sheet in sheets for cell in _listed(sheet, "cells")]
    codes = [_source(cell) for cell in cells if cell.get("cell_type") == "code"]
    if not codes:
        raise NotebookError("it holds no code cell")
    return codes


def _listed(table: Any, key: str) -> list[dict[str, Any]]:
    items = table.get(key, []) if isinstance(table, dict) else None
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise NotebookError(f"it is JSON, but not an object with a list of `{key}`")
    return items


def _source(cell: dict[str, Any]) -> str:
    # nbformat 3 calls it `input`; a list holds lines with their ends.
    text = cell.get("source") or cell.get("input") or ""
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if not isinstance(text, str):
        raise NotebookError("the source of a code cell is neither a text nor lines of text")
    return text
