"""Times as people say them: relative first, and the absolute one with its zone beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from submissions.clock import absolute

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def day(moment: datetime, zone: str) -> str:
    """Such as `22 Nov`, in the course's zone, for the little room below a drawing."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b}"


def span(length: timedelta) -> str:
    """A length of time by its two largest units, such as `2 days 4 hours`; never negative."""
    seconds = abs(int(length.total_seconds()))
    if seconds < _MINUTE:
        return "less than a minute"
    days, seconds = divmod(seconds, _DAY)
    hours, seconds = divmod(seconds, _HOUR)
    minutes = seconds // _MINUTE
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    while not parts[0][0]:
        parts.pop(0)
    return " ".join(_count(number, noun) for number, noun in parts[:2] if number)


def relative(moment: datetime, at: datetime) -> str:
    """How far `moment` is from `at`, such as `in 3 days` or `2 hours ago`, by its largest unit alone."""
    distance = moment - at
    seconds = abs(distance.total_seconds())
    if seconds < _MINUTE:
        return "just now" if distance <= timedelta() else "in less than a minute"
    for size, noun in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            words = _count(int(seconds // size), noun)
            break
    return f"in {words}" if distance > timedelta() else f"{words} ago"


def time_element(moment: datetime, at: datetime, zone: str) -> Markup:
    """`<time>` that shows the relative time, and says the absolute one on hover and to a screen reader."""
    exact = escape(absolute(moment, zone))
    words = escape(relative(moment, at))
    return Markup('<time datetime="{}" title="{}">{}<span class="unseen"> ({})</span></time>').format(
        moment.isoformat(timespec="seconds"), exact, words, exact
    )


def seconds(length: float) -> str:
    """A measured length, such as `42 ms`, `1.5 s`, `12 s` or `3 min 5 s`."""
    if length < 1:
        return f"{length * 1000:.0f} ms"
    if length < 10:
        return f"{length:.1f} s"
    if length < 2 * _MINUTE:
        return f"{length:.0f} s"
    return f"{int(length // _MINUTE)} min {int(length % _MINUTE)} s"


def rough(length: float) -> str:
    """An estimate, said no more exactly than it is known: `10 seconds`, `3 minutes`."""
    if length < 50:
        return _count(max(10, round(length / 10) * 10), "second")
    return _count(max(1, round(length / _MINUTE)), "minute")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
