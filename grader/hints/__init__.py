"""Names how a wrong value relates to the right one: transposed, summed instead of averaged, never filled.

A hint tells the relation and never a value: no number of `expected` may stand in a text or a parameter. And it must be
true of every entry, for a wrong hint costs a student more than none: whatever has no plain relation gets no hint. It
runs on the trusted side, over plain values that `grader.wire` rebuilt; no object of a student's comes here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.hints.affine import find_affine
from grader.hints.extent import extent
from grader.hints.factor import find_factor
from grader.hints.form import compare_form
from grader.hints.pair import Pair
from grader.hints.place import find_order, find_part, find_transpose
from grader.hints.run import find_run
from grader.hints.state import find_noise, find_not_finite, find_zeros
from grader.report import Hint, Scalar

__all__ = ["explain", "extent", "find_run", "relation"]

_MOST = 3
# From the plainest fact to the vaguest. Only the first that holds is told: those after it would say it again.
_FINDERS = (
    find_not_finite,
    find_zeros,
    find_factor,
    find_transpose,
    find_affine,
    find_noise,
    find_order,
    find_part,
)


def explain(
    name: str, got: object, expected: object, *, sizes: Sequence[int] = (), rtol: float, atol: float
) -> tuple[Hint, ...]:
    """What is seen in `got`, which should have been `expected`; the best first, at most three.

    `name` is what the assignment calls the value. Both values are plain Python values or exact ndarrays; one that could
    not cross the wall is anything with a `type_name`. `sizes` are the batch sizes that the test passed in, and the
    tolerances are the comparison's. Never raises, whatever `got` is; a value that is right gets no hint.
    """
    # NaN and overflow are ordinary here: they are among what is looked for.
    with np.errstate(all="ignore"):
        hints, numbers = compare_form(name, got, expected, rtol, atol)
        if numbers is not None:
            pair = Pair(name, *numbers, sizes=sizes, rtol=rtol, atol=atol)
            found = None if pair.agrees() else next(filter(None, (find(pair) for find in _FINDERS)), None)
            hints = (*hints, found) if found else hints
    return hints[:_MOST]


# Of these the facts are sizes, which are words only to be printed.
_OF_SIZES = ("shape", "transpose", "length")


def relation(hint: Hint) -> tuple[str, tuple[tuple[str, Scalar], ...]]:
    """What a hint claims of any input: its kind and the words among its facts. Numbers and sizes are one input's."""
    if hint.kind in _OF_SIZES:
        return hint.kind, ()
    return hint.kind, tuple((fact, value) for fact, value in hint.params.items() if isinstance(value, str))
