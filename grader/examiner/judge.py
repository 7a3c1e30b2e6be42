"""Decides a test's verdict from how it ended, and keeps the two families of failure apart."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

import msgspec
import pytest

from grader import wire
from grader.examiner.disagreement import Disagreement, told
from grader.examiner.failures import StudentFailure
from grader.report import GraderFault, Hint
from grader.verdicts import CATALOGUE

# What a test's own lines raise when they work with a value that is not what the reference would have given.
UNUSABLE = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError)


_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
_OURS = str(Path(__file__).parents[1])


class Outcome(msgspec.Struct, frozen=True):
    """A verdict, in whose words."""

    verdict: str
    message: str = ""
    hints: tuple[Hint, ...] = ()
    staff: str = ""


def judge(error: BaseException | None, *, student_answered: bool) -> Outcome:
    """The outcome of a test that ended with this exception. Raises GraderFault when it is not the student's doing."""
    match error:
        case None:
            return Outcome("passed", CATALOGUE["passed"].student)
        case StudentFailure():
            return Outcome(error.verdict, error.message, error.hints, traced(error))
        case Disagreement():
            # By this one input; `second_look` keeps what another shows as well.
            hints = told(error.sights)
            return Outcome("wrong", error.message(hints), hints)
        case AssertionError() | pytest.fail.Exception():
            return Outcome("wrong", _said_by_author(error) or CATALOGUE["wrong"].student, (), traced(error))
        case wire.WireError():
            return Outcome("crashed", f"Your program sent the grader something that is no answer: {error}.")
    if isinstance(error, MemoryError) and student_answered:
        return Outcome("out_of_memory", "What your code returned is too large to be looked at.", (), traced(error))
    if isinstance(error, UNUSABLE) and student_answered:
        text = f"The test could not work with what your code returned ({type(error).__name__})."
        return Outcome("wrong", text, (), traced(error))
    raise GraderFault(f"a test of the suite failed by itself:\n{traced(error)}") from error


def _said_by_author(error: BaseException) -> str:
    """The text of a failed assertion; "" where it is a library's, such as numpy.testing's: that tells what was
    expected."""
    if not error.args or not isinstance(error.args[0], str):
        return ""  # a plain assert: pytest rewrites none here
    raised_in = [frame.f_code.co_filename for frame, _line in traceback.walk_tb(error.__traceback__)][-1:]
    by_library = any(file.startswith(_LIBRARIES) and not file.startswith(_OURS) for file in raised_in)
    # `pytest.fail` raises in pytest, with the author's words.
    return "" if by_library and not isinstance(error, pytest.fail.Exception) else error.args[0]


def traced(error: BaseException) -> str:
    """The traceback for staff, its end if it is long."""
    return "".join(traceback.format_exception(error))[-4000:]
