"""The rules' page, and what students see of the rules: on the assignment's page, by the form and by the API."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.models import Assignment, AuditEntry, now
from submissions.rules import rule_examples, rules
from submissions.rules.rules import Rules
from submissions.suites import copying
from tests.school import archive

HERE = "/courses/dl/assignments/hw1p1/"
PAGE = HERE + "rules/"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SHOWN = {"show_tests": "always", "show_output": "always"}
VALUE = re.compile(r'<input id="(\w+)" name="\w+"[^>]*? value="([^"]*)"')


def typed(page, **changes) -> dict[str, str]:
    """What the page's form would send, with something typed in it."""
    fields = dict(VALUE.findall(page.text)) | {"late_unit": "day", "counted": "last", **SHOWN}
    fields["opened_with"] = re.search(r'name="opened_with" value="(\w+)"', page.text)[1]
    if found := re.search(r'name="seen" value="(\w+)"', page.text):
        fields["seen"] = found[1]
    return fields | changes


@pytest.fixture
def ines(visit):
    return visit("ines")


def stored(school) -> Assignment:
    with school.database.read() as session:
        return session.get_one(Assignment, school.assignment.id)


def audited(school) -> list[AuditEntry]:
    with school.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "rules.change")))


def penalties(school) -> list[float]:
    return [submission.penalty for submission in school.submissions()]


# The form


def test_a_form_sent_as_it_was_opened_changes_nothing(school, ines) -> None:
    due_at = stored(school).due_at
    answer = ines.post(PAGE, typed(ines.get(PAGE)))
    assert (answer.status_code, answer.location) == (303, PAGE)
    # A form knows no seconds, and cuts none off.
    assert stored(school).due_at == due_at
    assert audited(school) == []


def test_rules_are_saved_in_the_course_s_time_zone_and_audited(school, ines) -> None:
    changes = {"due_at": "2027-03-13T23:59", "late_percent": "12,5", "late_unit": "hour", "takes_grace": "yes"}
    changes |= {"grace_days": "4", "counted": "best", "most_uploads": "5", "upload_hours": "24", "pause_minutes": "10"}
    assert ines.post(PAGE, typed(ines.get(PAGE), ends_at="2027-03-14T23:59", **changes)).status_code == 303
    found = stored(school)
    assert (found.due_at.isoformat(), found.ends_at.isoformat()) == (
        "2027-03-14T04:59:00+00:00",
        "2027-03-15T03:59:00+00:00",  # the clocks went forward in between
    )
    assert (found.late_percent, found.late_unit, found.takes_grace, found.counted) == (12.5, "hour", True, "best")
    assert (found.most_uploads, found.upload_hours, found.pause_minutes) == (5, 24, 10)
    (entry,) = audited(school)
    assert (entry.actor, entry.course_id) == ("ines", school.course.id)
    assert (entry.detail["before"]["late_percent"], entry.detail["after"]["late_percent"]) == (0, 12.5)
    assert entry.detail["after"]["grace days of the course"] == 4
    assert "opens_at" not in entry.detail["after"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"opens_at": "2027-03-14T12:00", "due_at": "2027-03-14T11:00"}, "let it open before it is due"),
        ({"due_at": "2027-03-14T12:00", "ends_at": "2027-03-14T11:00"}, "end it later"),
        ({"due_at": "", "late_percent": "10"}, "Nothing can be late without a deadline"),
        ({"due_at": "yesterday"}, "“yesterday” is no date and time"),
        ({"due_at": "0001-01-01T00:00"}, "is no date and time of these years"),
        ({"late_percent": "101"}, "from 0 to 100 %"),
        ({"most_uploads": "0"}, "“0” is no whole number from 1 to 1,000"),
        ({"counted": "first"}, "Choose one of those that there are"),
        ({"grace_days": "-1"}, "is no whole number"),
        ({"upload_hours": "2"}, "Say how many uploads may be made in 2 hours"),
    ],
)
def test_what_cannot_hold_together_is_told_beside_the_form_as_it_was_typed(school, ines, changes, words) -> None:
    before = stored(school)
    answer = ines.post(PAGE, typed(ines.get(PAGE), pause_minutes="7", **changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert "Nothing was saved" in answer.text
    again = typed(answer)
    for name, value in {**changes, "pause_minutes": "7"}.items():
        assert name == "counted" or again[name] == value
    after = stored(school)
    assert (after.due_at, after.pause_minutes) == (before.due_at, 0)
    assert audited(school) == []


def test_examples_of_what_is_typed_are_shown_with_real_dates_and_nothing_is_saved(school, ines) -> None:
    fields = {"due_at": "2027-03-13T23:59", "ends_at": "2027-03-16T12:00", "late_percent": "10", "takes_grace": "yes"}
    answer = ines.post(PAGE, typed(ines.get(PAGE), grace_days="1", press="look", **fields))
    assert answer.status_code == 200
    assert f'formaction="{PAGE}#examples"' in answer.text  # one lands on what was asked for
    for words in (
        "not saved yet",
        "Sat 13 Mar 2027, 23:59:00 EST",
        "Sat 13 Mar 2027, 23:59:01 EST",
        "Sun 14 Mar 2027, 23:59:01 EDT",
        "Tue 16 Mar 2027, 12:00:00 EDT",
        "It ended Tue 16 Mar 2027, 12:00 EDT",
        "with 1 grace day nothing off",
    ):
        assert words in answer.text, words
    assert stored(school).late_percent == 0


def test_every_example_is_what_the_rules_say() -> None:
    due_at = now()
    of = Rules(
        opens_at=due_at - 7 * DAY,
        due_at=due_at,
        ends_at=due_at + 2 * DAY,
        late_percent=10,
        takes_grace=True,
        most_uploads=3,
        upload_hours=24,
        pause_minutes=5,
    )
    found = {each.words: each for each in rule_examples.of(of, 1, due_at)}
    assert found["at the deadline itself"].becomes == 80
    assert found["one second late"].becomes == 72
    assert (found["one second late"].grace, found["one second late"].with_grace) == (1, 0)
    assert (found["1 day and a second late"].becomes, found["1 day and a second late"].with_grace) == (64, 10)
    assert "3 days and a second late" not in found
    assert found["at the hard end"].refusal is None
    refused = {words for words, each in found.items() if each.refusal}
    assert refused == {
        "a second before it opens",
        "a second after the hard end",
        "a second after another upload",
        "the 4th upload, the others in the 10 minutes before it",
    }
    assert all(each.judged == rules.judged(of, each.at) for each in found.values() if each.refusal is None)


# A change that moves scores


def test_a_change_that_moves_scores_is_seen_first_and_takes_a_second_press(school, ines) -> None:
    school.due(now() - DAY)
    school.graded("ada")
    school.graded("bo", ago=2 * DAY)
    fields = typed(ines.get(PAGE), late_percent="10")
    review = ines.post(PAGE, fields)
    assert review.status_code == 409
    assert "1 score would move" in review.text
    assert "Ada Lovelace" in review.text
    assert "Bo Søndergård" not in review.text
    assert penalties(school) == [0, 0]
    assert stored(school).late_percent == 0
    # Something else than what was seen is not saved by the second press.
    other = ines.post(PAGE, typed(review, late_percent="20"))
    assert other.status_code == 409
    assert penalties(school) == [0, 0]
    assert ines.post(PAGE, typed(other, late_percent="20")).status_code == 303
    assert penalties(school) == [40, 0]  # a day and some milliseconds late
    (entry,) = audited(school)
    assert entry.detail["scores moved"] == ["ada: 58 to 34.8"]


def test_another_rule_of_what_counts_shows_which_upload_would(school, ines) -> None:
    best = school.graded("ada", "full", ago=HOUR)
    school.graded("ada", "poor")
    review = ines.post(PAGE, typed(ines.get(PAGE), counted="best"))
    assert review.status_code == 409
    assert f"submission {best}" in review.text
    assert ines.post(PAGE, typed(review, counted="best")).status_code == 303
    assert "its tests score best" in visit_page(school, "ada")


def visit_page(school, login, path=HERE):
    from tests.web.conftest import visits

    return visits(school, school.app())(login).get(path).text


def test_of_two_who_change_the_rules_the_second_is_told(school, ines) -> None:
    opened = ines.get(PAGE)
    assert ines.post(PAGE, typed(opened, pause_minutes="5")).status_code == 303
    second = ines.post(PAGE, typed(opened, pause_minutes="9"))
    assert second.status_code == 409
    assert "Somebody else changed these rules" in second.text
    assert stored(school).pause_minutes == 5
    assert ines.post(PAGE, typed(second, pause_minutes="9")).status_code == 303
    assert stored(school).pause_minutes == 9


# What students see


def test_a_student_reads_the_rules_with_real_dates_and_what_is_left(school, visit) -> None:
    school.due(now() + DAY)
    school.rules(3, late_percent=10.0, takes_grace=True, most_uploads=4, upload_hours=24, pause_minutes=0)
    school.graded("ada")
    page = visit("ada").get(HERE).text
    for words in (
        "What comes late loses 10 % of its score for each day that has begun.",
        "You have 3 days of grace left in this course.",
        "4 uploads are taken in 24 hours",
        "You have 3 uploads left now.",
        "The last upload counts.",
    ):
        assert words in page, words


def test_a_late_student_says_on_the_page_whether_a_grace_day_is_spent(school, visit) -> None:
    school.due(now() - HOUR)
    school.rules(2, late_percent=10.0, takes_grace=True)
    ada = visit("ada")
    assert "Spend 1 of my 2 grace days: lateness takes nothing" in ada.get(HERE).text
    asked = ada.hand_in()
    assert asked.status_code == 409
    assert "Is a grace day to be spent?" in asked.text
    assert "no grace day was spent" in asked.text
    assert school.submissions() == []
    file = (io.BytesIO(archive()), "handin.tar")
    assert ada.post(HERE + "submissions", {"file": file, "grace": "1"}).status_code == 303
    assert penalties(school) == [0]
    page = ada.get(HERE).text
    assert "You have 1 day of grace left" in page
    assert "Spend" not in page


def test_a_late_score_says_what_lateness_took_wherever_it_stands(school, visit) -> None:
    school.due(now() - HOUR)
    school.rules(late_percent=10.0)
    number = school.graded("ada", "full")
    whole, left = "88", "79.2"
    page = visit("ada").get(f"/submissions/{number}/").text
    assert "10 % off" in page
    assert f"{whole} less 10 % for lateness" in page
    assert f">{left}<" in page
    told = (
        school.app()
        .test_client()
        .get(f"/api/v1/submissions/{number}", headers={"Authorization": f"Bearer {school.token('ada')}"})
    )
    assert (told.json["score"], told.json["late_penalty_percent"], told.json["late"]) == (float(left), 10, True)
    assert told.json["assignment_score"]["score"] == float(left)
    stan = visit("stan")
    assert f'{left},"graded, late, 10 % off"' in stan.get("/courses/dl/gradebook.csv").text
    for path in ("/courses/dl/gradebook", "/courses/dl/students/ada/", "/courses/dl/hand-ins"):
        assert left in stan.get(path).text, path
    assert left in visit("ada").get("/courses/dl/").text


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"due_at": now() - 2 * HOUR, "ends_at": now() - HOUR}, 409, "not_taken"),
        ({"pause_minutes": 60}, 429, "not_yet"),
        ({"most_uploads": 1}, 409, "not_taken"),
        ({"most_uploads": 1, "upload_hours": 1}, 429, "not_yet"),
    ],
)
def test_what_the_rules_do_not_let_in_is_told_with_when_one_may_again(
    school, app, visit, changes, status, code
) -> None:
    school.upload("ada", ago=timedelta(minutes=10))
    school.rules(**changes)
    page = visit("ada").get(HERE).text
    assert 'type="file"' not in page
    answer = app.test_client().post(
        "/api/v1/courses/dl/assignments/hw1p1/submissions",
        data={"file": (io.BytesIO(archive()), "handin.tar")},
        headers={"Authorization": f"Bearer {school.token('ada')}"},
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"]["happened"] in page
    assert "Nothing was recorded" in answer.json["error"]["lost"]
    assert (int(answer.headers.get("Retry-After", 0)) > 2000) == (status == 429)
    assert len(school.submissions()) == 1


def test_a_copied_course_has_the_rules(school) -> None:
    school.due(now())
    school.rules(3, late_percent=10.0, takes_grace=True, counted="best", ends_at=stored(school).due_at + DAY)
    with school.database.write() as session:
        source = session.get_one(type(school.course), school.course.id)
        copied = copying.copy(session, source, copying.Wanted("next", "Next", "Fall", 7), "ines")
        (assignment,) = copied.assignments
        assert (copied.grace_days, assignment.late_percent, assignment.takes_grace) == (3, 10, True)
        assert assignment.counted == "best"
        assert assignment.ends_at - assignment.due_at == DAY
