"""The audit log's page: what its rows say, what can be looked for, and who reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from submissions.models import AuditEntry, Decision, Role
from submissions.people import people
from submissions.storage import audit
from submissions.suites import courses
from web.course.audit import changes

HERE = "/courses/dl/audit/"


@pytest.fixture
def note(school):
    """An entry of the course unless told otherwise, made so many days ago."""

    def note(actor="stan", action="grade by hand", record="submission 1, task q1-1", detail=None, days=0, course=True):
        with school.database.write() as session:
            about = school.course.id if course is True else course
            audit.record(session, actor, action, record, detail, "192.0.2.7", course_id=about)
            session.flush()
            newest = session.scalars(select(func.max(AuditEntry.id))).one()
            at = datetime.now(UTC) - timedelta(days=days)
            session.execute(update(AuditEntry).where(AuditEntry.id == newest).values(at=at))

    return note


def rows(page):
    """The records that a page lists, in its order."""
    return re.findall(r'<td class="who"><code>.*?</code></td>\s*<td class="who">(.*?)</td>', page)


def test_a_row_says_who_did_what_to_which_record_when_and_from_where(visit, note):
    note(detail={"before": {"points": 5.0, "comment": ""}, "after": {"points": 6.5, "comment": "<b>good"}}, days=2)
    page = visit("ines").get(HERE).text
    for told in ("Stan Staff", "grade by hand", "submission 1, task q1-1", "2 days ago", "from 192.0.2.7"):
        assert told in page
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    assert re.search(r"points: +5 +→ +became +6\.5", text)
    assert re.search(r"comment: +nothing +→ +became +&lt;b&gt;good", text)


def test_what_is_done_in_the_portal_is_there(school, visit):
    school.asked(school.graded("ada"))
    school.decided("ada", Decision.POINTS, 5)
    assert rows(visit("ines").get(HERE).text) == ["ada in hw1p1", "request 1 about submission 1"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, ["regrade 3", "submission 2", "submission 1"]),
        ({"words": "REGRADE"}, ["regrade 3"]),
        ({"words": "søndergård's"}, ["submission 2"]),
        ({"words": "SØNDERGÅRD'S übung"}, ["submission 2"]),
        ({"words": "tests wrong"}, ["regrade 3"]),
        ({"words": "tests right"}, []),
        ({"words": "100%"}, []),
        ({"who": "ines"}, ["regrade 3"]),
        ({"who": "nobody"}, []),
        ({"action": "grade by hand"}, ["submission 2", "submission 1"]),
        ({"record": "sub"}, ["submission 2", "submission 1"]),
        ({"who": "stan", "words": "submission", "record": "1"}, ["submission 1"]),
    ],
    ids=str,
)
def test_entries_are_found_by_words_person_action_and_record(visit, note, search, found):
    note(record="submission 1")
    note(record="submission 2", detail={"comment": "As in Søndergård's proof: Übung 3"})
    note("ines", "regrade.begin", "regrade 3", {"reason": "two tests were wrong"})
    assert rows(visit("ines").get(HERE, query_string=search).text) == found


def test_days_are_those_of_the_courses_zone_and_both_ends_are_meant(school, visit, note):
    for days in (6, 3, 0):
        note(record=f"{days} days ago", days=days)
    ines = visit("ines")
    found = re.findall(r'<time datetime="([^"]+)"', ines.get(HERE).text)
    newest, middle, _ = (
        datetime.fromisoformat(each).astimezone(ZoneInfo(school.course.timezone)).date() for each in found
    )
    assert rows(ines.get(HERE, query_string={"from": middle, "to": middle}).text) == ["3 days ago"]
    assert rows(ines.get(HERE, query_string={"from": middle}).text) == ["0 days ago", "3 days ago"]
    assert rows(ines.get(HERE, query_string={"to": newest - timedelta(days=1)}).text) == ["3 days ago", "6 days ago"]


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_what_is_no_date_is_said_and_not_used(visit, note, day):
    note()
    page = visit("ines").get(HERE, query_string={"from": day, "to": day}).text
    assert f"“{day}” is no date" in page
    assert rows(page) == ["submission 1, task q1-1"]


def test_a_hundred_entries_stand_on_a_page_and_the_search_goes_with_its_links(school, visit):
    with school.database.write() as session:
        for number in range(230):
            audit.record(session, "stan", "a & b", f"record {number}", course_id=school.course.id)
    ines = visit("ines")
    page = ines.get(HERE, query_string={"action": "a & b", "page": 2}).text
    assert rows(page) == [f"record {number}" for number in range(129, 29, -1)]
    older = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert rows(ines.get(older).text) == [f"record {number}" for number in range(29, -1, -1)]


def test_another_courses_entries_and_those_of_no_course_are_not_shown(school, visit, note):
    with school.database.write() as session:
        other = courses.create_course(session, "other", "Other")
        people.enrol(session, other.id, school.users["stan"].id, Role.INSTRUCTOR)
        number = other.id
    note(record="theirs", course=number)
    note(record="nobody's", course=None)
    page = visit("ines").get(HERE).text
    assert rows(page) == []
    assert "Nothing was changed yet" in page
    assert rows(visit("stan").get("/courses/other/audit/").text) == ["theirs"]
    assert visit("stan").get(HERE).status_code == 403


@pytest.mark.parametrize(
    ("detail", "lines"),
    [
        ({}, []),
        ({"suite": "5e1f", "published": True}, [("suite", "5e1f", None), ("published", "yes", None)]),
        ({"before": None, "after": {"points": 2.50, "rubric": [0, 1]}}, [("", "nothing", "points: 2.5; rubric: 0, 1")]),
        ({"before": {"role": "staff", "section": "A"}, "after": {"role": "student", "section": "A"}},
         [("role", "staff", "student")]),
        ({"decision": "excuse", "points": None, "task": "", "reason": "ill"},
         [("decision", "excuse", None), ("reason", "ill", None)]),
        ({"before": 3, "hint_hours": 24}, [("before", "3", None), ("hint hours", "24", None)]),
        ({"text": "x" * 500}, [("text", "x" * 400 + "… (500 characters)", None)]),
        ({"submissions": [7] * 1500}, [("submissions", "7, " * 133 + "7… (4,498 characters)", None)]),
        ({"given": {"a": "x" * 300, "b": ["y" * 300]}},
         [("given", f"a: {'x' * 300}; b: {'y' * 92}… (608 characters)", None)]),
    ],
)  # fmt: skip
def test_a_detail_is_told_in_lines(detail, lines):
    assert [(each.what, each.value, each.after) for each in changes(detail)] == lines
