"""How a student's code can fail a test, each as an exception that carries its verdict and the student's sentence.

Faults of the grader are none of these (`grader.report.GraderFault`), and the two families must never be caught
together.
"""

from __future__ import annotations

import builtins
from functools import cache

from grader import wire
from grader.candidate.answers import SUFFIXES
from grader.candidate.described import BASES
from grader.report import Hint


class StudentFailure(BaseException):
    """The hand-in failed this test: `verdict` is a key of the catalogue, `message` is for the student.

    Not an Exception, so that a test's own `pytest.raises(Exception)` cannot take a crash, a time-out or a missing
    name for what it expects; only what the student's code raised itself is one as well (`_raised_as`).
    """

    def __init__(self, verdict: str, message: str, hints: tuple[Hint, ...] = ()) -> None:
        super().__init__(message)
        self.verdict, self.message, self.hints = verdict, message, hints


def failure(answer: wire.Answer, called: str) -> StudentFailure:
    """The exception for an answer that is no result; `called` says in code what was being done."""
    match answer:
        case wire.Raised():
            return _raised(answer, called)
        case wire.Missing():
            return _missing(answer)
        case wire.NotImported():
            return StudentFailure("import_failed", _not_imported(answer))
        case wire.Unsendable():
            return StudentFailure("wrong", f"`{called}` gave a value that cannot be graded: {answer.reason}.")
        case _:
            return StudentFailure("crashed", "Your program answered out of turn.")


def told(error: wire.Raised) -> str:
    """The exception as a student knows it: type, text, and the lines of his own files, innermost last."""
    return "\n".join([_named(error), *_places(error)])


def _named(error: wire.Raised) -> str:
    return ": ".join(filter(None, (error.type, error.text)))


def _places(error: wire.Raised) -> list[str]:
    lines = []
    for frame in error.frames:
        lines.append(f"  {frame.file}, line {frame.line}" + (f", in {frame.function}" if frame.function else ""))
        if frame.code:
            lines.append(f"    {frame.code}")
    return lines


def _not_imported(answer: wire.NotImported) -> str:
    # The innermost line is the one to mend: a module often fails for the sake of another that it imports.
    frames = answer.error.frames
    where = f"`{frames[-1].file}`, line {frames[-1].line}," if frames else f"`{answer.module}`"
    fails = "does not import"
    if ", cell " in where:
        fails = "does not run"
    elif answer.module.endswith(SUFFIXES):
        fails = "cannot be read"
    return "\n".join([f"{where} {fails}: {_named(answer.error)}", *_places(answer.error)])


def _missing(answer: wire.Missing) -> StudentFailure:
    near = " or ".join(f"`{name}`" for name in answer.near)
    hint = Hint("similar_name", f"There is {near}: did you mean `{answer.name}`?", {"name": answer.name})
    message = (
        f"`{answer.name}` was not found in {answer.owner if answer.owner == 'the hand-in' else f'`{answer.owner}`'}."
    )
    return StudentFailure("missing_name", message, (hint,) if near else ())


def _raised(error: wire.Raised, called: str) -> StudentFailure:
    message = f"While the test called `{called}`:\n{told(error)}"
    if error.base == "NotImplementedError" or _raises_not_implemented(error):
        return StudentFailure("not_implemented", "\n".join([f"`{called}` is not implemented yet.", *_places(error)]))
    if error.base == "MemoryError":
        return StudentFailure("out_of_memory", message)
    return _raised_as(error.base)("raised", message, _hints(error))


_NONE = "There is None where a value belongs. Is a `return` missing where it comes from, or was it never set?"
_APART = "Two arrays whose shapes do not fit meet in the last of these lines. Is one transposed, or of another layer?"
# What words of Python's and NumPy's mean most often: exceptions, one of these words, kind of hint, text. The student
# reads these words anyway, and nothing of the reference's is looked at: so these hints need no second input.
_TELLING = (
    (("TypeError", "AttributeError"), ("NoneType",), "none", _NONE),
    (
        ("ValueError",),
        ("mismatch in its core dimension", "could not be broadcast together", "not aligned"),
        *("shapes_apart", _APART),
    ),
)


def _hints(error: wire.Raised) -> tuple[Hint, ...]:
    return tuple(
        Hint(kind, text)
        for bases, words, kind, text in _TELLING
        if error.base in bases and any(each in error.text for each in words)
    )


def _raises_not_implemented(error: wire.Raised) -> bool:
    # The handout's stubs say `raise NotImplemented`, which Python answers with a TypeError.
    last = error.frames[-1].code if error.frames else ""
    return error.base == "TypeError" and last.replace(" ", "").startswith("raiseNotImplemented")


@cache
def _raised_as(base: str) -> type[StudentFailure]:
    """A StudentFailure that is also the builtin exception, so that a test may say `pytest.raises(ValueError)`."""
    if base not in BASES:
        return StudentFailure
    return type(f"Student{base}", (StudentFailure, getattr(builtins, base)), {})
