"""What student code raises can be expected by a test; what merely broke cannot."""

from __future__ import annotations

import builtins

import pytest

from grader import wire
from grader.candidate.described import BASES
from grader.examiner.failures import StudentFailure, failure


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
