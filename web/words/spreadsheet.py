"""CSV files for spreadsheets: what people wrote is shown there and never computed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

# What a spreadsheet takes for the beginning of a formula, in its full-width form too (OWASP, "CSV Injection"). One that
# parts cells by semicolons or tabs, as in half of Europe, finds a beginning within a value, too.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(rf"\A(?=[{_SIGNS}\t\r\n])|(?<=[\s\S][;\t\r\n])\s*(?=[{_SIGNS}])")


def file(rows: Iterable[Sequence[str]], name: str) -> Response:
    """The rows as a file to keep."""
    # With a byte order mark: without one, spreadsheets take names in other scripts for another encoding.
    response = Response(text(rows).encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def text(rows: Iterable[Sequence[str]]) -> str:
    """The rows as such a file's text."""
    written = io.StringIO()
    csv.writer(written).writerows([_plain(value) for value in row] for row in rows)
    return written.getvalue()


def _plain(value: str) -> str:
    """A value that a spreadsheet shows and does not compute."""
    return _FORMULA.sub(r"\g<0>'", value)
