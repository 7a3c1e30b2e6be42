"""What a test draws from its `rng`, drawn once for all gradings: its seed, and so its inputs, are the same in each.

What a generator gives depends on its state and on what it is asked for, and on nothing else. Kept under both, it is
what would be drawn, in whatever order a test asks. Each process gives away each array once, and uncopied: a grading's
is a fork, so that what its test writes into is its own. It must never be a way to other numbers than NumPy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np

MOST_BYTES = 64 << 20
"""Of all that is kept for a suite."""
_SMALLEST = 1 << 12  # bytes; to draw less takes no longer than to find it


class Drawn:
    """What was drawn so far: by the state before it and what was asked, with the state after it."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Any, ...], tuple[np.ndarray[Any, Any], Mapping[str, Any]]] = {}
        self._bytes = 0

    def take(self, key: tuple[Any, ...]) -> tuple[np.ndarray[Any, Any], Mapping[str, Any]] | None:
        """What is kept under it, and kept no longer: it may be written into. Raises TypeError if it is no key."""
        found = self.kept.get(key)
        if found is not None:
            del self.kept[key]
            self._bytes -= found[0].nbytes
        return found

    def keep(self, key: tuple[Any, ...], array: np.ndarray[Any, Any], after: Mapping[str, Any]) -> None:
        """Keeps a copy, if it is worth it and there is room."""
        if array.nbytes >= _SMALLEST and self._bytes + array.nbytes <= MOST_BYTES:
            self._bytes += array.nbytes
            self.kept[key] = array.copy(), after


def _once(name: str) -> Any:
    draw: Callable[..., Any] = getattr(np.random.Generator, name)

    @wraps(draw)
    def drawn(self: Draws, *args: Any, **kwargs: Any) -> Any:
        state = self.bit_generator.state
        key = (*state["state"].values(), state["has_uint32"], state["uinteger"], name, args, *kwargs.items())
        try:
            found = self.drawn.take(key)
        except TypeError:  # an array or a list is among what was asked for
            return draw(self, *args, **kwargs)
        if found is None:
            array = draw(self, *args, **kwargs)
            if isinstance(array, np.ndarray):
                self.drawn.keep(key, array, self.bit_generator.state)
            return array
        array, self.bit_generator.state = found
        return array

    return drawn


class Draws(np.random.Generator):
    """NumPy's own generator of a seed, whose large arrays of these kinds come from `drawn` where they are there."""

    def __init__(self, seed: int, drawn: Drawn) -> None:
        super().__init__(np.random.PCG64(seed))
        self.drawn = drawn

    standard_normal = _once("standard_normal")
    normal = _once("normal")
    uniform = _once("uniform")
    random = _once("random")
    integers = _once("integers")
