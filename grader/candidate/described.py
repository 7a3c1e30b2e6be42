"""Words what went wrong in the hand-in as plain, capped texts.

It must trust nothing of the student's objects: their `__str__`, names and file names may raise or lie.
"""

from __future__ import annotations

import builtins
import difflib
import linecache
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import numpy as np

from grader import wire

_OURS = str(Path(__file__).parents[1]) + os.sep

# Exceptions that a test may name in pytest.raises: those that can be made with one text. Not those that Python takes
# for the end of a loop: raised in a test they would end it silently.
NOT_BASES = (UnicodeError, BaseExceptionGroup, StopIteration, StopAsyncIteration)
BASES = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, NOT_BASES)
}


class Answered(Exception):
    """The operation has its answer already."""

    def __init__(self, answer: wire.Answer) -> None:
        self.answer = answer


def exception(error: BaseException, root: str) -> wire.Raised:
    """An exception, with the lines under the folder `root` that it went through; the innermost comes last."""
    base = next((each.__name__ for each in type(error).__mro__ if each.__name__ in BASES), "")
    frames = [*_frames(error.__traceback__, root), *_syntax(error, root)]
    return wire.Raised(_plain(type(error).__name__, 80), base, _text(error), tuple(frames[-wire.MAX_FRAMES :]))


def missing(name: str, owner: str, names: Iterable[object]) -> wire.Missing:
    """There is no `name`; says which of `names` look like it."""
    near = difflib.get_close_matches(name, [each for each in names if isinstance(each, str)], wire.MAX_NEAR, 0.75)
    return wire.Missing(_plain(name, 200), owner, tuple(_plain(each, 80) for each in near))


def kind(value: object) -> str:
    """The type's name for people; says what an array holds when its dtype cannot cross."""
    if type(value) is np.ndarray:
        return _plain(f"ndarray of dtype {value.dtype}", 80)
    return _plain(type(value).__name__, 80)


def _text(error: BaseException) -> str:
    try:
        return _plain(str(error.msg if isinstance(error, SyntaxError) else error), wire.MAX_TEXT)
    except BaseException:  # noqa: BLE001 - a student's __str__ may raise anything
        return "(its text could not be made)"


def _plain(text: str, most: int) -> str:
    return text[:most].encode("utf-8", "replace").decode()


def _frames(traceback: TracebackType | None, root: str) -> list[wire.Frame]:
    lines = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append((code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    # A recursion's traceback has a thousand frames; its end is enough.
    return [_frame(*line, root) for line in lines[-200:] if _is_theirs(line[0], root)]


def _is_theirs(file: str, root: str) -> bool:
    # A student's own machine may have this package among his files.
    return file.startswith(root + os.sep) and not file.startswith(_OURS)


def _syntax(error: BaseException, root: str) -> list[wire.Frame]:
    if not isinstance(error, SyntaxError) or not isinstance(error.filename, str):
        return []
    if not _is_theirs(error.filename, root) or not isinstance(error.lineno, int):
        return []
    return [_frame(error.filename, error.lineno, "", root)]


def _frame(file: str, line: int, function: str, root: str) -> wire.Frame:
    code = linecache.getline(file, line).strip()
    name = file.removeprefix(root + os.sep).replace(os.sep, "/")
    return wire.Frame(_plain(name, 200), line, _plain(function, 80), _plain(code, 200))
