"""What student code raises can be expected by a test; what merely broke cannot."""

from __future__ import annotations

import builtins
import unittest

import numpy as np
import pytest

from grader import wire
from grader.candidate.described import BASES
from grader.examiner.endings import ended
from grader.examiner.failures import _APART, _NONE, StudentFailure, failure
from grader.examiner.judge import judge


@pytest.mark.parametrize("base", sorted(BASES - {"NotImplementedError", "MemoryError"}))
def test_each_builtin_exception_can_be_expected_by_its_name(base):
    with pytest.raises(getattr(builtins, base)) as caught:
        raise failure(wire.Raised(base, base, "as asked"), "f()")
    assert caught.value.verdict == "raised"
    assert "as asked" in caught.value.message


@pytest.mark.parametrize(
    "base", ["ExceptionGroup", "StopIteration", "UnicodeDecodeError", "SystemExit", "no such thing", ""]
)
def test_what_is_no_plain_exception_is_a_failure_and_nothing_else(base):
    told = failure(wire.Raised(base, base, "text"), "f()")
    assert type(told) is StudentFailure
    assert told.verdict == "raised"


@pytest.mark.parametrize(
    "answer",
    [
        wire.Missing("f", "the hand-in"),
        wire.NotImported("solution", wire.Raised("E", "ValueError", "")),
        wire.Unsendable("it is too deep"),
        wire.Raised("NotImplementedError", "NotImplementedError", ""),
        wire.Raised("MemoryError", "MemoryError", ""),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_what_merely_broke_cannot_be_expected(answer):
    assert not isinstance(failure(answer, "f()"), Exception)


@pytest.mark.parametrize(
    ("code", "cpu_seconds", "verdict"),
    [
        (-9, 5.0, "timed_out"),
        (-9, 2.6, "timed_out"),  # the kernel's limit runs ahead of its report
        (-9, 0.1, "crashed"),
        (-11, 0.1, "crashed"),
        (-11, 4.9, "crashed"),
        (-127, 0.0, "crashed"),
        (0, 4.9, "crashed"),
        (255, 0.0, "crashed"),
    ],
)
def test_a_process_that_ended_has_crashed_unless_the_processor_s_time_was_over(code, cpu_seconds, verdict):
    assert ended(code, cpu_seconds, cpu_limit=5).verdict == verdict


def test_a_module_that_does_not_import_is_told_by_the_line_to_mend():
    frames = (
        wire.Frame("hw1/hw1.py", 7, "<module>", "from linear import *"),
        wire.Frame("mytorch/linear.py", 24, "", "def f(x)"),
    )
    told = failure(
        wire.NotImported("hw1", wire.Raised("SyntaxError", "SyntaxError", "expected ':'", frames)), "f()"
    ).message
    assert told.splitlines()[0] == "`mytorch/linear.py`, line 24, does not import: SyntaxError: expected ':'"


EXPLAINED = [
    ("TypeError", "unsupported operand type(s) for *: 'NoneType' and 'float'", ["none"]),
    ("AttributeError", "'NoneType' object has no attribute 'T'", ["none"]),
    ("ValueError", "operands could not be broadcast together with shapes (2,3) (4,)", ["shapes_apart"]),
    ("ValueError", "'NoneType'", []),
    ("ValueError", "math domain error", []),
]


@pytest.mark.parametrize(("base", "text", "kinds"), EXPLAINED)
def test_a_hint_on_an_exception_explains_words_that_the_student_reads_and_holds_nothing_else(base, text, kinds):
    told = failure(wire.Raised(base, base, text), "f()")
    assert [hint.kind for hint in told.hints] == kinds
    assert text in told.message
    # One sentence for all inputs: no second one could change it.
    assert {(hint.text, *hint.params) for hint in told.hints} <= {(_NONE,), (_APART,)}


def fails(check):
    """The outcome of a test whose last line this was."""
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        check()
    return judge(caught.value, student_answered=True)


def asserts(words):
    raise AssertionError(words)


@pytest.mark.parametrize(
    "check",
    [
        lambda: np.testing.assert_allclose(1.0, 48213.625),
        lambda: np.testing.assert_array_equal([1], [48213.625]),
        lambda: unittest.TestCase().assertEqual(1, 48213.625),  # noqa: PT009 - its message is what is looked at
    ],
)
def test_an_assertion_of_a_library_tells_the_student_no_expected_value(check):
    outcome = fails(check)
    assert outcome.verdict == "wrong"
    assert "48213" not in outcome.message
    assert "48213" in outcome.staff


@pytest.mark.parametrize(
    "check", [lambda: asserts("as the author says it"), lambda: pytest.fail("as the author says it")]
)
def test_an_assertion_of_the_author_is_told_in_his_words(check):
    assert fails(check).message == "as the author says it"
