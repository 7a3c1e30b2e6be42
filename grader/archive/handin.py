"""What was handed in, whole: an archive with the expected files in their places, or a notebook as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.archive.formats import load, read_archive
from grader.archive.layout import arrange
from grader.archive.limits import DEFAULT_LIMITS, SLIM_DOWN, in_megabytes
from grader.report import Refused


def read_handin(source: Path | bytes, expected: Sequence[str], *, command: str = "") -> dict[str, bytes]:
    """The hand-in's files by path; `expected` and `command` are as for `arrange`. Raises Refused.

    Where one notebook is all that is asked for, it may be handed in without an archive around it: a notebook is JSON,
    and no archive begins as JSON does.
    """
    data = source if isinstance(source, bytes) else load(source)
    notebook = lone_notebook(expected)
    if notebook and data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        if len(data) > DEFAULT_LIMITS.file_bytes:
            raise Refused(f"The notebook is larger than {in_megabytes(DEFAULT_LIMITS.file_bytes)}. {SLIM_DOWN}")
        return {notebook: data}
    return arrange(read_archive(data, command=command), expected, command=command)


def lone_notebook(expected: Sequence[str]) -> str:
    """The one notebook that is all that is asked for; "" when something else is, or more."""
    return expected[0] if len(expected) == 1 and expected[0].endswith(".ipynb") and "|" not in expected[0] else ""
