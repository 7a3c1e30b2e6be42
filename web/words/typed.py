"""What people type into forms, as values. What cannot be one is told in words for the page that asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

# Half of Europe writes a comma. Before three digits either sign may be meant to part thousands, and is not guessed at.
_POINTS = re.compile(r"[+-]?\d*[.,]?\d{1,2}", re.ASCII)


_FIRST_YEAR, _LAST_YEAR = 2000, 2199


class NoNumber(ValueError):
    """This text is no number; the message says so, and how it is written."""


class NoDate(ValueError):
    """This text is no date with a time; the message says so, and how they are written."""


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


def whole(text: str, least: int, most: int) -> int | None:
    """A whole number within bounds; None for an empty field. Raises NoNumber."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise NoNumber(f"“{text[:40]}” is no whole number from {least} to {most:,}.")
    return int(text)


def moment(text: str, zone: str) -> datetime | None:
    """A day and a time of day in that time zone, as browsers send them; None for an empty field. Raises NoDate."""
    if not text:
        return None
    try:
        # Not by `fromisoformat`, which takes weeks, zones and more.
        found = datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - its zone is the course's
    except ValueError:
        found = datetime.min  # noqa: DTZ901 - the same
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise NoDate(f"“{text[:40]}” is no date and time of these years: write it as 2026-11-22T23:59.")
    return found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def lines(text: str) -> str:
    """What was typed into a field of several lines, with the line ends of everywhere else."""
    return text.replace("\r\n", "\n").strip()
