"""Judges one answer of a hand-in's answer file: filled in, of the right form, and right.

The form is read off the reference's own answer: where that has a number, a number must stand. An author's predicate
therefore meets only values of the form that it was written for. No sentence here may hold a value of the reference's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_DOWN, Context, Decimal
from numbers import Integral, Real
from typing import Any, Final

import msgspec

from grader.assignment import Tolerance
from grader.examiner.failures import StudentFailure
from grader.listing import listed
from grader.report import GraderFault, Hint

# Whole numbers up to here are floats too, so that no arithmetic with them overflows or takes long.
MAX_BITS: Final = 53
# That a number has too few decimals is told where at most so many are lacking, and so many are right.
MAX_LACKING: Final = 2
LEAST_TOLD: Final = 2
# A float has no more places: what asks for others is a slip.
MAX_DECIMALS: Final = 15
# As many digits as the largest float has with all its decimals.
_DIGITS: Final = Context(prec=400)
# Of the last place: a student who rounds a number that lies half-way may round it up or down.
TIE: Final = 1 + 1e-9

# In this order: to Python, True is a number.
_WORDS: Final = {bool: "true or false", Real: "a number", str: "text", list: "a list", dict: "a table"}


class Rule(msgspec.Struct, frozen=True):
    """When an answer is right.

    `decimals`: its numbers are the reference's to half a unit of that decimal place (-2: of the hundreds); without it,
    whole numbers are the reference's exactly and others to the `tolerance`. `holds` replaces all comparison: it returns
    None, or the sentence that says what does not hold. `feedback` has known wrong answers, each under its kind of hint
    and with its sentence.
    """

    tolerance: Tolerance
    decimals: int | None = None
    holds: Callable[[Any], str | None] | None = None
    feedback: Mapping[str, tuple[Any, str]] = {}

    def __post_init__(self) -> None:
        """Raises ValueError: the author's mistake, which is found when the reference sits the test."""
        asked = self.decimals
        if asked is not None and not (type(asked) is int and abs(asked) <= MAX_DECIMALS):
            text = f"decimals must be a whole number from -{MAX_DECIMALS} (before the point) to {MAX_DECIMALS}"
            raise ValueError(f"{text}; it is {asked!r}")

    def is_right(self, got: Any, expected: Any) -> bool:
        """Whether two plain values of one form are the same answer."""
        if isinstance(expected, str):
            return bool(" ".join(got.split()).casefold() == " ".join(expected.split()).casefold())
        if isinstance(expected, bool):
            # Before any rounding: to the hundreds, True and False are the same number.
            return bool(got == expected)
        if self.decimals is not None:
            return bool(abs(got - expected) <= 0.5 * 10.0**-self.decimals * TIE + 2 * math.ulp(expected))
        if isinstance(expected, Integral):
            return bool(got == expected)
        return bool(abs(got - expected) <= self.tolerance.atol + self.tolerance.rtol * abs(expected))


class _Leaf(msgspec.Struct, frozen=True):
    name: str
    got: Any
    expected: Any


def judge_answer(key: str, given: Any, expected: Any, rule: Rule) -> None:
    """Returns when the answer is right. Raises StudentFailure; GraderFault when the predicate gives no sentence."""
    _check_filled_in(key, given, expected)
    # For a right answer too: feedback that cannot be compared is found when the reference sits the test.
    known = _known(given, rule)
    try:
        got = _formed(key, given, expected, rule)
        if rule.holds:
            _check_holds(key, rule.holds, got)
        else:
            _check_equal(key, got, expected, rule)
    except StudentFailure as failure:
        raise (_wrong(failure.message, known) if known else failure) from None


def _check_holds(key: str, holds: Callable[[Any], str | None], got: Any) -> None:
    said = holds(got)
    if not isinstance(said, str | None):
        raise GraderFault(f"`holds` of `{key}` must return None or a sentence; it returned {said!r}")
    if said is not None:
        raise _wrong(f"`{key}` is not right.", Hint("constraint", said))


def _check_equal(key: str, got: Any, expected: Any, rule: Rule) -> None:
    wrong = [leaf for leaf in _leaves(key, got, expected) if not rule.is_right(leaf.got, leaf.expected)]
    if wrong:
        names = listed(f"`{leaf.name}`" for leaf in wrong)
        raise _wrong(f"{names} {'is' if len(wrong) == 1 else 'are'} not right.", _rounding(wrong, rule))


def _wrong(message: str, hint: Hint | None) -> StudentFailure:
    return StudentFailure("wrong", message, (hint,) if hint else ())


def _misformed(name: str, kind: str, text: str) -> StudentFailure:
    return _wrong(f"`{name}` cannot be compared.", Hint(kind, f"`{name}` {text}"))


def _check_filled_in(name: str, given: Any, expected: Any) -> None:
    if type(given) in (type(None), str, list, dict) and not given and given != expected:
        raise StudentFailure("not_implemented", f"`{name}` is not filled in yet.")
    if type(given) is dict and isinstance(expected, dict):
        for key in filter(given.__contains__, expected):
            _check_filled_in(f"{name}.{key}", given[key], expected[key])


def _formed(name: str, given: Any, expected: Any, rule: Rule) -> Any:
    """What was given, in the form of `expected`. Raises StudentFailure when it has another."""
    belongs, stands = _word(expected), _word(given)
    if belongs != stands:
        advice = " Write it without quotes." if type(given) is str else ""
        raise _misformed(name, "type", f"holds {stands} where {belongs} belongs.{advice}")
    if isinstance(expected, dict):
        if lacking := [key for key in expected if key not in given]:
            raise StudentFailure("missing_name", f"`{name}` has no `{lacking[0]}`.")
        return {key: _formed(f"{name}.{key}", given[key], each, rule) for key, each in expected.items()}
    if isinstance(expected, list):
        if len(given) != len(expected):
            raise _misformed(name, "length", f"has {len(given)} entries, and that is not the right number of them.")
        return [_formed(f"{name}[{n}]", *pair, rule) for n, pair in enumerate(zip(given, expected, strict=True))]
    return given if isinstance(expected, bool | str) else _number(name, given, expected, rule)


def _word(value: Any) -> str:
    return next((word for kind, word in _WORDS.items() if isinstance(value, kind)), "something else")


def _number(name: str, given: Any, expected: Any, rule: Rule) -> Any:
    if isinstance(given, int) and given.bit_length() > MAX_BITS:
        raise _misformed(name, "too_large", "is too large a number to be compared.")
    if not math.isfinite(given):
        raise _misformed(name, "not_finite", "must be a finite number.")
    if isinstance(expected, Integral) and rule.decimals is None:
        if given != int(given):
            raise _misformed(name, "not_whole", "must be a whole number.")
        return int(given)
    return given


def _leaves(name: str, got: Any, expected: Any) -> Iterator[_Leaf]:
    if isinstance(expected, dict):
        for key, each in expected.items():
            yield from _leaves(f"{name}.{key}", got[key], each)
    elif isinstance(expected, list):
        for place, each in enumerate(expected):
            yield from _leaves(f"{name}[{place}]", got[place], each)
    else:
        yield _Leaf(name, got, expected)


def _known(given: Any, rule: Rule) -> Hint | None:
    """The author's own words for this wrong answer, whose form may be wrong too."""
    for kind, (value, sentence) in rule.feedback.items():
        try:
            _check_equal("", _formed("", given, value, rule), value, rule)
        except StudentFailure:
            continue
        return Hint(kind, sentence)
    return None


def _rounding(leaves: list[_Leaf], rule: Rule) -> Hint | None:
    """Nearly right numbers that were cut off, or rounded to too few decimals.

    Whoever is told of the first decimals too can find a number digit by digit that he never computed.
    """
    if rule.decimals is None or any(isinstance(leaf.got, bool | str) for leaf in leaves):
        return None
    names, places = listed(f"`{leaf.name}`" for leaf in leaves), rule.decimals
    if all(_is(leaf.got, _cut_off(leaf.expected, places)) for leaf in leaves):
        return Hint("cut_off", f"{names}: cut off after {places} decimals. Round to the nearest instead.")
    for fewer in range(places - 1, max(places - MAX_LACKING, LEAST_TOLD) - 1, -1):
        if all(leaf.got and _is(leaf.got, round(leaf.expected, fewer)) for leaf in leaves):
            text = f"{names}: right to {fewer} decimals, and {places} are asked for."
            return Hint("too_few_decimals", text, {"given": fewer, "asked": places})
    return None


def _cut_off(value: float, places: int) -> float:
    # In decimal digits, as a student does it: as floats, 0.29 * 100 is less than 29.
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_DOWN, _DIGITS))


def _is(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=0)
