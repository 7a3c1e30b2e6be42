"""Decisions of staff in the portal: who may make them, and where a student reads what came of them."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from submissions.models import Adjustment, AuditEntry, Decision
from web.results import decisions as decisions_module

HERE = "/courses/dl/assignments/hw1p1/decisions/"


def decide(visitor, login="ada", **form):
    fields = {"decision": "points", "points": "5", "reason": "The lab's <clock> stood still.", "seen": "0"}
    return visitor.post(f"{HERE}{login}/", {**fields, **form})


def decisions(school):
    with school.database.read() as session:
        return session.scalars(select(Adjustment).order_by(Adjustment.id)).all()


def test_a_decision_shows_with_its_reason_and_author_wherever_the_student_reads_the_score(school, visit):
    submission = school.graded("ada", "mistakes")
    ada, ines = visit("ada"), visit("ines")
    earned = re.search(r'class="score">([\d.]+)<', ada.get(f"/submissions/{submission}/").text)[1]
    assert decide(ines).status_code == 303
    score = f"{float(earned) + 5:g}"
    for path in ("/courses/dl/", "/courses/dl/assignments/hw1p1/", f"/submissions/{submission}/"):
        page = ada.get(path).text
        assert re.search(rf'class="(score|figure)">{score}<', page), path
        assert "The lab&#39;s &lt;clock&gt; stood still." in page, path
        assert "Ines Instructor" in page, path
        assert "5 points added" in page, path
    assert 'name="decision"' not in ada.get(f"/submissions/{submission}/").text
    assert "stood still" not in visit("bo").get("/courses/dl/assignments/hw1p1/").text


def test_the_api_says_the_score_of_the_assignment_and_why(school, app, visit):
    submission = school.graded("ada", "full")
    decide(visit("ines"), decision="override", points="12,5")
    headers = {"Authorization": f"Bearer {school.token('ada')}"}
    told = app.test_client().get(f"/api/v1/submissions/{submission}", headers=headers).json
    assert told["counts"]
    assert told["score"] == told["max_score"] == told["assignment_score"]["max_score"]
    assert told["assignment_score"]["score"] == 12.5
    (decision,) = told["assignment_score"]["decisions"]
    assert (decision["by"], decision["reason"]) == ("Ines Instructor", "The lab's <clock> stood still.")


def test_a_student_without_any_upload_is_found_by_a_part_of_the_name_and_excused(school, visit):
    ines = visit("ines")
    found = ines.get(HERE, query_string={"who": "SØNDER"}).text
    assert f'href="{HERE}bo/"' in found
    assert decide(ines, "bo", decision="excuse", points="").status_code == 303
    assert "Excused" in visit("bo").get("/courses/dl/").text
    assert "excused" in visit("bo").get("/courses/dl/").text


def test_staff_read_decisions_and_only_instructors_make_them(school, visit):
    school.graded("ada")
    decision = school.decided("ada", Decision.POINTS, 5)
    stan = visit("stan")
    for path in (HERE, f"{HERE}ada/", "/submissions/1/"):
        page = stan.get(path).text
        assert "5 points added" in page
        assert "Withdraw" not in page
        assert 'name="decision"' not in page
    assert decide(stan).status_code == 403
    assert stan.post(f"{HERE}ada/{decision}/withdraw").status_code == 403
    assert len(decisions(school)) == 1
    assert 'name="decision"' in visit("ines").get("/submissions/1/").text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"reason": "  "}, "Say why"),
        ({"points": "five"}, "“five” is no number"),
        ({"points": "Infinity"}, "“Infinity” is no number"),
        ({"points": ""}, "as a number"),
        ({"decision": "<b>nonsense</b>"}, "Choose what is decided"),
        ({"decision": "excuse"}, "no points"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_typed(school, visit, form, says):
    answer = decide(visit("ines"), **form)
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{form.get("points", "5")}"' in answer.text
    assert decisions(school) == []


@pytest.mark.parametrize("seen", ["0", "", "x", "-1"])
def test_a_second_press_adds_nothing_and_says_so(school, visit, seen):
    ines = visit("ines")
    decide(ines)
    answer = decide(ines, seen=seen)
    assert answer.status_code == 409
    assert "after you opened the page" in answer.text
    assert len(decisions(school)) == 1
    # Sent once more, it is meant: the form now knows of the first.
    assert decide(ines, seen=re.search(r'name="seen" value="(\d+)"', answer.text)[1]).status_code == 303


@pytest.mark.parametrize("reason", ["The lab's <clock> stood still.", ""])
def test_the_page_of_a_form_that_is_refused_shows_what_was_decided_a_moment_before(school, visit, monkeypatch, reason):
    # As when somebody else's decision comes between the look at who sends the form and the form itself.
    def points(text):
        school.decided("ada", Decision.POINTS, 7, "A word with the class.")
        return Decimal(text)

    monkeypatch.setattr(decisions_module.typed, "points", points)
    answer = decide(visit("ines"), reason=reason)
    assert answer.status_code == (409 if reason else 422)
    assert "A word with the class." in answer.text
    assert 'name="seen" value="1"' in answer.text


def test_a_title_says_the_grading_s_state_first_and_then_what_was_decided(school, visit):
    school.decided("ada", Decision.OVERRIDE, 12)
    school.upload("ada")
    ada = visit("ada")
    assert "<title>Waiting, 12 after decisions of staff · " in ada.get("/submissions/1/live").text
    submission = school.graded("ada", "full")
    news = re.compile(r'role="status">88 of 88, 12 after decisions of staff · ')
    assert news.search(ada.get(f"/submissions/{submission}/live").text)
    school.decided("ada", Decision.EXCUSE)
    assert "<title>88 of 88, excused by staff · " in ada.get(f"/submissions/{submission}/").text


def test_a_withdrawn_decision_no_longer_counts_is_not_shown_to_students_and_stays_for_staff(school, visit):
    school.graded("ada", "full")
    decide(visit("ines"), decision="override", points="1")
    (made,) = decisions(school)
    address = f"{HERE}ada/{made.id}/withdraw"
    assert visit("ines").post(address).status_code == 303
    assert "stood still" not in visit("ada").get("/submissions/1/").text
    assert "withdrawn" in visit("stan").get(f"{HERE}ada/").text
    again = visit("ines").post(address, follow_redirects=True)
    assert "withdrawn already" in again.text
    with school.database.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["score.decide", "score.withdraw"]


@pytest.mark.parametrize("login", ["oz", "ines", "nobody"])
def test_there_is_no_page_about_somebody_who_is_no_student_of_the_course(visit, login):
    assert visit("ines").get(f"{HERE}{login}/").status_code == 404
