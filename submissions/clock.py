"""Times where a course is: how they are said, and what a day later means there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def absolute(moment: datetime, zone: str) -> str:
    """Such as `Sun 22 Nov 2026, 23:59 EST`, in the course's zone (an IANA name)."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def exactly(moment: datetime, zone: str) -> str:
    """The same to the second, such as `Sun 22 Nov 2026, 23:59:01 EST`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S %Z}"


def later(moment: datetime, days: int, zone: str) -> datetime:
    """So many days later at the same time of day in the zone, whatever the clocks do in between; in UTC.

    A time of day that the clocks leave out that day is taken as if they had not been moved yet.
    """
    return (moment.astimezone(ZoneInfo(zone)) + timedelta(days=days)).astimezone(UTC) if days else moment
