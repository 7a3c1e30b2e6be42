"""Names as the sentences for students list them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MAX_NAMES: Final = 3


def listed(names: Sequence[str]) -> str:
    """The first three of the names, and how many more there are."""
    shown = ", ".join(f"`{name}`" for name in names[:MAX_NAMES])
    return shown + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")
