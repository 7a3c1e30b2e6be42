"""The page that copies a course: every new date is seen first, and bad input makes nothing."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from submissions.models import Course, Enrolment, now

PAGE = "/courses/dl/copy/"
NEW_YORK = ZoneInfo("America/New_York")
FORM = {
    "title": "Deep Learning",
    "term": "Fall 2026",
    "slug": "dl-f26",
    "number": "26",
    "unit": "weeks",
    "press": "copy",
}


@pytest.fixture(autouse=True)
def due(school) -> None:
    school.due(datetime(2026, 3, 2, 23, 59, tzinfo=NEW_YORK))
    school.opens(datetime(2026, 2, 2, 9, 0, tzinfo=NEW_YORK))


def shown(page: str) -> str:
    """What a reader reads."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def seen(page: str) -> str:
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def slugs(school) -> set[str]:
    with school.database.read() as session:
        return set(session.scalars(select(Course.slug)))


def test_the_course_s_page_leads_an_instructor_here_and_nobody_else(visit) -> None:
    assert f'href="{PAGE}"' in visit("ines").get("/courses/dl/").text
    assert f'href="{PAGE}"' not in visit("stan").get("/courses/dl/").text


def test_every_new_date_is_shown_before_anything_is_made(school, visit) -> None:
    ines = visit("ines")
    page = ines.post(PAGE, {**FORM, "press": "look"})
    assert page.status_code == 200
    text = shown(page.text)
    assert "Mon 31 Aug 2026, 23:59 EDT" in text
    assert "here Mon 2 Mar 2026, 23:59 EST" in text
    assert "Mon 3 Aug 2026, 09:00 EDT" in text
    by_days = shown(ines.post(PAGE, {**FORM, "press": "look", "unit": "days"}).text)
    assert "Sat 28 Mar 2026, 23:59 EDT" in by_days
    assert slugs(school) == {"dl"}


def test_looking_at_dates_needs_no_name_yet(visit) -> None:
    page = visit("ines").post(PAGE, {"number": "1", "unit": "weeks", "press": "look"})
    assert page.status_code == 200
    assert "Mon 9 Mar 2026" in page.text


def test_what_was_seen_is_copied_and_its_page_says_that_nobody_is_in_it(school, visit) -> None:
    ines = visit("ines")
    page = ines.post(PAGE, {**FORM, "press": "look"}).text
    done = ines.post(PAGE, {**FORM, "seen": seen(page)})
    assert (done.status_code, done.location) == (303, "/courses/dl-f26/")
    landed = shown(ines.get(done.location).text)
    assert "Deep Learning, Fall 2026 is there, and nobody but you is in it" in landed
    assert "You are instructor here" in landed
    with school.database.read() as session:
        course = session.scalars(select(Course).where(Course.slug == "dl-f26")).one()
        assert [each.user.login for each in session.scalars(select(Enrolment).where(Enrolment.course_id == course.id))]
        (made,) = course.assignments
        assert made.due_at.astimezone(NEW_YORK).isoformat() == "2026-08-31T23:59:00-04:00"
    assert visit("ada").get("/courses/dl-f26/").status_code == 404


def test_dates_that_were_not_seen_are_shown_and_not_copied(school, visit) -> None:
    ines = visit("ines")
    of_other_dates = seen(ines.post(PAGE, {**FORM, "press": "look"}).text)
    answer = ines.post(PAGE, {**FORM, "number": "27", "seen": of_other_dates})
    assert answer.status_code == 409
    assert "Nothing was copied yet" in answer.text
    assert "Mon 7 Sep 2026" in answer.text
    school.due(datetime(2026, 3, 3, 23, 59, tzinfo=NEW_YORK))
    assert ines.post(PAGE, {**FORM, "seen": of_other_dates}).status_code == 409
    assert slugs(school) == {"dl"}
    assert ines.post(PAGE, {**FORM, "number": "27", "seen": seen(answer.text)}).status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("slug", "dl", "There is a course “dl” already"),
        ("slug", "Fall 26", "up to 80 lower-case letters"),
        ("slug", "", "Give it a short name"),
        ("title", " ", "Give it a title"),
        ("title", "a" * 201, "This has 201 characters"),
        ("term", "", "Say which term it is for"),
        ("number", "-1", "is no whole number from 0 to 1,000"),
        ("number", "", "Say by how much later"),
        ("unit", "months", "Choose weeks or days"),
    ],
)
def test_what_cannot_be_comes_back_as_it_was_typed_and_makes_nothing(school, visit, field, value, says) -> None:
    ines = visit("ines")
    page = ines.post(PAGE, {**FORM, "press": "look"}).text
    answer = ines.post(PAGE, {**FORM, "seen": seen(page), field: value})
    assert answer.status_code == 422
    text = shown(answer.text)
    assert says in text
    assert "Nothing was copied" in text
    for name, typed in {**FORM, field: value}.items():
        if name not in ("unit", "press"):
            assert f'name="{name}"' in answer.text
            assert f'value="{typed.strip()}"' in answer.text
    assert slugs(school) == {"dl"}


def test_the_form_proposes_dates_to_come_and_says_which_have_passed(school, visit) -> None:
    school.due(now() - timedelta(days=20))
    school.opens(now() - timedelta(days=40))
    page = shown(visit("ines").get(PAGE).text)
    assert "past already" not in page
    passed = shown(visit("ines").post(PAGE, {**FORM, "number": "0", "press": "look"}).text)
    assert passed.count("past already") == 2
