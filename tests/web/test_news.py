"""What changed since last time: everything that happened to a person, told once, and nothing that is hidden."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from submissions.models import Decision, now
from submissions.talk import comments

NEWS = "/courses/dl/news/"
_UNTIL = re.compile(r'name="until" value="([^"]+)"')


@pytest.fixture
def new(visit):
    """What the page tells as new, as text."""

    def new(login: str = "ada") -> str:
        said = visit(login).get(NEWS).text
        return re.sub(r"<[^>]+>", "", said.split('id="new"')[1].split("</section>")[0]) if 'id="new"' in said else ""

    return new


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (lambda s: s.announced("Rooms"), "Rooms announced"),
        (lambda s: s.announced("Rooms", assignment_id=s.assignment.id), "Rooms: Homework 1 Part 1: MyTorch announced"),
        (lambda s: s.graded("ada"), "Your hand-in was graded: Homework 1 Part 1: MyTorch"),
        (lambda s: s.refused("ada"), "Your hand-in could not be graded"),
        (lambda s: s.say(s.graded("ada"), "Well done."), "Staff commented on your hand-in"),
        (lambda s: s.decided("ada", Decision.POINTS, 5), "Staff decided about your score"),
        (lambda s: s.extended("ada"), "You have an extension"),
        (lambda s: s.opens(now() - timedelta(hours=1)), "Opened: Homework 1 Part 1: MyTorch"),
        (lambda s: s.rules(results_published_at=now()), "Results were published"),
        (lambda s: s.rules(points_released_at=now()), "Points by hand were released"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_happens_to_a_student_is_new_to_them(school, new, happens, told) -> None:
    school.rules(results_published_at=None)
    assert told not in new()
    happens(school)
    assert told in new()


def test_what_happens_to_another_is_not(school, new) -> None:
    school.rules(results_published_at=None)
    school.say(school.graded("ada"), "Well done.")
    school.decided("ada", Decision.POINTS, 5)
    school.extended("ada")
    assert new("bo") == ""


def test_an_answer_to_a_request_is_new(school, new) -> None:
    school.graded("ada")
    request = school.asked(1)
    assert "answered" not in new()
    school.answered_request(request, "declined", "The test is right.")
    assert "Your request was answered" in new()


def test_a_moved_deadline_is_new_to_all(school, visit, new) -> None:
    form = {"late_unit": "day", "counted": "last", "show_tests": "always", "show_output": "always"}
    form |= {"group_size": "1", "due_at": "2190-03-02T12:00", "opened_with": school.known_rules()}
    assert visit("ines").post("/courses/dl/assignments/hw1p1/rules/", form).status_code == 303
    assert "The deadline was moved: Homework 1 Part 1: MyTorch" in new("bo")


def test_what_was_seen_is_new_no_more_and_what_came_meanwhile_stays_new(school, visit, new) -> None:
    school.announced("Before")
    ada = visit("ada")
    until = _UNTIL.search(ada.get(NEWS).text)[1]
    school.announced("Meanwhile")
    assert ada.post(f"{NEWS}seen", {"until": until}).status_code == 303
    assert "Meanwhile" in new()
    assert "Before" not in new()
    assert "Before" in visit("ada").get(NEWS).text
    assert "Before" in new("bo")


@pytest.mark.parametrize("until", ["", "soon", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+23:59", "2190-01-01"])
def test_nobody_has_seen_what_is_still_to_come(school, visit, new, until) -> None:
    assert visit("ada").post(f"{NEWS}seen", {"until": until}).status_code == 303
    school.announced("Later")
    assert "Later" in new()


def test_a_comment_at_a_test_that_is_hidden_is_not_told(school, new) -> None:
    submission = school.graded("ada")
    title = "A network that nobody sees"
    hidden = next(test["id"] for test in school.suite.manifest["tests"] if test["title"] == title)
    shown = next(test["id"] for test in school.suite.manifest["tests"] if test["visibility"] == "always")
    for test, told in ((hidden, False), (shown, True)):
        with school.database.write() as session:
            comments.reply(session, school.assignment, test, "k", [submission], "Look.", school.users["stan"])
        assert ("Staff commented" in new()) == told


def told(visit, login: str) -> str:
    """What the link on the course's page says is new."""
    page = visit(login).get("/courses/dl/").text
    return re.search(r"What changed(?: since last time)?(?:: (\d+ new))?</a>", page)[1] or ""


@pytest.mark.parametrize("login", ["ada", "stan"])
def test_the_course_s_page_counts_what_is_new(school, visit, login) -> None:
    school.rules(results_published_at=None)
    assert told(visit, login) == ""
    school.announced("One")
    school.announced("Two")
    school.announced("Planned", shown_from=now() + timedelta(hours=1))
    assert told(visit, login) == "2 new"
    assert visit(login).post(f"{NEWS}seen", {"until": now().isoformat()}).status_code == 303
    assert told(visit, login) == ""
    school.announced("Three")
    assert told(visit, login) == "1 new"
    assert told(visit, "bo") == "3 new"


def test_what_is_hidden_is_not_counted(school, visit) -> None:
    school.rules(results_published_at=None)
    submission = school.graded("ada")
    hidden = next(test["id"] for test in school.suite.manifest["tests"] if test["visibility"] == "never")
    with school.database.write() as session:
        comments.reply(session, school.assignment, hidden, "k", [submission], "Look.", school.users["stan"])
    assert told(visit, "ada") == "1 new"
    assert "Your hand-in was graded" in visit("ada").get(NEWS).text
