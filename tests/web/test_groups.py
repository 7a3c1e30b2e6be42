"""Groups on their page, and what a group's hand-in is to those who are in it and to those who are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.handing_in import terms
from submissions.models import AuditEntry, Group, GroupMember, now
from submissions.service import verify

HERE = "/courses/dl/assignments/hw1p1/"
PAGE = HERE + "student-groups/"
RULES = HERE + "rules/"


def log(school) -> list[tuple[str, str]]:
    with school.database.read() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action.like("group.%")).order_by(AuditEntry.id))
        return [(each.action, each.record) for each in found]


def test_staff_make_and_change_groups_and_see_who_is_in_none(school, visit) -> None:
    school.rules(group_size=3)
    stan = visit("stan")
    assert "3 students are in none" in stan.get(PAGE).text
    assert stan.post(PAGE, {"logins": "ada, bo"}).status_code == 303
    page = stan.get(PAGE).text
    assert "1 group of up to 3; 1 student is in none, and hands in alone" in page
    assert 'id="group-1"' in page
    assert stan.post(PAGE + "1/add", {"login": "chidi"}).status_code == 303
    assert "every student is in one" in stan.get(PAGE).text
    assert stan.post(PAGE + "1/remove", {"login": "ada"}).status_code == 303
    assert stan.post(PAGE + "1/dissolve").status_code == 303
    assert "No groups yet; 3 students are in none" in stan.get(PAGE).text
    assert log(school) == [(f"group.{each}", "group 1 of hw1p1") for each in ("make", "add", "remove", "dissolve")]


@pytest.mark.parametrize(
    ("path", "form", "told"),
    [
        ("", {"logins": ""}, "Name the logins of those who hand in together."),
        ("", {"logins": "chidi nobody"}, "“nobody” is no login of a student of this course."),
        ("", {"logins": "chidi stan"}, "“stan” is no login of a student"),
        ("", {"logins": "chidi oz"}, "“oz” is no login of a student"),
        ("", {"logins": "ada chidi"}, "Ada Lovelace (ada) is in group 1 already"),
        ("", {"logins": "chidi", "name": "=1+1"}, "begins as a formula does"),
        ("", {"logins": "chidi", "name": "a\u202eb"}, "a character that is not seen"),
        ("", {"logins": "chidi", "name": "x" * 61}, "from 1 to 60 characters"),
        ("", {"logins": "chidi", "name": "1"}, "There is a group “1” already"),
        ("1/add", {"login": "chidi"}, "These are 3 students, and by the rules up to 2 hand in together."),
        ("1/remove", {"login": "chidi"}, "“chidi” is not in group 1 any more"),
        ("9/add", {"login": "chidi"}, "There is no such group any more"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(school, visit, path, form, told) -> None:
    school.grouped("ada", "bo")
    school.rules(group_size=2)
    before = log(school)
    page = visit("stan").post(PAGE + path, form)
    assert page.status_code == 422
    assert told in page.text
    assert "Nothing was changed." in page.text
    assert log(school) == before


def test_what_one_hands_in_is_theirs_and_nobody_else_s(school, visit) -> None:
    school.grouped("ada", "bo")
    made = school.graded("bo", "full")
    ada = visit("ada")
    page = ada.get(f"/submissions/{made}/").text
    assert "Your group's hand-in" in page
    assert "handed in by Bo" in page
    assert "for Ada Lovelace and Bo" in page
    for below in ("receipt", "file", "code/hw1/hw1.py"):
        assert ada.get(f"/submissions/{made}/{below}").status_code == 200
    assert ">88<" in ada.get("/courses/dl/").text
    assert visit("chidi").get(f"/submissions/{made}/").status_code == 404
    assert ada.post(f"/submissions/{made}/requests", {"text": "Line 3, please."}).status_code == 303
    assert school.users["bo"].name in visit("stan").get("/courses/dl/requests").text


def test_any_of_them_chooses_which_counts_and_the_others_see_who_did(school, visit) -> None:
    school.grouped("ada", "bo")
    school.rules(group_size=2, counted="chosen")
    first, second = school.graded("bo", "full"), school.graded("ada", "poor")
    assert visit("bo").post(f"/submissions/{first}/choose").status_code == 303
    ada = visit("ada").get(HERE).text
    assert "It counts: bo chose it." in ada
    assert "Uploaded by Bo Søndergård." in ada
    assert "It counts: you chose it." in visit("bo").get(HERE).text
    assert visit("chidi").post(f"/submissions/{second}/choose").status_code == 404


def test_who_comes_later_sees_nothing_of_before_and_who_left_keeps_it(school, visit) -> None:
    group = school.grouped("ada", "bo")
    made = school.graded("bo")
    stan = visit("stan")
    stan.post(f"{PAGE}{group}/remove", {"login": "ada"})
    stan.post(f"{PAGE}{group}/add", {"login": "chidi"})
    assert visit("chidi").get(f"/submissions/{made}/").status_code == 404
    assert visit("ada").get(f"/submissions/{made}/").status_code == 200
    newer = school.graded("bo")
    assert [visit(each).get(f"/submissions/{newer}/").status_code for each in ("ada", "chidi")] == [404, 200]


def test_an_extension_of_one_is_the_group_s_wherever_a_deadline_is_told(school, visit) -> None:
    school.due(now() + timedelta(hours=5))
    assert "Ada Lovelace" in visit("stan").get("/courses/dl/at-risk").text
    school.grouped("ada", "bo")
    school.extended("bo", timedelta(days=9))
    at_risk = visit("stan").get("/courses/dl/at-risk").text
    assert "Ada Lovelace" not in at_risk
    assert "Chidi" in at_risk
    with school.database.read() as session:
        until = [terms.extended(session, [school.course.id], school.users[each].id) for each in ("ada", "bo", "chidi")]
    assert until[0] == until[1] != {}
    assert until[2] == {}
    assert "One of you has an extension" in visit("ada").get(HERE).text


def test_nobody_is_in_two_groups_of_an_assignment(school) -> None:
    school.grouped("ada", "bo")
    assert verify.verify(school.database, school.blobs, school.secrets.receipt_key, quick=True).found == 0
    with school.database.write() as session:
        other = Group(assignment_id=school.assignment.id, name="2")
        other.members = [GroupMember(user_id=school.users["ada"].id)]
        session.add(other)
    (found,) = verify.verify(school.database, school.blobs, school.secrets.receipt_key, quick=True).findings
    assert "ada is in 2 groups of hw1p1 at a time" in str(found)


def test_the_rules_say_how_many_hand_in_together(school, visit) -> None:
    ines = visit("ines")
    form = {"late_unit": "day", "counted": "last", "pause_minutes": "0", "grace_days": "0"}
    form |= {"show_tests": "always", "show_output": "always"}
    assert "from 1 to 20" in ines.post(RULES, {**form, "group_size": "21"}).text
    assert ines.post(RULES, {**form, "group_size": "2", "opened_with": school.known_rules()}).status_code == 303
    assert "Up to 2 students hand in together" in visit("ada").get(HERE).text
    school.rules(group_size=1)
    assert "no group holds" in ines.get(PAGE).text


def test_names_of_students_and_groups_are_text(school, visit) -> None:
    school.joined("kenji", section="<b>A</b>")
    school.grouped("kenji", name="<script>1</script>")
    page = visit("stan").get(PAGE).text
    assert "<script>1" not in page
    assert "<b>A" not in page
