"""The right numbers in the wrong places, or in only some of the places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from grader.hints.extent import extent
from grader.hints.pair import Mask, Numbers, Pair
from grader.report import Hint

# Sorting is the one thing here that takes more than linear time.
_MOST_SORTED: Final = 2**18
_MOSTLY: Final = 0.5
_CLEAR: Final = 0.05
_LINES: Final = {1: (("entry", "entries"),), 2: (("row", "rows"), ("column", "columns"))}


def find_transpose(pair: Pair) -> Hint | None:
    """A square matrix that is right when transposed."""
    if pair.got.ndim != 2 or pair.got.shape[0] != pair.got.shape[1] or not pair.is_telling():
        return None
    if not pair.is_explained_by(pair.expected.T):
        return None
    return Hint("transpose", f"`{pair.name}` is transposed, and otherwise right. Check the order of the two factors.")


def find_order(pair: Pair) -> Hint | None:
    """The same numbers, most of them distinct, in another order; and whether whole rows or columns moved."""
    if not pair.is_finite or not pair.is_telling() or pair.got.size > _MOST_SORTED:
        return None
    values = np.sort(pair.expected, axis=None)
    gaps = np.diff(values) > pair.atol + pair.rtol * np.abs(values[1:])
    if np.mean(gaps) < _MOSTLY or not _same(pair, np.sort(pair.got, axis=None), values):
        return None
    for how, moved in _orders(pair):
        if _same(pair, pair.got, moved):
            return Hint("order", f"`{pair.name}` has the right numbers, but {how}.", {"order": how})
    how = "in another order"
    text = f"`{pair.name}` has the right numbers, but {how}. Is there a `reshape` where an axis should be swapped?"
    return Hint("order", text, {"order": how})


def find_part(pair: Pair) -> Hint | None:
    """Some entries are right beyond doubt: where the others are."""
    if not pair.is_telling(pair.right) or not _is_clear_cut(pair):
        return None
    for where, advice in _places(pair):
        return Hint("part", f"`{pair.name}` is wrong {where}, and right elsewhere. {advice}", {"where": where})
    wrong = ~pair.right
    if wrong.mean() < _MOSTLY:
        seen = f"{extent(wrong)}, and right elsewhere. What is special about those?"
        return Hint("part", f"`{pair.name}` is wrong in {seen}", {"where": "some entries"})
    return None


def _is_clear_cut(pair: Pair) -> bool:
    """Whether the right entries are right as if computed alike, and not only within the tolerance.

    After one small step most weights lie within it, right or not: nothing is then special about the others.
    """
    error = np.abs(pair.got - pair.expected)[pair.right]
    tolerance = (pair.atol + pair.rtol * np.abs(pair.expected))[pair.right]
    return not np.any(error > _CLEAR * tolerance)


def _same(pair: Pair, one: Numbers, other: Numbers) -> bool:
    return bool(np.allclose(one, other, rtol=pair.rtol, atol=pair.atol))


def _orders(pair: Pair) -> Iterator[tuple[str, Numbers]]:
    """Ways to move whole lines of `expected`. Lines are told apart by their first entry."""
    got, expected = pair.got, pair.expected
    if got.ndim == 1:
        yield "in reverse order", expected[::-1]
    if got.ndim != 2:
        return
    yield "with its rows in reverse order", expected[::-1]
    yield "with its columns in reverse order", expected[:, ::-1]
    rows = np.empty_like(expected)
    rows[np.argsort(got[:, 0])] = expected[np.argsort(expected[:, 0])]
    yield "with its rows in another order", rows
    columns = np.empty_like(expected)
    columns[:, np.argsort(got[0])] = expected[:, np.argsort(expected[0])]
    yield "with its columns in another order", columns


def _places(pair: Pair) -> Iterator[tuple[str, str]]:
    """Descriptions that hold exactly of the wrong entries, the plainest first, each with what to check."""
    wrong = ~pair.right
    for axis, (line, lines) in enumerate(_LINES.get(wrong.ndim, ())):
        bad: Mask = np.any(wrong, axis=tuple(other for other in range(wrong.ndim) if other != axis))
        # Lines are to blame when most of each is wrong; else the wrong entries only happen to lie there.
        if not bad.all() and wrong.compress(bad, axis=axis).mean() > _MOSTLY and (where := _which(bad, line, lines)):
            yield f"in {where}", "Check the loop or the slice, and what is carried over from one to the next."
    for sign, matches, advice in (
        ("negative", pair.got < 0, "Check how negative numbers are treated."),
        ("positive", pair.got > 0, "Check how positive numbers are treated."),
        ("0", pair.got == 0, "Those were never filled in, or masked out."),
    ):
        if np.array_equal(wrong, matches):
            yield f"exactly where it is {sign}", advice


def _which(bad: Mask, line: str, lines: str) -> str:
    """The bad lines in words, when they are one run of lines."""
    first, last = (int(index) for index in np.flatnonzero(bad)[[0, -1]])
    end = bad.size - 1
    if not bad[first : last + 1].all():
        return ""
    if first == last:
        return {0: f"the first {line}", end: f"the last {line}"}.get(first, f"{line} {first} (counted from 0)")
    named = {(1, end): f"every {line} after the first", (0, end - 1): f"every {line} before the last"}
    return named.get((first, last), f"{lines} {first} to {last} (counted from 0)")
