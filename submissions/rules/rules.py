"""The rules of an assignment: when it takes hand-ins, what lateness costs, how often one may upload, and what counts.

Pure: no database, no clock and no page in here, and nothing is decided twice. What is stored is in
`submissions.handing_in.terms`.

Lateness is counted from a student's own deadline: that of the assignment or of an extension, whichever is later, and
moved by a day for each grace day that was spent. At the deadline itself an upload is on time, one moment after it the
first hour or day of lateness has begun, and what has begun counts whole. An hour is sixty minutes; a day ends at the
deadline's time of day in the course's zone, whatever the clocks do in between. Each costs `late_percent` of the score
(of what the hand-in scored, not of what it could have), and together never more than all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from submissions.clock import absolute, later

MOST_UPLOADS = 1000
MOST_TOGETHER = 20
"""Students of one group, at most."""

LONGEST_HOURS = 24 * 366
LONGEST_PAUSE = 7 * 24 * 60
"""Minutes between two uploads, at most."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Unit(StrEnum):
    """What lateness is counted in."""

    HOUR = "hour"
    DAY = "day"


class Counted(StrEnum):
    """Which of a student's submissions counts."""

    LAST = "last"
    BEST = "best"
    CHOSEN = "chosen"


class Shown(StrEnum):
    """From when on students see something of their results (`submissions.scores.sight`)."""

    ALWAYS = "always"
    AFTER_DUE = "after_due"
    AFTER_PUBLISHING = "after_publishing"
    NEVER = "never"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment's rules. `zone` is the course's (an IANA name).

    After `ends_at` nothing is taken. `most_uploads` may be made in `upload_hours`, or altogether where that is None,
    with `pause_minutes` between two. `takes_grace`: grace days of the course may be spent here. Up to `group_size`
    students hand in together; 1: everybody alone. `show_tests` and `show_output`
    say when students see tests, and what their program printed in them.
    """

    zone: str = "UTC"
    opens_at: datetime | None = None
    due_at: datetime | None = None
    ends_at: datetime | None = None
    late_percent: float = 0.0
    late_unit: Unit = Unit.DAY
    takes_grace: bool = False
    counted: Counted = Counted.LAST
    most_uploads: int | None = None
    upload_hours: int | None = None
    pause_minutes: int = 0
    group_size: int = 1
    show_tests: Shown = Shown.ALWAYS
    show_output: Shown = Shown.ALWAYS


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What one student has: the latest extension, and grace days, `spent` here and still `left` in the course."""

    extended_to: datetime | None = None
    spent: int = 0
    left: int = 0


class Judged(msgspec.Struct, frozen=True):
    """How an upload is judged: by which deadline, how many hours or days late, and how many percent that costs."""

    due_at: datetime | None
    late: int
    penalty: float


class Refusal(msgspec.Struct, frozen=True):
    """Why an upload is not taken, in a sentence, and from when on one may be; None: never, as things are."""

    text: str
    again_at: datetime | None = None


class Contradiction(msgspec.Struct, frozen=True):
    """What in the rules cannot hold together, and the field to begin with."""

    field: str
    text: str


NOTHING = Own()


def due(rules: Rules, own: Own = NOTHING) -> datetime | None:
    """The student's own deadline."""
    if rules.due_at is None:
        return None
    return later(max(rules.due_at, own.extended_to or rules.due_at), own.spent, rules.zone)


def end(rules: Rules, own: Own = NOTHING) -> datetime | None:
    """After this nothing of the student is taken; no extension ends before its own deadline."""
    return rules.ends_at and max(rules.ends_at, own.extended_to or rules.ends_at)


def judged(rules: Rules, at: datetime, own: Own = NOTHING) -> Judged:
    """How an upload of that moment is judged."""
    deadline = due(rules, own)
    if deadline is None:
        return Judged(None, 0, 0.0)
    late = begun(deadline, at, rules.late_unit, rules.zone)
    return Judged(deadline, late, min(100.0, late * rules.late_percent))


def begun(deadline: datetime, at: datetime, unit: Unit, zone: str) -> int:
    """How many hours or days have begun since the deadline."""
    if at <= deadline:
        return 0
    if unit is Unit.HOUR:
        return -((deadline - at) // _HOUR)
    # By 24 hours each it is at most one more, as a day is hardly ever shorter than 23.
    days = max(1, -((deadline - at) // _DAY) - 1)
    while at > later(deadline, days, zone):
        days += 1
    return days


def costs_more_at(rules: Rules, at: datetime, own: Own = NOTHING) -> datetime | None:
    """The last moment at which an upload costs no more than at this one; None where none ever costs more."""
    found = judged(rules, at, own)
    if found.due_at is None or not rules.late_percent or found.penalty >= 100:
        return None
    if rules.late_unit is Unit.HOUR:
        step = found.due_at + found.late * _HOUR
    else:
        step = later(found.due_at, found.late, rules.zone)
    last = end(rules, own)
    return None if last is not None and step >= last else step


def kept(score: float, penalty: float) -> float:
    """What lateness leaves of a score. `counting` says the same to the database, in the same order of operations."""
    return score - score * (penalty / 100.0)


def grace_needed(rules: Rules, at: datetime, own: Own) -> int:
    """How many grace days the student could spend on an upload of that moment, so that it costs less, or nothing."""
    deadline = due(rules, own)
    if deadline is None or not rules.takes_grace or not judged(rules, at, own).penalty:
        return 0
    return min(begun(deadline, at, Unit.DAY, rules.zone), own.left)


def together(owns: Sequence[Own]) -> Own:
    """What holds for students who hand in together: the latest of their deadlines, and of grace days what each of them
    has given, and has left to give. One alone has what is their own.
    """
    spent = min(each.spent for each in owns)
    return Own(
        extended_to=max((each.extended_to for each in owns if each.extended_to), default=None),
        spent=spent,
        left=max(0, min(each.spent + each.left for each in owns) - spent),
    )


def spending(own: Own, days: int) -> Own:
    """The same student after so many grace days more were spent here."""
    return msgspec.structs.replace(own, spent=own.spent + days, left=own.left - days)


def refusal(rules: Rules, at: datetime, own: Own = NOTHING, earlier: Sequence[datetime] = ()) -> Refusal | None:
    """Why an upload of that moment is not taken; None when it is.

    `earlier` are the times of the student's uploads, in any order: one that came over a slow line may be recorded
    after one that began later, and both count.
    """
    if rules.opens_at is not None and at < rules.opens_at:
        return Refusal(f"It opens {absolute(rules.opens_at, rules.zone)}.", rules.opens_at)
    last = end(rules, own)
    if last is not None and at > last:
        return Refusal(f"It ended {absolute(last, rules.zone)}: nothing is taken after that.")
    free = _full_until(rules, at, earlier)
    rested = _rested_at(rules, at, earlier)
    if free is None:
        return Refusal(f"{_uploads(rules.most_uploads or 0)} may be made, and you have made as many.")
    again = max(free, rested)
    if again <= at:
        return None
    if free > at:
        made = f"{_uploads(rules.most_uploads or 0)} in {hours(rules.upload_hours or 0)}"
        said = f"You have made {made}, and more are not taken."
    else:
        said = f"Between two uploads there are {minutes(rules.pause_minutes)}."
    if last is not None and again > last:
        return Refusal(f"{said} It ends before you may upload again.")
    return Refusal(f"{said} You may upload again from {absolute(again, rules.zone)} on.", again)


def uploads_left(rules: Rules, at: datetime, earlier: Sequence[datetime]) -> int | None:
    """How many uploads the student has left at that moment; None: as many as they like."""
    if rules.most_uploads is None:
        return None
    return max(0, rules.most_uploads - len(_in_window(rules, at, earlier)))


def rank(
    counted: Counted, age: tuple[datetime, int], score: float | None, penalty: float, chosen_at: datetime | None = None
) -> tuple[object, ...]:
    """The greatest of a student's submissions counts.

    Of those that the student chose, it is the one chosen last; until one is, the last that came. The best is the one
    whose tests give most after its penalty, and of these the newest; one that is not graded yet stands behind those
    that are. What a person grades is added to it and chooses nothing: it is given to what counts.
    """
    if counted is Counted.LAST:
        return age
    if counted is Counted.CHOSEN:
        return (chosen_at is not None, chosen_at or age[0], age)
    return (score is not None, kept(score or 0.0, penalty), age)


def contradictions(rules: Rules) -> list[Contradiction]:
    """What cannot hold together, a sentence each; empty when all is well."""
    found: list[Contradiction] = []

    def say(field: str, text: str) -> None:
        found.append(Contradiction(field, text))

    def said(moment: datetime) -> str:
        return absolute(moment, rules.zone)

    opens, deadline, ends = rules.opens_at, rules.due_at, rules.ends_at
    if opens and deadline and deadline <= opens:
        say("due_at", f"It is due {said(deadline)}, and opens only {said(opens)}: let it open before it is due.")
    if deadline and ends and ends < deadline:
        say("ends_at", f"Nothing is taken after {said(ends)}, and it is due only {said(deadline)}: end it later.")
    if opens and ends and not deadline and ends <= opens:
        say("ends_at", f"It ends {said(ends)}, and opens only {said(opens)}: end it later.")
    if rules.late_percent and not deadline:
        say("late_percent", "Nothing can be late without a deadline: give one, or let lateness cost 0 %.")
    elif rules.late_percent and deadline and ends == deadline:
        say("late_percent", "Nothing late is taken, as it ends when it is due: end it later, or let lateness cost 0 %.")
    if rules.takes_grace and not rules.late_percent:
        say(
            "takes_grace",
            "A grace day buys nothing where lateness costs 0 %: let it cost something, or take none.",
        )
    if rules.upload_hours is not None and rules.most_uploads is None:
        say(
            "most_uploads",
            f"Say how many uploads may be made in {hours(rules.upload_hours)}, or leave the hours empty.",
        )
    if (
        rules.upload_hours is not None
        and rules.most_uploads is not None
        and (rules.most_uploads - 1) * rules.pause_minutes >= rules.upload_hours * 60
    ):
        say(
            "pause_minutes",
            f"With {minutes(rules.pause_minutes)} between two, {_uploads(rules.most_uploads)} never fit into "
            f"{hours(rules.upload_hours)}: shorten the pause, or let fewer be made.",
        )
    for name, seen in (("show_tests", rules.show_tests), ("show_output", rules.show_output)):
        if seen is Shown.AFTER_DUE and not deadline:
            say(name, "There is no deadline after which to show it: give one, or choose another moment.")
    return found


def hours(number: int) -> str:
    """In words, and as days too where it is more than one."""
    days = f" ({number // 24} days)" if number > 24 and not number % 24 else ""
    return f"{number} {'hour' if number == 1 else 'hours'}{days}"


def minutes(number: int) -> str:
    """In words, as hours where it is whole ones."""
    if number and not number % 60:
        return hours(number // 60)
    return f"{number} {'minute' if number == 1 else 'minutes'}"


def _uploads(number: int) -> str:
    return f"{number} {'upload' if number == 1 else 'uploads'}"


def _in_window(rules: Rules, at: datetime, earlier: Sequence[datetime]) -> list[datetime]:
    window = timedelta(hours=rules.upload_hours) if rules.upload_hours is not None else None
    return sorted(each for each in earlier if window is None or each > at - window)


def _full_until(rules: Rules, at: datetime, earlier: Sequence[datetime]) -> datetime | None:
    """When there is room for another upload; None: never."""
    made = _in_window(rules, at, earlier)
    if rules.most_uploads is None or len(made) < rules.most_uploads:
        return at
    return made[-rules.most_uploads] + timedelta(hours=rules.upload_hours) if rules.upload_hours is not None else None


def _rested_at(rules: Rules, at: datetime, earlier: Sequence[datetime]) -> datetime:
    """When the pause after, or before, an upload near that moment is over."""
    pause = timedelta(minutes=rules.pause_minutes)
    if all(abs(each - at) >= pause for each in earlier):
        return at
    return max(earlier) + pause
