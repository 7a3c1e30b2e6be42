"""The API by token: what `curl` and `handin submit` see."""

from __future__ import annotations

import io

import pytest

from submissions.handing_in import receipts
from submissions.people import people
from submissions.talk import comments
from tests.school import archive

HERE = "/api/v1/courses/dl/assignments/hw1p1/submissions"


@pytest.fixture
def api(school, app):
    """Requests with a person's token."""

    def ask(login: str, path: str, method: str = "GET", **options):
        headers = {"Authorization": f"Bearer {school.token(login)}"}
        return app.test_client().open(path, method=method, headers=headers, **options)

    return ask


def _file(content: bytes | None = None) -> dict:
    return {"file": (io.BytesIO(archive() if content is None else content), "handin.tar")}


def test_an_upload_answers_with_its_receipt_and_where_to_ask(school, api) -> None:
    answer = api("ada", HERE, "POST", data=_file())
    assert answer.status_code == 201
    said = answer.json
    (submission,) = school.submissions()
    assert answer.location == f"/api/v1/submissions/{submission.id}"
    assert said["submission"] == submission.id
    assert said["state"] == "queued"
    assert said["late"] is False
    assert said["next_step"]
    assert receipts.verify(said["receipt"], school.secrets.receipt_key).submission == submission.id
    shown = api("ada", said["api"].removeprefix("http://localhost")).json
    assert (shown["state"], shown["final"], shown["ahead"]) == ("queued", False, 0)


def test_a_graded_submission_says_scores_verdicts_and_hints(school, api) -> None:
    submission = school.graded("ada", "mistakes")
    said = api("ada", f"/api/v1/submissions/{submission}").json
    assert (said["state"], said["final"]) == ("graded", True)
    assert said["score"] == sum(task["score"] for task in said["tasks"]) < said["max_score"]
    backward = next(test for test in said["tests"] if test["title"] == "Linear backward")
    assert backward["verdict"] == "wrong"
    assert backward["hints"] == [
        "`dW` is 20 times too large, and 20 is the batch size: summed over the batch, not averaged."
    ]
    assert not any("staff" in test or "output" in test for test in said["tests"])


def test_tests_that_a_student_may_not_see_are_not_in_the_answer(school, api) -> None:
    submission = school.graded("ada")
    path = f"/api/v1/submissions/{submission}"
    seen = {test["title"] for test in api("ada", path).json["tests"]}
    assert "A network that nobody sees" not in seen
    assert "Batch normalization in inference" not in seen
    assert {test["title"] for test in api("ines", path).json["tests"]} - seen == {
        "A network that nobody sees",
        "Batch normalization in inference",
    }


@pytest.mark.parametrize(
    ("state", "make"),
    [("refused", "refused"), ("grader_fault", "faulty"), ("running", "running"), ("queued", "upload")],
)
def test_a_submission_without_a_score_says_its_state_and_no_score(school, api, state, make) -> None:
    submission = getattr(school, make)("ada")
    said = api("ada", f"/api/v1/submissions/{submission}").json
    assert said["state"] == state
    assert "score" not in said
    assert said["next_step"]
    assert "No space left" not in str(said)  # a fault's text is for staff


def test_a_refusal_is_json_with_what_happened_and_what_to_do(school, api) -> None:
    answer = api("ada", HERE, "POST", data=_file(b"no archive"))
    assert answer.status_code == 422
    error = answer.json["error"]
    assert error["code"] == "refused"
    assert set(error) == {"status", "code", "title", "happened", "lost", "next_step"}
    assert all(error.values())
    assert not school.submissions()


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer handin_wrong", "Basic YWRhOng=", "Bearer " + "x" * 5000, "bearer\x00x"],
)
def test_without_a_live_token_there_is_nothing_whatever_the_cookies_say(school, visit, authorization) -> None:
    ada = visit("ada")  # a logged-in browser: its cookie must not open the API
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = ada.client.post(HERE, data=_file(), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["error"]["code"] == "not_logged_in"
    assert not school.submissions()


def test_a_revoked_token_is_out(school, app) -> None:
    token = school.token("ada")
    with school.database.write() as session:
        (key,) = people.api_tokens_of(session, school.users["ada"].id)
        assert people.revoke_api_token(session, school.users["ada"].id, key.id)
    answer = app.test_client().post(HERE, data=_file(), headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_token_does_not_open_pages(school, app) -> None:
    answer = app.test_client().get("/courses/dl/", headers={"Authorization": f"Bearer {school.token('ada')}"})
    assert answer.status_code == 303


def test_the_command_on_the_page_is_the_address_that_takes_it(school, visit) -> None:
    assert f"http://localhost{HERE}" in visit("ada").get("/courses/dl/assignments/hw1p1/").text


def test_comments_are_read_where_they_stand_and_as_far_as_the_reader_may(school, api) -> None:
    submission = school.graded("ada")
    school.say(submission, "Well done.")
    school.say(submission, "Which axis?", path="mytorch/linear.py", line=5)
    later = "test_batch-normalization.py::1"  # which students see after the deadline
    with school.database.write() as session:
        comments.reply(session, school.assignment, later, "x", [submission], "Use the batch.", school.users["stan"])

    def said(login: str) -> list[tuple]:
        found = api(login, f"/api/v1/submissions/{submission}").json["comments"]
        assert {each["by"] for each in found} == {"Stan Staff"}
        return [(each["text"], each["test"], each["path"], each["line"]) for each in found]

    read_by_all = [("Well done.", "", "", None), ("Which axis?", "", "mytorch/linear.py", 5)]
    assert said("ada") == read_by_all
    assert said("stan") == [*read_by_all, ("Use the batch.", later, "", None)]
