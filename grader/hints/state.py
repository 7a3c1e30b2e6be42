"""What can be said of an array at a glance: not finite, all zeros, or nearly right."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from grader.hints.pair import Pair
from grader.report import Hint

# Beyond this, `nearly` would be a kind word for wrong.
_NEARLY: Final = 1e-3
_FLOAT32: Final = 1e-5
# Entries near zero are measured against a part of a usual one: rounding is relative to what was summed.
_FLOOR: Final = 1e-2


def find_not_finite(pair: Pair) -> Hint | None:
    """NaN or infinity where a number belongs."""
    wrong = np.isfinite(pair.expected) & ~np.isfinite(pair.got)
    count = int(wrong.sum())
    if not count:
        return None
    nan = int(np.isnan(pair.got[wrong]).sum())
    seen = f"has {nan} NaN and {count - nan} infinite among its {pair.got.size} entries"
    if pair.got.size == 1:
        seen = "is NaN" if nan else "is infinite"
    text = (
        f"`{pair.name}` {seen}. Often exp of a large number overflows (subtract the maximum first), "
        "or something is divided by 0, or the log of 0 is taken."
    )
    return Hint("not_finite", text, {"nan": nan, "infinite": count - nan, "entries": pair.got.size})


def find_zeros(pair: Pair) -> Hint | None:
    """Nothing but zeros, where at least one entry is well away from zero."""
    if pair.got.any() or not pair.telling.any():
        return None
    what = "all zeros" if pair.got.ndim else "0"
    return Hint("zeros", f"`{pair.name}` is {what}: never filled in, or reset before it was read.")


def find_noise(pair: Pair) -> Hint | None:
    """Every entry is nearly right: a rounding, or a constant like eps."""
    if not pair.is_finite or not pair.telling.any():
        return None
    usual = float(np.median(np.abs(pair.expected[pair.expected != 0])))
    error = float(np.max(np.abs(pair.got - pair.expected) / (np.abs(pair.expected) + _FLOOR * usual)))
    if not 0 < error < _NEARLY:
        return None
    # A power of ten: how far off, and not by what.
    bound = 10.0 ** math.ceil(math.log10(error))
    cause = "float32 on the way" if bound <= _FLOAT32 else "an eps or a rounded constant"
    text = (
        f"`{pair.name}` is nearly right: each entry is within {bound:.0e} of its size. Often this is {cause}; "
        "after a few small steps of training, any mistake may look so."
    )
    return Hint("noise", text, {"within": bound})
