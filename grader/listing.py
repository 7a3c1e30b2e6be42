"""Names as sentences list them, and not without end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MOST: Final = 3


def listed(names: Iterable[str], most: int = MOST) -> str:
    """a, b and c; of more than `most` the first ones, and how many more there are. At least one is needed."""
    shown = list(names)
    if len(shown) > most:
        shown[most:] = [f"{len(shown) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
