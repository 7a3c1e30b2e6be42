"""How much of an array is wrong, in words.

A count would tell, after each upload, how many of the entries a student has guessed: 8 bits for 200 of them. These
words tell which of a few parts it is, and whoever looks for a mistake needs no more.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.hints.pair import Mask

# Below each share of all entries, the word for it.
_WORDS: Final = ((0.1, "a few"), (0.4, "some"), (0.6, "about half"), (0.9, "most"), (1.0, "nearly all"))


def extent(wrong: Mask) -> str:
    """Such as "about half of its 200 entries", for a mask of the wrong entries, at least one."""
    count, size = np.count_nonzero(wrong), wrong.size
    if count == size:
        return "its only entry" if size == 1 else f"all of its {size} entries"
    if count == 1:
        return f"one of its {size} entries"
    word = next(word for share, word in _WORDS if count < share * size)
    return f"{word} of its {size} entries"
