"""Whether a suite's tests repeat: rehearsals in fresh processes, compared test by test.

Digests are compared and nothing is believed of a test's words: a test that draws unseeded inputs passes every time with
a right solution, and is unfair to a wrong one.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from grader.assignment import AssignmentError
from grader.checking.findings import Finding, error, test_file, test_name
from grader.checking.processes import process
from grader.examiner.protocol import Broken, Fault, Ready, Rehearsed, TestCard, listen
from grader.grading import LOAD_SECONDS
from grader.report import GraderFault

UNSEEDED = (
    "what it asks of the student's code changes from run to run: draw its inputs from the fixture `rng`, and let it "
    "read neither a clock nor an unseeded generator"
)
UNSTEADY = (
    "the reference answers it differently from run to run: let it draw from the global generators of `numpy.random` "
    "and `random`, which `agree` seeds, or pass it a seed"
)
ORDER = (
    "it goes differently alone than after the tests before it: keep nothing in the module that tests change, such as "
    "a shared generator; draw in each test from its own `rng`"
)
ASKS_NOTHING = "it asks nothing of the student's code, so all hand-ins fare alike: use `agree`, or `student`"


SECOND = "its second input, which a hand-in meets that fails it, is drawn from another seed: let it hold of any"


class Rehearsal(msgspec.Struct, frozen=True):
    """The tests of a suite in order, and how the reference fared in each: alone, `again` with the test's second input,
    and after the tests before it."""

    cards: tuple[TestCard, ...]
    alone: tuple[Rehearsed, ...]
    again: tuple[Rehearsed, ...]
    in_order: tuple[Rehearsed, ...]


def rehearse(folder: Path) -> Rehearsal:
    """One rehearsal, in a process of its own. Raises AssignmentError, GraderFault when no test is to blame."""
    with process("grader.examiner.rehearsal", folder) as channel:
        match listen(channel):
            case Ready(cards):
                alone, again, in_order = (tuple(_heard(folder, card, channel) for card in cards) for _ in range(3))
            case Broken(file, key, expected):
                raise AssignmentError(Path(file), key, expected)
            case other:
                raise GraderFault(f"the rehearsal did not start; it said {other}")
    return Rehearsal(cards, alone, again, in_order)


def _heard(folder: Path, card: TestCard, channel: socket.socket) -> Rehearsed:
    try:
        word = listen(channel)
    except TimeoutError:
        word = Fault(f"it did not end within {LOAD_SECONDS} seconds")
    if isinstance(word, Rehearsed):
        return word
    said = word.text if isinstance(word, Fault) else "it ended the process"
    text = f"the reference itself must pass this test, and did not: {said}"
    raise AssignmentError(test_file(folder, card.id), test_name(card.id), text)


def compare(folder: Path, rehearsals: Sequence[Rehearsal]) -> Iterator[Finding]:
    """What does not repeat, for each test the first reason that holds."""
    for position, card in enumerate(rehearsals[0].cards):
        alone = [each.alone[position] for each in rehearsals]
        in_order = [each.in_order[position] for each in rehearsals]
        again = rehearsals[0].again[position]
        if text := _unsteady(alone, in_order) or (f"{SECOND}; {again.fault}" if again.fault else ""):
            yield error(test_file(folder, card.id), test_name(card.id), text)


def _unsteady(alone: list[Rehearsed], in_order: list[Rehearsed]) -> str:
    if all(each.fault for each in (*alone, *in_order)):
        return alone[0].fault
    if len({each.asked for each in alone}) > 1:
        return UNSEEDED
    if len({each.answered for each in alone}) > 1:
        return UNSTEADY
    if _course(alone[0]) != _course(in_order[0]):
        fault = alone[0].fault or in_order[0].fault
        return f"{ORDER}. {fault}" if fault else ORDER
    if len({_course(each) for each in (*alone, *in_order)}) > 1:
        return UNSTEADY
    return "" if alone[0].asked else ASKS_NOTHING


def _course(rehearsed: Rehearsed) -> tuple[str, str, str]:
    return rehearsed.fault, rehearsed.asked, rehearsed.answered
