"""The pages on which answers are graded one after the other: whose they are stays hidden, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, ManualScore
from tests import written

GRADING = "/courses/dl/assignments/hw1p1/grading/"


@pytest.fixture
def answers(school) -> list[int]:
    """Of Ada, Bo and Chidi."""
    return [school.answered(login) for login in ("ada", "bo", "chidi")]


def kept(school) -> dict[int, tuple[float, list[int], str]]:
    with school.database.read() as session:
        found = session.scalars(select(ManualScore)).all()
        return {each.submission_id: (each.points, each.rubric, each.grader.login) for each in found}


def seen(said: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', said)[1]


def test_saving_goes_from_answer_to_answer_until_none_is_left(school, visit, answers) -> None:
    stan = visit("stan")
    assert "3 left" in stan.get(GRADING).text
    address = stan.post(GRADING + "q1-1/next").location
    for number, left in zip(answers, (3, 2, 1), strict=True):
        assert address == f"{GRADING}q1-1/{number}/"
        assert f"{left} of 3 left" in stan.get(address).text
        answer = stan.post(address, {"rubric": ["1"]} if number == 1 else {"points": "7"})
        assert answer.status_code == 303
        address = answer.location
    assert address == GRADING
    assert "There is nothing left here for you" in stan.get(GRADING).text
    assert kept(school) == {1: (3.0, [1], "stan"), 2: (7.0, [], "stan"), 3: (7.0, [], "stan")}
    assert "Stan Staff: 3" in stan.get(GRADING).text


def test_nothing_on_the_page_says_whose_the_answer_is_until_one_asks(school, visit) -> None:
    named = {"ada-lovelace.pdf": written.PDF}
    school.answered("ada", notebook=written.notebook(), filename="lovelace.tar", **named)
    stan = visit("stan")
    for task in ("q1-1", "q1-2"):
        page = stan.get(f"{GRADING}{task}/1/").text
        assert "ada" not in page.lower().replace("data", "").replace("metadata", "")
        assert "lovelace" not in page.lower()
    asked = stan.get(f"{GRADING}q1-1/1/?who=1").text
    assert "Ada Lovelace" in asked
    assert "Show who" not in asked
    pdf = stan.get(f"{GRADING}q1-1/1/media")
    assert (pdf.data, pdf.mimetype) == (written.PDF, "application/pdf")
    assert not any("lovelace" in value.lower() for value in pdf.headers.values())


def test_a_picture_or_code_is_shown_without_the_name_of_its_file(school, visit) -> None:
    school.add_written_answers("ada-plot.png", "ada.py")
    school.answered("ada", filename="lovelace.tar", **{"ada-plot.png": written.picture(), "ada.py": b"x = 1\n"})
    stan = visit("stan")
    shown = stan.get(f"{GRADING}q1-1/1/").text
    assert f'<img class="picture" src="{GRADING}q1-1/1/media"' in shown
    assert "ada" not in shown.lower().replace("data", "")
    drawn = stan.get(f"{GRADING}q1-1/1/media")
    assert (drawn.data, drawn.mimetype) == (written.picture(), "image/png")
    assert '<span class="line"><span class="py-n">x</span>' in stan.get(f"{GRADING}q1-2/1/").text
    assert stan.get(f"{GRADING}q1-2/1/media").status_code == 404  # code stands on the page


def test_an_answer_that_is_not_there_names_no_file_either(school, visit) -> None:
    school.answered("ada", notebook=written.notebook(written.text("# Else")), **{"lovelace.md": b"# Mine"})
    stan = visit("stan")
    page = stan.get(GRADING + "q1-1/1/").text
    assert "The answer was not found" in page
    assert "lovelace" not in page
    assert "lovelace.md" in stan.get(GRADING + "q1-1/1/?who=1").text


def test_a_colleague_who_has_it_open_is_named_and_next_gives_another(school, visit, answers) -> None:
    stan, ines = visit("stan"), visit("ines")
    assert stan.post(GRADING + "q1-1/next").location.endswith("/1/")
    assert ines.post(GRADING + "q1-1/next").location.endswith("/2/")
    assert "<strong>Stan Staff</strong> has this answer open" in ines.get(GRADING + "q1-1/1/").text
    assert "1 at Ines Instructor" in stan.get(GRADING).text
    assert stan.post(GRADING + "q1-1/1/skip").location.endswith("/3/")
    assert "has this answer open" not in ines.get(GRADING + "q1-1/1/").text


def test_two_who_grade_the_same_answer_are_told_and_see_both(school, visit, answers) -> None:
    stan, ines = visit("stan"), visit("ines")
    opened = seen(stan.get(GRADING + "q1-1/1/").text)
    assert ines.post(GRADING + "q1-1/1/", {"points": "8", "comment": "Very **clear**.", "seen": ""}).status_code == 303
    answer = stan.post(GRADING + "q1-1/1/", {"points": "2.5", "comment": "Why?", "rubric": ["3"], "seen": opened})
    assert answer.status_code == 409
    assert "yours are not saved" in answer.text
    assert "Ines Instructor gave 8 of 8" in answer.text
    assert "<strong>clear</strong>" in answer.text
    assert 'value="2.5"' in answer.text
    assert ">Why?</textarea>" in answer.text
    assert kept(school)[1] == (8.0, [], "ines")
    again = stan.post(GRADING + "q1-1/1/", {"points": "2.5", "seen": seen(answer.text)})
    assert again.status_code == 303
    assert kept(school)[1] == (2.5, [], "stan")


def test_what_cannot_be_taken_stays_in_the_form(school, visit, answers) -> None:
    stan = visit("stan")
    answer = stan.post(GRADING + "q1-1/1/", {"points": "9", "comment": "Mine"})
    assert answer.status_code == 422
    assert "Points for this answer go from 0 to 8." in answer.text
    assert 'value="9"' in answer.text
    assert ">Mine</textarea>" in answer.text
    assert kept(school) == {}


def test_the_last_one_skipped_comes_again_and_says_so(school, visit) -> None:
    school.answered("ada")
    stan = visit("stan")
    again = stan.post(GRADING + "q1-1/1/skip").location
    assert "the only one that is left for you" in stan.get(again).text


def test_an_upload_that_does_not_count_any_more_says_so_and_is_not_next(school, visit, answers) -> None:
    newer = school.graded("ada")
    stan = visit("stan")
    assert "does not count any more" in stan.get(GRADING + "q1-1/1/").text
    assert stan.post(GRADING + "q1-1/next").location.endswith("/2/")
    assert "does not count" not in stan.get(f"{GRADING}q1-1/{newer}/").text


@pytest.mark.parametrize("below", ["q1-1/99/", "activations/1/", "none/1/", "q1-1/1/media"])
def test_what_is_not_there_to_grade_is_not_found(school, visit, answers, below) -> None:
    assert visit("stan").get(GRADING + below).status_code == 404


@pytest.mark.parametrize("below", ["none/next", "activations/next", "none/1/skip", "none/1/"])
def test_no_other_task_is_worked_on(school, visit, answers, below) -> None:
    assert visit("stan").post(GRADING + below).status_code == 404


# Released together


def test_before_the_release_nothing_a_student_gets_shows_points_or_what_was_said(school, visit, app) -> None:
    submission = school.answered("ada", kind="mistakes")
    school.hold_points()
    pages = ("/courses/dl/", "/courses/dl/assignments/hw1p1/", f"/submissions/{submission}/")
    api = f"/api/v1/submissions/{submission}"
    bearer = {"Authorization": f"Bearer {school.token('ada')}"}
    ada, client = visit("ada"), app.test_client()

    def seen() -> list[str]:
        got = [re.sub(r'name="csrf_token" value="[^"]*"|<time.*?</time>', "", ada.get(path).text) for path in pages]
        return [*got, client.get(api, headers=bearer).text]

    before = seen()
    assert "58" in before[0]
    assert "released to all together later" in before[2]
    school.give(submission, "q1-1", 7.5, "A secret so far.", rubric=(0,))
    assert seen() == before
    stan = visit("stan")
    assert "A secret so far." in stan.get(f"{GRADING}q1-1/{submission}/").text
    assert "points by hand not released" in stan.get("/courses/dl/gradebook").text
    assert "points by hand not released" in stan.get("/courses/dl/gradebook?of=hw1p1").text
    assert "7.5" not in stan.get("/courses/dl/gradebook.csv").text
    assert visit("ines").post(GRADING + "release").status_code == 303
    after = seen()
    assert all("65.5" in each for each in after)
    assert "A secret so far." in after[2]
    assert "A secret so far." in after[3]
    assert "65.5" in stan.get("/courses/dl/gradebook").text


def test_an_instructor_releases_and_takes_back_and_the_log_keeps_both(school, visit) -> None:
    school.answered("ada", kind="mistakes")
    school.give(1, "q1-1", 7.5)
    school.hold_points()
    ines, ada = visit("ines"), visit("ada")
    assert "Release to students, with 1 not graded yet" in ines.get(GRADING).text
    assert "Release to students" not in visit("stan").get(GRADING).text
    ines.post(GRADING + "release")
    assert "Released. 1 of the answers has no points yet." in ines.get(GRADING).text
    assert "65.5" in ada.get("/courses/dl/").text
    ines.post(GRADING + "release")
    assert "They were released before." in ines.get(GRADING).text
    ines.post(GRADING + "take-back")
    assert "65.5" not in ada.get("/courses/dl/").text
    ines.post(GRADING + "take-back")
    with school.database.read() as session:
        logged = session.scalars(select(AuditEntry).where(AuditEntry.action.contains("points by hand")))
        told = [(each.action, each.actor, each.detail) for each in logged]
    assert told == [
        ("release points by hand", "ines", {"ungraded": 1}),
        ("take back points by hand", "ines", {}),
    ]
    assert kept(school) == {1: (7.5, [], "ines")}
