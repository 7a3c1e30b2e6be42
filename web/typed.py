"""What people type into forms, as values. What cannot be one is told in words for the page that asked."""

from __future__ import annotations

import re
from decimal import Decimal

# Half of Europe writes a comma. Before three digits either sign may be meant to part thousands, and is not guessed at.
_POINTS = re.compile(r"[+-]?\d*[.,]?\d{1,2}", re.ASCII)


class NoNumber(ValueError):
    """This text is no number; the message says so, and how points are written."""


def points(text: str) -> Decimal | None:
    """Points as they were typed; None for an empty field. Raises NoNumber."""
    if not text:
        return None
    if not _POINTS.fullmatch(text):
        raise NoNumber(
            f"“{text[:40]}” is no number of points: write it as 7 or 7.5, with at most two decimals and nothing "
            "between thousands."
        )
    return Decimal(text.replace(",", "."))


def lines(text: str) -> str:
    """What was typed into a field of several lines, with the line ends of everywhere else."""
    return text.replace("\r\n", "\n").strip()
