"""What the rules of an assignment do to uploads at real dates: each boundary, the moment of it and the second after.

Pure. The page on which rules are set shows these examples, so that a rule is seen before it meets a student.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from submissions.clock import later
from submissions.rules import rules
from submissions.rules.rules import Judged, Own, Refusal, Rules, Unit

SCORE = 80.0
"""What the upload of an example scores, before lateness takes anything."""

_SECOND = timedelta(seconds=1)
_BEFORE_THE_END = timedelta(hours=6)


class Example(msgspec.Struct, frozen=True):
    """An upload of that moment. With `grace` days spent on it, lateness would cost `with_grace` percent."""

    words: str
    at: datetime
    refusal: Refusal | None
    judged: Judged
    grace: int = 0
    with_grace: float = 0.0

    @property
    def becomes(self) -> float:
        """What a score of `SCORE` becomes, without spending grace days."""
        return rules.kept(SCORE, self.judged.penalty)


def of(these: Rules, grace_days: int, at: datetime) -> list[Example]:
    """The examples of these rules, in the order of their dates; `at` stands in for a date where there is none."""
    own = Own(left=grace_days)
    return [_example(these, words, moment, own) for words, moment in _moments(these)] + list(_limits(these, at))


def _moments(these: Rules) -> list[tuple[str, datetime]]:
    found: list[tuple[str, datetime]] = []
    if these.opens_at is not None:
        found.append(("a second before it opens", these.opens_at - _SECOND))
    if these.due_at is not None:
        found += [("at the deadline itself", these.due_at), ("one second late", these.due_at + _SECOND)]
        if these.late_unit is Unit.HOUR:
            found += [
                (f"{n} {'hour' if n == 1 else 'hours'} and a second late", _hours(these.due_at, n)) for n in (1, 12)
            ]
        found += [
            (f"{n} {'day' if n == 1 else 'days'} and a second late", later(these.due_at, n, these.zone) + _SECOND)
            for n in (1, 3)
        ]
    if these.ends_at is not None:
        found = [each for each in found if each[1] < these.ends_at]
        found += [("at the hard end", these.ends_at), ("a second after the hard end", these.ends_at + _SECOND)]
    return found


def _hours(due_at: datetime, number: int) -> datetime:
    return due_at + timedelta(hours=number) + _SECOND


def _example(these: Rules, words: str, at: datetime, own: Own) -> Example:
    refusal = rules.refusal(these, at, own)
    days = rules.grace_needed(these, at, own) if refusal is None else 0
    after = rules.judged(these, at, rules.spending(own, days))
    return Example(words, at, refusal, rules.judged(these, at, own), days, after.penalty)


def _limits(these: Rules, at: datetime) -> Iterator[Example]:
    """One upload too many, or too soon after another, some hours before the deadline."""
    if these.due_at is not None:
        at = these.due_at - _BEFORE_THE_END
    nothing = Judged(these.due_at, 0, 0.0)
    if these.pause_minutes:
        early = at + _SECOND
        refusal = rules.refusal(these, early, earlier=[at])
        yield Example("a second after another upload", early, refusal, nothing)
    if these.most_uploads is not None:
        step = timedelta(minutes=max(1, these.pause_minutes))
        made = [at + n * step for n in range(min(these.most_uploads, rules.MOST_UPLOADS))]
        more = made[-1] + step
        words = f"the {_ordinal(these.most_uploads + 1)} upload, the others in the {_minutes(made)} before it"
        yield Example(words, more, rules.refusal(these, more, earlier=made), nothing)


def _minutes(made: list[datetime]) -> str:
    return rules.minutes(max(1, round((made[-1] - made[0]).total_seconds() / 60)))


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
