"""Requests for another look: who may ask, how often, who answers, and what each of them reads."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, Request
from submissions.talk.requests import MOST
from tests.school import MANIFEST
from web.results import requests as requests_module

LIST = "/courses/dl/requests"


def ask(visitor, submission=1, **form):
    return visitor.post(f"/submissions/{submission}/requests", {"text": "dW is <averaged>, see line 12.", **form})


def answer(visitor, number=1, **form):
    return visitor.post(f"{LIST}/{number}/answer", {"outcome": "accepted", "answer": "You are <right>.", **form})


def requests(school):
    with school.database.read() as session:
        return session.scalars(select(Request).order_by(Request.id)).all()


def test_a_student_asks_staff_see_it_answer_it_and_the_student_reads_both(school, visit):
    school.graded("ada")
    ada, stan = visit("ada"), visit("stan")
    assert "requests to answer" not in stan.get("/courses/dl/").text
    task = MANIFEST["tasks"][3]
    assert ask(ada, task=task["id"]).status_code == 303
    assert "1 request to answer" in stan.get("/courses/dl/").text
    for path in (LIST, "/submissions/1/"):
        page = stan.get(path).text
        assert f"About {task['title']}" in page, path
        assert "dW is &lt;averaged&gt;, see line 12." in page, path
    assert answer(stan).headers["Location"] == LIST
    assert "to answer" not in stan.get("/courses/dl/").text
    page = ada.get("/submissions/1/").text
    assert "Your request: accepted" in page
    for told in ("dW is &lt;averaged&gt;", "accepted", "You are &lt;right&gt;.", "Stan Staff"):
        assert told in page


def test_an_answer_from_the_page_of_the_hand_in_leads_back_to_it(school, visit):
    school.asked(school.graded("ada"))
    assert answer(visit("ines"), **{"from": "submission"}).headers["Location"] == "/submissions/1/#requests"


def test_only_a_graded_hand_in_that_counts_can_be_asked_about(school, visit):
    older, newer = school.graded("ada"), school.graded("ada")
    waiting = school.upload("bo")
    for login, submission in (("ada", older), ("bo", waiting)):
        assert "Ask for another look" not in visit(login).get(f"/submissions/{submission}/").text
        assert ask(visit(login), submission).status_code == 422
    assert ask(visit("ada"), newer).status_code == 303


def test_one_request_is_open_at_a_time_and_a_second_press_changes_nothing(school, visit):
    school.graded("ada")
    ada = visit("ada")
    ask(ada)
    again = ask(ada, text="the same again")
    assert again.status_code == 422
    assert [each.text for each in requests(school)] == ["dW is <averaged>, see line 12."]
    answer(visit("stan"))
    assert ask(ada).status_code == 303


def test_asking_and_withdrawing_ends_after_so_many_requests(school, visit):
    school.graded("ada")
    ada = visit("ada")
    for number in range(1, MOST + 1):
        assert ask(ada).status_code == 303
        ada.post(f"/submissions/1/requests/{number}/withdraw")
    assert "Ask for another look" not in ada.get("/submissions/1/").text
    refused = ask(ada)
    assert (refused.status_code, "no more are taken" in refused.text) == (422, True)
    assert len(requests(school)) == MOST


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"text": " \n "}, "Say what should be looked at"),
        ({"text": "x" * 4001}, "4,001 characters"),
        ({"task": "no-such-task"}, "Choose a task"),
    ],
)
def test_what_cannot_be_asked_says_why_and_keeps_what_was_typed(school, visit, form, says):
    school.graded("ada")
    refused = ask(visit("ada"), **form)
    assert refused.status_code == 422
    assert says in refused.text
    assert form.get("text", "see line 12").strip() in refused.text
    assert requests(school) == []


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"answer": ""}, "Write an answer"),
        ({"outcome": ""}, "Choose what becomes"),
        ({"outcome": "withdrawn"}, "Choose what becomes"),
    ],
)
def test_what_cannot_be_answered_says_why_and_keeps_what_was_typed(school, visit, form, says):
    school.asked(school.graded("ada"))
    refused = answer(visit("stan"), **form)
    assert refused.status_code == 422
    assert says in refused.text
    assert form.get("answer", "You are &lt;right&gt;.") in refused.text
    assert requests(school)[0].outcome == ""


@pytest.mark.parametrize("place", ["", "submission"])
def test_an_answer_that_cannot_be_taken_is_told_on_the_page_where_it_was_typed(school, visit, monkeypatch, place):
    monkeypatch.setattr(requests_module, "_PAGE", 1)
    for login in ("ada", "bo", "chidi"):
        school.asked(school.graded(login), f"by {login}")
    stan = visit("stan")
    opened = stan.get("/submissions/2/" if place else f"{LIST}?page=2").text
    assert ('name="from" value="submission"' in opened) is bool(place)
    refused = answer(stan, 2, outcome="", answer="Typed for long.", **{"from": place})
    assert refused.status_code == 422
    assert "Choose what becomes" in refused.text
    assert "Typed for long.</textarea>" in refused.text
    assert ("<h1>Hand-in of Bo" in refused.text) is bool(place)
    # Somebody else answers: the request now stands at the end of the list.
    school.answered_request(2, "declined", "No.")
    refused = answer(stan, 2, answer="Typed for long.", **{"from": place})
    assert "declined already" in refused.text
    assert "Typed for long.</textarea>" in refused.text
    assert place or "Page 3 of 3" in refused.text


def test_an_answer_to_what_was_withdrawn_is_told_so(school, visit):
    school.asked(school.graded("ada"))
    visit("ada").post("/submissions/1/requests/1/withdraw")
    for place in ("", "submission"):
        assert "has withdrawn this request" in answer(visit("stan"), **{"from": place}).text


def test_the_page_of_what_is_refused_shows_what_came_a_moment_before(school, visit, monkeypatch):
    school.asked(school.graded("ada"))
    school.graded("bo")
    # As when it comes between the look at who sends the form and the form itself.
    monkeypatch.setattr(
        requests_module.typed, "lines", lambda text: school.answered_request(1, "declined", "A moment before.") or text
    )
    assert "A moment before." in answer(visit("ines")).text
    monkeypatch.setattr(requests_module.typed, "lines", lambda text: school.asked(2, "From the other tab.") and text)
    again = ask(visit("bo"), 2, text="The same, longer.")
    assert again.status_code == 422
    assert "From the other tab." in again.text
    assert "The same, longer.</textarea>" in again.text


def test_a_request_about_an_older_hand_in_leaves_one_about_the_newer_free(school, visit):
    school.asked(school.graded("ada"))
    newer = school.graded("ada")
    assert ask(visit("ada"), newer).status_code == 303
    assert [each.outcome for each in requests(school)] == ["", ""]


def test_a_second_answer_does_not_replace_the_first(school, visit):
    school.asked(school.graded("ada"))
    answer(visit("stan"))
    refused = answer(visit("ines"), outcome="declined", answer="No.")
    assert refused.status_code == 422
    assert "accepted already" in refused.text
    assert requests(school)[0].answer == "You are <right>."


def test_a_student_withdraws_an_open_request_and_staff_no_longer_see_it(school, visit):
    school.asked(school.graded("ada"))
    assert visit("ada").post("/submissions/1/requests/1/withdraw").status_code == 303
    for path in (LIST, "/submissions/1/"):
        assert "My loop is right" not in visit("stan").get(path).text
    assert "withdrawn" in visit("ada").get("/submissions/1/").text
    assert answer(visit("stan")).status_code == 422
    assert ask(visit("ada")).status_code == 303


def test_nobody_touches_a_request_of_somebody_elses(school, visit):
    school.asked(school.graded("ada"))
    other = school.graded("bo")
    assert visit("bo").post(f"/submissions/{other}/requests/1/withdraw").status_code == 404
    assert ask(visit("stan")).status_code == 403
    assert [each.outcome for each in requests(school)] == [""]


def test_open_requests_come_first_the_oldest_of_them_first_then_the_last_answered(school, visit):
    for login in ("ada", "bo", "chidi"):
        school.asked(school.graded(login), f"by {login}")
    stan = visit("stan")
    answer(stan, 1)
    page = stan.get(LIST).text
    assert page.index("by bo") < page.index("by chidi") < page.index("by ada")
    answer(stan, 2)
    page = stan.get(LIST).text
    assert page.index("by chidi") < page.index("by bo") < page.index("by ada")


def test_asking_answering_and_withdrawing_are_in_the_audit_log(school, visit):
    school.graded("ada")
    ada = visit("ada")
    ask(ada)
    answer(visit("stan"))
    ask(ada)
    ada.post("/submissions/1/requests/2/withdraw")
    with school.database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(each.actor, each.action, each.record) for each in entries] == [
        ("ada", "request.ask", "request 1 about submission 1"),
        ("stan", "request.answer", "request 1 about submission 1"),
        ("ada", "request.ask", "request 2 about submission 1"),
        ("ada", "request.withdraw", "request 2 about submission 1"),
    ]
    assert {each.course_id for each in entries} == {school.course.id}
    assert entries[1].detail == {"outcome": "accepted", "answer": "You are <right>."}
