"""Announcements stand where staff put them, from when they say, as they were written last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.models import Announcement, AuditEntry, now
from submissions.talk.announcements import LONGEST, LONGEST_TITLE, MOST

PAGE = "/courses/dl/announcements/"
COURSE = "/courses/dl/"
HW = "/courses/dl/assignments/hw1p1/"
ROOM = {"title": "Room change", "text": "We meet in **Hall 2**."}


@pytest.fixture
def stored(school):
    """The announcements that there are, withdrawn or not."""

    def stored() -> list[Announcement]:
        with school.database.read() as session:
            return list(session.scalars(select(Announcement).order_by(Announcement.id)))

    return stored


@pytest.mark.parametrize(("where", "there", "elsewhere"), [("", COURSE, HW), ("hw1p1", HW, COURSE)])
def test_staff_announce_and_students_read_it_where_it_was_put(visit, where, there, elsewhere) -> None:
    answer = visit("stan").post(PAGE, {**ROOM, "where": where}, follow_redirects=True)
    assert "Announced: students read it now." in answer.text
    ada = visit("ada")
    assert "We meet in <strong>Hall 2</strong>." in ada.get(there).text
    assert "Room change" not in ada.get(elsewhere).text


def test_a_planned_one_is_for_staff_alone_until_then(school, visit) -> None:
    later = "2190-03-02T12:00"
    told = visit("stan").post(PAGE, {**ROOM, "shown_from": later}, follow_redirects=True).text
    assert "students will read it from then on" in told
    assert "not shown yet</span>" in told
    for login in ("ada", "stan"):
        assert "Room change" not in visit(login).get(COURSE).text
    assert "Room change" not in visit("ada").get("/courses/dl/news/").text
    with school.database.write() as session:
        session.scalars(select(Announcement)).one().shown_from = now() - timedelta(minutes=1)
    assert "Room change" in visit("ada").get(COURSE).text


def test_pinned_ones_come_first_and_older_ones_are_folded(school, visit) -> None:
    school.announced("The pinned one", pinned=True)
    for number in range(4):
        school.announced(f"Number {number}")
    said = visit("ada").get(COURSE).text
    places = [
        said.index(title) for title in ("The pinned one", "Number 3", "Number 2", "2 older", "Number 1", "Number 0")
    ]
    assert places == sorted(places)


def test_a_change_says_that_it_is_one_and_keeps_its_moment(school, visit, stored) -> None:
    made = school.announced()
    (before,) = stored()
    visit("stan").post(f"{PAGE}{made}/", {**ROOM, "text": "Hall 3.", "edits": "0", "shown_from": "2190-03-02T12:00"})
    said = visit("ada").get(COURSE).text
    assert "Hall 3." in said
    assert "Hall 2" not in said
    assert ", changed " in said
    assert stored()[0].shown_from == before.shown_from


def test_of_two_who_change_it_the_second_is_told_and_keeps_what_was_typed(school, visit) -> None:
    made = school.announced()
    assert visit("ines").post(f"{PAGE}{made}/", {**ROOM, "text": "Hall 3.", "edits": "0"}).status_code == 303
    answer = visit("stan").post(f"{PAGE}{made}/", {**ROOM, "text": "Hall 4.", "edits": "0"})
    assert answer.status_code == 409
    assert "Somebody else changed it" in answer.text
    assert 'rows="8" required>Hall 4.</textarea>' in answer.text
    assert "Hall 3." in visit("ada").get(COURSE).text
    assert 'name="edits" value="1"' in answer.text


def test_a_withdrawn_one_is_read_by_nobody_and_kept(school, visit, stored) -> None:
    made = school.announced()
    visit("stan").post(f"{PAGE}{made}/withdraw")
    for path in (COURSE, "/courses/dl/news/", PAGE):
        assert "Hall 2" not in visit("ines").get(path).text
    assert visit("stan").get(f"{PAGE}{made}/").status_code == 404
    assert stored()[0].withdrawn_at is not None
    with school.database.read() as session:
        kept = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("announcement."))).all()
    assert [(each.actor, each.action) for each in kept] == [
        ("ines", "announcement.make"),
        ("stan", "announcement.withdraw"),
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": " "}, "Give it a title"),
        ({"text": "\n"}, "Write what is to be announced"),
        ({"title": "x" * (LONGEST_TITLE + 1)}, f"up to {LONGEST_TITLE} are kept"),
        ({"text": "y" * (LONGEST + 1)}, f"up to {LONGEST:,} are kept"),
        ({"where": "no-such"}, "Choose the course"),
        ({"shown_from": "soon"}, "is no date and time"),
    ],
    ids=["no title", "no text", "a long title", "a long text", "elsewhere", "no date"],
)
def test_what_cannot_be_announced_is_told_beside_what_was_typed(visit, stored, fields, told) -> None:
    answer = visit("stan").post(PAGE, {**ROOM, **fields})
    assert answer.status_code == 422
    assert told in answer.text
    assert {**ROOM, **fields}["text"].strip() in answer.text
    assert stored() == []


def test_two_presses_of_one_button_announce_once(visit, stored) -> None:
    stan = visit("stan")
    for _ in range(2):
        assert stan.post(PAGE, ROOM).status_code == 303
    assert len(stored()) == 1


def test_more_than_anybody_reads_are_not_kept(school, visit) -> None:
    with school.database.write() as session:
        session.add_all(
            Announcement(course_id=school.course.id, title=f"{n}", text="x", by_id=school.users["ines"].id)
            for n in range(MOST)
        )
    answer = visit("stan").post(PAGE, ROOM)
    assert answer.status_code == 422
    assert "withdraw some" in answer.text


def test_markup_in_one_is_text(school, visit) -> None:
    school.announced("<b>Bold</b>", "<script>alert(1)</script> [x](javascript:alert(1))")
    said = visit("ada").get(COURSE).text
    assert "<script>alert" not in said
    assert "<b>Bold" not in said
    assert 'href="javascript' not in said
