"""Decides a test's verdict from how it ended, and keeps the two families of failure apart."""

from __future__ import annotations

import traceback

import msgspec
import pytest

from grader import wire
from grader.examiner.disagreement import Disagreement, told
from grader.examiner.failures import StudentFailure
from grader.report import GraderFault, Hint
from grader.verdicts import CATALOGUE

# What a test's own lines raise when they work with a value that is not what the reference would have given.
UNUSABLE = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError)


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
            # Only what the author wrote: with plain asserts nothing else is in it.
            said = error.args[0] if error.args and isinstance(error.args[0], str) else CATALOGUE["wrong"].student
            return Outcome("wrong", said, (), traced(error))
        case wire.WireError():
            return Outcome("crashed", f"Your program sent the grader something that is no answer: {error}.")
    if isinstance(error, MemoryError) and student_answered:
        return Outcome("out_of_memory", "What your code returned is too large to be looked at.", (), traced(error))
    if isinstance(error, UNUSABLE) and student_answered:
        text = f"The test could not work with what your code returned ({type(error).__name__})."
        return Outcome("wrong", text, (), traced(error))
    raise GraderFault(f"a test of the suite failed by itself:\n{traced(error)}") from error


def traced(error: BaseException) -> str:
    """The traceback for staff, its end if it is long."""
    return "".join(traceback.format_exception(error))[-4000:]
