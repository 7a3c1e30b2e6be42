"""The rules of an assignment, over time zones, summer time, boundaries, extensions, grace days and penalties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.clock import absolute, later
from submissions.rules import rules
from submissions.rules.rules import Counted, Own, Rules, Unit

MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca")

zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
lengths = st.timedeltas(timedelta(), timedelta(days=40))


@st.composite
def ruled(draw):
    """Rules with a deadline that hold together."""
    deadline = draw(moments)
    return Rules(
        zone=draw(zones),
        opens_at=draw(st.none() | st.just(deadline - timedelta(days=7))),
        due_at=deadline,
        ends_at=draw(st.none() | lengths.map(lambda length: deadline + length + SECOND)),
        late_percent=draw(st.sampled_from((0.5, 10.0, 33.33, 100.0))),
        late_unit=draw(st.sampled_from(Unit)),
        takes_grace=draw(st.booleans()),
        counted=draw(st.sampled_from(Counted)),
    )


@st.composite
def owned(draw, of: Rules):
    extended = draw(st.none() | lengths.map(lambda length: of.due_at + length))
    return Own(extended_to=extended, spent=draw(st.integers(0, 3)), left=draw(st.integers(0, 5)))


students = ruled().flatmap(lambda of: st.tuples(st.just(of), owned(of)))


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# What lateness is and costs


@given(students, st.integers(0, 12))
def test_a_day_of_lateness_begins_and_ends_at_the_deadline_s_time_of_day(student, days):
    of, own = student
    of = msgspec.structs.replace(of, late_unit=Unit.DAY)
    boundary = later(rules.due(of, own), days, of.zone)
    assert rules.judged(of, boundary - SECOND, own).late == days
    assert rules.judged(of, boundary, own).late == days
    assert rules.judged(of, boundary + MOMENT, own).late == days + 1
    assert rules.judged(of, boundary + SECOND, own).late == days + 1


@given(students, st.integers(0, 300))
def test_an_hour_of_lateness_is_sixty_minutes(student, number):
    of, own = student
    of = msgspec.structs.replace(of, late_unit=Unit.HOUR)
    boundary = rules.due(of, own) + timedelta(hours=number)
    assert rules.judged(of, boundary, own).late == number
    assert rules.judged(of, boundary + MOMENT, own).late == number + 1


@pytest.mark.parametrize(
    ("zone", "due", "at", "late"),
    [
        # The clocks go forward in between: 23 hours are a day.
        ("America/New_York", "2026-03-07 23:59", "2026-03-08 23:59:00", 1),
        ("America/New_York", "2026-03-07 23:59", "2026-03-08 23:59:01", 2),
        # They go back: 25 hours are.
        ("America/New_York", "2026-10-31 23:59", "2026-11-01 23:59:00", 1),
        ("America/New_York", "2026-10-31 23:59", "2026-11-01 23:59:01", 2),
        # A time of day that the next day does not have, and one that it has twice.
        ("Europe/Berlin", "2026-03-28 02:30", "2026-03-29 03:30:00", 1),
        ("Europe/Berlin", "2026-03-28 02:30", "2026-03-29 03:30:01", 2),
        ("Europe/Berlin", "2026-10-24 02:30", "2026-10-25 02:30:00", 1),
        ("Australia/Lord_Howe", "2026-04-04 23:59", "2026-04-05 23:59:00", 1),
        ("UTC", "2026-03-07 23:59", "2026-03-08 23:59:01", 2),
    ],
)
def test_days_are_those_of_the_course_s_clock(zone, due, at, late):
    of = Rules(zone=zone, due_at=local(due, zone), late_percent=10)
    assert rules.judged(of, local(at, zone)).late == late


@given(students, lengths, lengths)
def test_what_comes_later_never_costs_less(student, one, more):
    of, own = student
    at = of.due_at + one
    assert rules.judged(of, at, own).penalty <= rules.judged(of, at + more, own).penalty


@given(students, lengths, lengths)
def test_an_extension_never_costs_anything(student, by, late):
    of, own = student
    at = of.due_at + late
    extended = msgspec.structs.replace(own, extended_to=of.due_at + by)
    bare = msgspec.structs.replace(own, extended_to=None)
    assert rules.judged(of, at, extended).penalty <= rules.judged(of, at, bare).penalty
    assert rules.judged(of, of.due_at + by, extended).penalty == 0
    assert rules.refusal(of, of.due_at + by, extended) is None


@given(st.floats(0, 1000), st.integers(0, 400), st.sampled_from((0.5, 10.0, 33.33, 100.0)))
def test_lateness_takes_a_share_of_the_score_and_never_more_than_all_of_it(score, late, percent):
    of = Rules(due_at=datetime(2026, 3, 1, tzinfo=UTC), late_percent=percent)
    penalty = rules.judged(of, of.due_at + late * timedelta(days=1)).penalty
    assert penalty == min(100, late * percent)
    assert 0 <= rules.kept(score, penalty) <= score
    assert rules.kept(score, 0.0) == score


def test_without_a_deadline_nothing_is_late():
    assert rules.judged(Rules(), datetime(2026, 3, 1, tzinfo=UTC), Own(spent=3)) == rules.Judged(None, 0, 0.0)


# Grace days


@given(students, lengths)
def test_grace_days_are_no_more_than_needed_and_left_and_take_the_penalty_off(student, late):
    of, own = student
    at = rules.due(of, own) + late
    days = rules.grace_needed(of, at, own)
    before = rules.judged(of, at, own)
    after = rules.judged(of, at, rules.spending(own, days))
    assert days <= own.left
    assert after.penalty <= before.penalty
    if not of.takes_grace or not before.penalty:
        assert days == 0
    elif days < own.left:
        assert after.penalty == 0
        assert rules.judged(of, at, rules.spending(own, days - 1)).penalty > 0


@given(students, st.integers(1, 5))
def test_one_more_grace_day_is_needed_the_moment_after_a_day_ends(student, days):
    of, own = student
    of = msgspec.structs.replace(of, takes_grace=True)
    own = msgspec.structs.replace(own, left=9)
    boundary = later(rules.due(of, own), days, of.zone)
    assert [rules.grace_needed(of, boundary + by, own) for by in (-SECOND, timedelta(), MOMENT)] == [
        days,
        days,
        days + 1,
    ]


# What counts


tried = st.lists(st.tuples(lengths, st.none() | st.floats(0, 100)), min_size=1, max_size=8)


@given(students, tried)
def test_the_best_is_no_worse_than_any_other_after_its_penalty(student, tries):
    of, own = student
    made = []
    for number, (after, score) in enumerate(tries):
        at = of.due_at - timedelta(days=20) + after
        made.append(((at, number), score, rules.judged(of, at, own).penalty))
    best = max(made, key=lambda each: rules.rank(Counted.BEST, *each))
    known = [rules.kept(score, penalty) for _, score, penalty in made if score is not None]
    assert (best[1] is None) == (not known)
    if best[1] is not None:
        assert rules.kept(best[1], best[2]) == max(known)
    newest = max(age for age, _, _ in made)
    for counted in (Counted.LAST, Counted.CHOSEN):
        assert max(made, key=lambda each, counted=counted: rules.rank(counted, *each))[0] == newest
    for chosen in made:
        key = lambda each, chosen=chosen: rules.rank(  # noqa: E731
            Counted.CHOSEN, *each, chosen_at=of.due_at if each is chosen else None
        )
        assert max(made, key=key) is chosen


def test_of_two_that_are_as_good_the_newest_counts():
    at = datetime(2026, 3, 1, tzinfo=UTC)
    made = [((at, 1), 80.0, 0.0), ((at + SECOND, 2), 100.0, 20.0), ((at, 3), None, 0.0)]
    assert max(made, key=lambda each: rules.rank(Counted.BEST, *each))[0] == (at + SECOND, 2)


# What is taken


@given(students)
def test_it_opens_and_ends_at_the_moments_that_are_told(student):
    of, own = student
    if of.opens_at:
        assert rules.refusal(of, of.opens_at, own) is None
        early = rules.refusal(of, of.opens_at - MOMENT, own)
        assert early.again_at == of.opens_at
        assert absolute(of.opens_at, of.zone) in early.text
    end = rules.end(of, own)
    if end is None:
        assert rules.refusal(of, of.due_at + timedelta(days=4000), own) is None
    else:
        assert rules.refusal(of, end - SECOND, own) is None
        assert rules.refusal(of, end, own) is None
        late = rules.refusal(of, end + MOMENT, own)
        assert late.again_at is None
        assert absolute(end, of.zone) in late.text


limits = st.builds(
    Rules,
    most_uploads=st.none() | st.integers(1, 4),
    upload_hours=st.none() | st.integers(1, 5),
    pause_minutes=st.sampled_from((0, 7, 60)),
)


@given(limits, st.lists(st.timedeltas(timedelta(), timedelta(hours=30)), min_size=1, max_size=25))
def test_in_no_window_are_more_uploads_taken_than_there_may_be(of, offsets):
    start = datetime(2026, 3, 8, tzinfo=UTC)
    taken: list[datetime] = []
    for offset in sorted(offsets):
        at = start + offset
        refused = rules.refusal(of, at, earlier=taken)
        left = rules.uploads_left(of, at, taken)
        if refused is None:
            assert left is None or left > 0
            taken.append(at)
        elif refused.again_at is None:
            assert of.most_uploads == len(taken)
            assert of.upload_hours is None
        else:
            assert refused.again_at > at
            assert rules.refusal(of, refused.again_at, earlier=taken) is None
            assert rules.refusal(of, refused.again_at - MOMENT, earlier=taken) is not None
    if of.most_uploads is not None:
        window = timedelta(hours=of.upload_hours) if of.upload_hours else timedelta(days=9)
        assert all(sum(each <= other < each + window for other in taken) <= of.most_uploads for each in taken)
    pause = timedelta(minutes=of.pause_minutes)
    assert all(after - before >= pause for before, after in pairwise(taken))


def test_an_upload_over_a_slow_line_does_not_slip_between_two_others():
    of = Rules(pause_minutes=10)
    at = datetime(2026, 3, 8, 12, tzinfo=UTC)
    refused = rules.refusal(of, at, earlier=[at + timedelta(minutes=4)])
    assert refused.again_at == at + timedelta(minutes=14)


def test_who_may_not_again_before_the_end_is_told_so():
    at = datetime(2026, 3, 8, 12, tzinfo=UTC)
    of = Rules(most_uploads=1, upload_hours=24, ends_at=at + timedelta(hours=5))
    refused = rules.refusal(of, at, earlier=[at - timedelta(hours=1)])
    assert refused.text.endswith("It ends before you may upload again.")
    assert refused.again_at is None


# Contradictions

AT = datetime(2026, 3, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(ruled())
def test_rules_that_hold_together_are_not_complained_of(of):
    assert rules.contradictions(of) == []


@pytest.mark.parametrize(
    ("of", "field", "words"),
    [
        (Rules(opens_at=AT, due_at=AT - HOUR), "due_at", "opens only"),
        (Rules(opens_at=AT, due_at=AT), "due_at", "opens only"),
        (Rules(due_at=AT, ends_at=AT - MOMENT), "ends_at", "due only"),
        (Rules(opens_at=AT, ends_at=AT), "ends_at", "opens only"),
        (Rules(late_percent=10), "late_percent", "without a deadline"),
        (Rules(due_at=AT, ends_at=AT, late_percent=10), "late_percent", "ends when it is due"),
        (Rules(due_at=AT, takes_grace=True), "takes_grace", "buys nothing"),
        (Rules(upload_hours=2), "most_uploads", "2 hours"),
        (Rules(most_uploads=3, upload_hours=2, pause_minutes=60), "pause_minutes", "never fit"),
    ],
)
def test_each_contradiction_is_a_sentence_at_its_field(of, field, words):
    (found,) = rules.contradictions(of)
    assert found.field == field
    assert field in Rules.__struct_fields__
    assert words in found.text
    assert found.text.endswith(".")


def test_every_contradiction_is_told_at_once():
    of = Rules(opens_at=AT, due_at=AT - HOUR, ends_at=AT - 2 * HOUR, upload_hours=1)
    assert [each.field for each in rules.contradictions(of)] == ["due_at", "ends_at", "most_uploads"]
