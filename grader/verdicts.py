"""The catalogue of verdicts: every way a test, or a whole hand-in, can end, and in whose words.

The two families must never be mixed: a verdict whose party is `Party.STUDENT` costs the points of its test;
one whose party is `Party.SERVICE` is a fault of the grader, is retried, and never becomes a score.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Party(StrEnum):
    """Who has to act on a verdict."""

    NOBODY = "nobody"
    STUDENT = "student"
    SERVICE = "service"


class Verdict(msgspec.Struct, frozen=True):
    """One way to end.

    `student` and `staff` are sentences, `help` a short paragraph for the help page. `symbol` goes beside the word, so
    that no page needs colour alone.
    """

    id: str
    word: str
    symbol: str
    party: Party
    student: str
    staff: str
    help: str


_ALL = (
    Verdict(
        "passed",
        "passed",
        "✓",
        Party.NOBODY,
        "Your code agrees with the reference.",
        "Agreed with the reference.",
        "The values that the test looked at have the right type, shape and numbers.",
    ),
    Verdict(
        "wrong",
        "wrong result",
        "✗",
        Party.STUDENT,
        "Your code ran, but its result is not the reference's.",
        "Ran, and disagreed with the reference.",
        "The test called your code and compared what came back: type, dtype, shape and values. The hints say how the "
        "two differ.",
    ),
    Verdict(
        "raised",
        "raised an error",
        "!",
        Party.STUDENT,
        "Your code raised an exception.",
        "The hand-in raised an exception.",
        "The exception, and the lines of your own files that it went through, are shown with the test. Run the same "
        "call on your machine to see it.",
    ),
    Verdict(
        "not_implemented",
        "not implemented yet",
        "…",
        Party.STUDENT,
        "This part is not implemented yet.",
        "Raised NotImplementedError, or the starter's `raise NotImplemented`.",
        "The method still does what the starter code does. Fill it in; the other tests are graded all the same.",
    ),
    Verdict(
        "missing_name",
        "name not found",
        "?",
        Party.STUDENT,
        "A name that the test needs is not in your files.",
        "A class, function or attribute that the test needs does not exist in the hand-in.",
        "The assignment names the classes, functions and attributes that tests use. Check the spelling, and that it "
        "stands in the file where the assignment puts it.",
    ),
    Verdict(
        "import_failed",
        "file does not import",
        "!",
        Party.STUDENT,
        "A file that the test needs does not import.",
        "A module of the hand-in could not be imported.",
        "Python could not read the file: a syntax error, a missing module, or an exception at its top level. Only "
        "NumPy and Python's own library exist here.",
    ),
    Verdict(
        "timed_out",
        "timed out",
        "◔",
        Party.STUDENT,
        "Your code did not finish within the time limit.",
        "Ran past the limit on wall or processor time.",
        "Most often a loop that never ends, or a loop over single numbers where one NumPy operation would do. Only "
        "this test is affected.",
    ),
    Verdict(
        "out_of_memory",
        "out of memory",
        "▲",
        Party.STUDENT,
        "Your code asked for more memory than a test may use.",
        "Ran past the memory limit.",
        "Often an outer product or a broadcast of (N, 1) with (1, N) where (N,) was meant, or a list that grows in a "
        "loop.",
    ),
    Verdict(
        "too_much_output",
        "too much output",
        "≡",
        Party.STUDENT,
        "Your code printed more than a test may print.",
        "Ran past the limit on output.",
        "Remove the print statements inside loops, then hand in again.",
    ),
    Verdict(
        "crashed",
        "crashed",
        "✸",
        Party.STUDENT,
        "Your program ended in the middle of the test.",
        "The candidate process ended, or stopped speaking the grader's language, during the test.",
        "It exited, was ended by a signal, or broke the connection to the grader. A call of exit(), or a recursion "
        "that never ends, does this.",
    ),
    Verdict(
        "refused_archive",
        "refused",
        "⊘",
        Party.STUDENT,
        "The file could not be taken as a hand-in.",
        "The archive was refused before grading.",
        "The file is not an archive, is damaged, is too large, or does not hold the files that the assignment asks "
        "for. Nothing was graded.",
    ),
    Verdict(
        "grader_fault",
        "our fault",
        "⚙",
        Party.SERVICE,
        "Something went wrong on our side. Your hand-in is safe, and the staff have been told.",
        "The grader itself failed; see the fault's text.",
        "This says nothing about your code. The grading is tried again by itself, and no score is recorded until it "
        "works.",
    ),
)

CATALOGUE: dict[str, Verdict] = {verdict.id: verdict for verdict in _ALL}
