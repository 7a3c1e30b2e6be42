"""How times, numbers and a student's own text are written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import web
from grader.verdicts import CATALOGUE
from submissions import clock
from web.words import times, typed, wording

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=30), "in less than a minute"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(hours=-2, minutes=-50), "2 hours ago"),
        (timedelta(days=3, hours=4), "in 3 days"),
        (timedelta(days=-1), "1 day ago"),
    ],
)
def test_a_relative_time_names_its_largest_unit(length, words) -> None:
    assert times.relative(NOON + length, NOON) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=5), "less than a minute"),
        (timedelta(days=2, minutes=5), "2 days"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
    ],
)
def test_a_span_names_its_two_largest_units(length, words) -> None:
    assert times.span(length) == words


def test_an_absolute_time_is_in_the_courses_zone_and_names_it() -> None:
    assert clock.absolute(NOON, "America/New_York") == "Mon 2 Mar 2026, 07:00 EST"
    assert clock.absolute(NOON + timedelta(days=60), "America/New_York") == "Fri 1 May 2026, 08:00 EDT"


@pytest.mark.parametrize(
    ("length", "words"), [(0.0042, "4 ms"), (1.25, "1.2 s"), (12.4, "12 s"), (119.6, "120 s"), (185, "3 min 5 s")]
)
def test_a_measured_length(length, words) -> None:
    assert times.seconds(length) == words


@pytest.mark.parametrize(
    ("length", "words"), [(0, "10 seconds"), (33, "30 seconds"), (61, "1 minute"), (600, "10 minutes")]
)
def test_an_estimate_is_rough(length, words) -> None:
    assert times.rough(length) == words


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (12.0, "12"), (2.5, "2.5"), (100 / 3, "33.33"), (100, "100")])
def test_points_have_no_needless_digits(number, text) -> None:
    assert wording.points(number) == text


@pytest.mark.parametrize(
    ("text", "points"), [("7", "7"), ("-2.5", "-2.5"), ("+1,25", "1.25"), (",5", "0.5"), ("10000", "10000")]
)
def test_points_are_read_with_a_point_or_a_comma(text, points) -> None:
    assert typed.points(text) == Decimal(points)


@pytest.mark.parametrize(
    "text",
    [
        "1,000",
        "1.000",
        "1_0",
        "1,0,0",
        "1e3",
        "5.",
        "- 5",
        "--5",
        "NaN",
        "Infinity",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "½",
    ],
)
def test_what_could_be_another_number_of_points_is_refused_with_a_sentence(text) -> None:
    with pytest.raises(typed.NoNumber, match="at most two decimals"):
        typed.points(text)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 bytes"), (20_480, "20 kB"), (20_000_000, "20 MB"), (1_260_000, "1.3 MB")]
)
def test_sizes(number, text) -> None:
    assert wording.size(number) == text


@given(st.text())
def test_prose_never_lets_markup_through(text) -> None:
    markup = str(wording.prose(text))
    assert not re.sub(r"</?code>", "", markup).count("<")
    assert markup.count("<code>") == markup.count("</code>")


def test_prose_makes_code_of_backticks_after_escaping() -> None:
    assert wording.prose("`<b>` and ` lone") == "<code>&lt;b&gt;</code> and ` lone"


@given(st.text())
def test_shown_text_has_no_control_character_left(text) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", wording.shown(text))


def test_shown_text_keeps_lines_tabs_and_other_scripts() -> None:
    kept = "a\n\tb 提出 Ọ̀ṣun क्‍ष"
    assert wording.shown(kept) == kept


def test_a_bidirectional_trick_is_made_visible() -> None:
    assert wording.shown("return\u202e True") == "return\\u202e True"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Version/19 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5", "curl"),
        ("", "An unknown browser"),
    ],
)
def test_a_browser_is_named_as_a_person_would(agent, name) -> None:
    assert wording.browser(agent) == name


def test_the_sentence_about_our_own_faults_is_written_in_the_catalogue_alone() -> None:
    """Several pages and the API say it; whoever changes it changes it for all of them."""
    sentence = CATALOGUE["grader_fault"].student
    portal = Path(web.__file__).parent
    pages = [file for kind in ("*.py", "*.html", "*.js") for file in portal.rglob(kind)]
    assert len(pages) > 30
    assert [file.name for file in pages if sentence.partition(".")[0] in file.read_text(encoding="utf-8")] == []
