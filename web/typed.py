"""What people type into forms, as values. What cannot be one is told in words for the page that asked."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation


class NoNumber(ValueError):
    """This text is no number; the message says so, and how points are written."""


def points(text: str) -> Decimal | None:
    """Points as they were typed; None for an empty field. Raises NoNumber."""
    try:
        # Half of Europe writes a comma.
        return Decimal(text.replace(",", ".")) if text else None
    except InvalidOperation:
        raise NoNumber(f"“{text[:40]}” is no number: write points such as 7 or 7.5.") from None


def lines(text: str) -> str:
    """What was typed into a field of several lines, with the line ends of everywhere else."""
    return text.replace("\r\n", "\n").strip()
