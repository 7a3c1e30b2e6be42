"""Written answers on the submission page: what staff give, what students see of it, and what every score then says."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import escape

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, ManualScore
from submissions.scores.manual import LONGEST_COMMENT
from tests import written
from web.rendering import sheet
from web.words import typed

FORM = "/submissions/1/written/q1-1"


@pytest.fixture
def submission(school) -> int:
    """Ada's, with 58 of 88 points by tests and 20 that a person gives."""
    return school.answered("ada", kind="mistakes")


@pytest.fixture
def page(school, visit):
    def page(login: str = "ines") -> str:
        answer = visit(login).get("/submissions/1/")
        assert answer.status_code == 200
        return answer.text

    return page


def task_part(said: str, task: str = "q1-1") -> str:
    """The part of the page about one written task."""
    return said[said.index(f'id="written-{task}"') :].partition("</article>")[0]


def seen(said: str, task: str = "q1-1") -> str:
    return re.search(r'name="seen" value="([^"]*)"', task_part(said, task))[1]


def kept(school) -> list[tuple[str, float, list[int], str]]:
    with school.database.read() as session:
        return [(each.task, each.points, each.rubric, each.comment) for each in session.scalars(select(ManualScore))]


# The answers


@pytest.mark.parametrize("login", ["ada", "stan"])
def test_the_answer_stands_on_the_page_drawn_and_with_its_place(submission, page, login) -> None:
    said = task_part(page(login))
    assert "<p>By definition, for every <math" in said
    assert 'href="/submissions/1/documents/hw1.ipynb#cell-1"' in said
    assert "Q1.2" not in said


def test_a_picture_in_an_answer_is_loaded_from_its_own_address(submission, page, visit) -> None:
    address = re.search(r'<img src="([^"]+)" alt="my sketch"', task_part(page("ada"), "q1-2"))[1]
    answer = visit("ada").get(address)
    assert (answer.data, answer.mimetype) == (written.picture(), "image/png")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_answer_that_is_not_there_is_told_to_both(school, page) -> None:
    school.answered("ada", notebook=written.notebook(written.text("# Something else")))
    for login in ("ada", "ines"):
        assert "No heading that begins with <code>Q1.1</code> in <code>hw1.ipynb</code>." in task_part(page(login))


def test_a_very_long_answer_is_cut_on_the_page(school, page) -> None:
    cells = [written.text("# Q1.1"), *[written.text("word " * 2000)] * 4]
    school.answered("ada", notebook=written.notebook(*cells))
    assert "the rest of a very long answer" in task_part(page())


def test_an_answer_of_very_many_parts_is_cut_on_the_page(school, page) -> None:
    cell = written.text("# Q1.1\nparted\n# Q1.2\nx\n" * 2000, sketch=written.picture())
    school.answered("ada", notebook=written.notebook(cell))
    said = task_part(page("ada"))
    assert said.count("<p>parted</p>") < 500
    assert "the rest of a very long answer" in said


def test_a_pdf_stands_beside_the_first_form_and_is_linked_from_the_others(school, page, visit) -> None:
    school.answered("ada", notebook=written.notebook(), **{"proofs.pdf": written.PDF})
    said = page()
    assert said.count('<iframe src="/submissions/1/media/proofs.pdf"') == 1
    assert 'the same file as for <a href="#written-q1-1">Q1.1 Softmax' in task_part(said, "q1-2")
    assert 'href="/submissions/1/media/proofs.pdf"' in task_part(said, "q1-2")
    answer = visit("ines").get("/submissions/1/media/proofs.pdf")
    assert (answer.data, answer.mimetype) == (written.PDF, "application/pdf")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_a_picture_or_code_that_is_the_answer_is_shown_large(school, page, visit) -> None:
    school.add_written_answers("plot.png", "attention.py")
    school.answered("ada", **{"plot.png": written.picture(), "attention.py": b"x = '<b>'\n"})
    said = page()
    assert '<img class="picture" src="/submissions/1/media/plot.png"' in task_part(said)
    assert 'href="/submissions/1/code/attention.py"' in task_part(said, "q1-2")
    assert "&lt;b&gt;" in task_part(said, "q1-2")
    answer = visit("ada").get("/submissions/1/media/plot.png")
    assert (answer.data, answer.mimetype) == (written.picture(), "image/png")
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")


@pytest.mark.parametrize(
    "path",
    [
        "media/hw1.ipynb",
        "media/page.png",
        "media/page.pdf",
        "media/none.pdf",
        "media/../../etc/passwd",
        "documents/hw1/hw1.py",
        "documents/none.ipynb",
        "documents/proofs.pdf",
        "pictures/7/hw1.ipynb",
        "pictures/0/hw1/hw1.py",
        "pictures/0/none.ipynb",
        "pictures/1/hw1.ipynb",
    ],
)
def test_no_other_file_is_shown_as_one_of_these(school, visit, path) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    cells = [written.text("![a](attachment:a.png) ![b](attachment:b.png)", a=written.picture(), b=page)]
    named = {"proofs.pdf": written.PDF, "page.pdf": page, "page.png": page}
    school.answered("ada", notebook=written.notebook(*cells), **named)
    assert visit("ada").get(f"/submissions/1/{path}").status_code == 404


def test_a_refused_hand_in_shows_no_answers(school, visit) -> None:
    school.add_written_answers()
    assert 'id="written"' not in visit("ada").get(f"/submissions/{school.refused('ada')}/").text


def test_an_assignment_without_written_tasks_is_as_it_was(school, page) -> None:
    school.graded("ada")
    said = page()
    assert "written" not in said
    assert "reading.css" not in said
    assert "by a person" not in said


# Giving points


def test_staff_give_points_and_the_student_sees_them(school, submission, visit, page) -> None:
    form = {"points": "6.5", "rubric": "1", "comment": "Say that $e^c > 0$.\r\nElse **well** done.", "seen": ""}
    answer = visit("stan").post(FORM, form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/submissions/1/#written-q1-1")
    assert kept(school) == [("q1-1", 6.5, [1], "Say that $e^c > 0$.\nElse **well** done.")]
    said = task_part(page("ada"))
    assert "6.5 / 8" in said
    assert "Writes the definition for x + c" in said
    assert "Cancels the common factor" not in said
    assert "<strong>well</strong> done" in said
    assert "Stan" not in said
    assert "<form" not in said
    assert "6.5 given by Stan Staff" in task_part(page("ines"))


@pytest.mark.parametrize("character", ["a", "א", "\N{OPEN BOOK}"])
def test_the_longest_comment_is_taken_in_any_script(school, submission, visit, character) -> None:
    comment = character * LONGEST_COMMENT
    assert visit("ines").post(FORM, {"points": "1", "comment": comment, "seen": ""}).status_code == 303
    assert kept(school) == [("q1-1", 1, [], comment)]
    answer = visit("ines").post("/submissions/1/written/q1-2", {"points": "1", "comment": comment + "a", "seen": ""})
    assert answer.status_code == 422
    assert "10,001 characters; up to 10,000 are kept" in answer.text


@pytest.mark.parametrize("login", ["ada", "ines"])
def test_what_nobody_graded_yet_says_so(submission, page, login) -> None:
    assert "not graded yet, 8 points" in task_part(page(login))


def test_students_see_nothing_of_the_rubric_before_it_is_used(submission, page) -> None:
    for item in written.TASKS[0]["rubric"]:
        assert item["text"] not in page("ada")


def test_points_are_taken_back_by_emptying_the_form(school, submission, visit, page) -> None:
    school.give(submission, "q1-1", 2, "Ines was here")
    said = page()
    assert "With everything here empty, the answer is not graded." in task_part(said)
    empty = {"points": "", "comment": "", "seen": seen(said)}
    assert visit("stan").post(FORM, {**empty, "comment": "Only this"}).status_code == 422
    assert visit("stan").post(FORM, empty).status_code == 303
    assert kept(school) == []
    assert "not graded yet, 8 points" in task_part(page("ada"))
    with school.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.actor, entry.detail["after"]) == ("stan", None)
    assert entry.detail["before"]["comment"] == "Ines was here"
    # Whoever had the form open before is told, as with points that were given.
    answer = visit("ines").post(FORM, {"points": "3", "seen": seen(said)})
    assert answer.status_code == 409
    assert "or took them back" in answer.text
    assert kept(school) == []


def test_points_that_were_changed_meanwhile_are_not_taken_back_unread(school, submission, visit, page) -> None:
    school.give(submission, "q1-1", 2)
    opened = seen(page())
    assert visit("stan").post(FORM, {"points": "5", "seen": opened}).status_code == 303
    assert visit("ines").post(FORM, {"points": "", "seen": opened}).status_code == 409
    assert kept(school) == [("q1-1", 5.0, [], "")]


def test_all_answers_together_are_bounded(school, page, monkeypatch) -> None:
    monkeypatch.setattr(sheet, "MOST", 3_000)
    cells = [written.text("# Q1.1\n" + "*word* " * 100), written.text("# Q1.2\n*word*\n")]
    school.answered("ada", notebook=written.notebook(*cells))
    said = page()
    assert "<em>word</em>" in task_part(said)
    assert '<pre tabindex="0">*word*</pre>' in task_part(said, "q1-2")
    assert said.count("From here on as written") == 1


def test_ticks_alone_give_their_sum(school, submission, visit) -> None:
    visit("ines").client.get("/")
    assert visit("ines").post(FORM, {"points": "", "rubric": "1", "seen": ""}).status_code == 303
    assert kept(school) == [("q1-1", 3.0, [1], "")]


def test_a_comma_is_a_decimal_point(school, submission, visit) -> None:
    visit("ines").post(FORM, {"points": "2,25", "seen": ""})
    assert kept(school) == [("q1-1", 2.25, [], "")]


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ("", "Give points, or tick what you found"),
        ("nine", "“nine” is no number"),
        ("<b>", "“&lt;b&gt;” is no number"),
        ("9", "go from 0 to 8"),
        ("-1", "go from 0 to 8"),
        ("NaN", "“NaN” is no number"),
        ("1e99999999", "“1e99999999” is no number"),
        ("1.234", "at most two decimals"),
        ("1" * 5000, "go from 0 to 8"),
    ],
)
def test_what_cannot_be_given_is_told_beside_what_was_typed(school, submission, visit, points, told) -> None:
    answer = visit("ines").post(FORM, {"points": points, "comment": "A thought <i>", "seen": ""})
    assert answer.status_code == 422
    said = task_part(answer.text)
    assert told in said
    assert "A thought &lt;i&gt;</textarea>" in said
    assert 'aria-invalid="true"' in said
    assert kept(school) == []


def test_ticks_are_kept_too_when_the_points_cannot_be_given(submission, visit) -> None:
    said = task_part(visit("ines").post(FORM, {"points": "9", "rubric": "2", "seen": ""}).text)
    assert 'value="2" checked>' in said
    assert 'value="1">' in said


@pytest.mark.parametrize("rubric", ["7", "999", "9999999999999999999999"])
def test_an_item_that_the_rubric_does_not_have_is_told_or_ignored(school, submission, visit, rubric) -> None:
    assert visit("ines").post(FORM, {"points": "", "rubric": rubric, "seen": ""}).status_code == 422
    assert kept(school) == []


def test_points_that_somebody_else_gave_meanwhile_are_not_replaced_unread(school, submission, visit, page) -> None:
    opened = page("stan")
    school.give(submission, "q1-1", 2, "Ines was here")
    answer = visit("stan").post(FORM, {"points": "7", "comment": "Mine", "seen": seen(opened)})
    assert answer.status_code == 409
    said = task_part(answer.text)
    assert "that stands above, and yours are not saved" in said
    assert "2 given by Ines Instructor" in said
    assert 'value="7"' in said
    assert "Mine</textarea>" in said
    assert kept(school) == [("q1-1", 2.0, [], "Ines was here")]
    again = visit("stan").post(FORM, {"points": "7", "comment": "Mine", "seen": seen(answer.text)})
    assert again.status_code == 303
    assert kept(school) == [("q1-1", 7.0, [], "Mine")]


@pytest.mark.parametrize("stale", ["yesterday", "2026-01-01T00:00:00+00:00", "2026-01-01"])
def test_a_form_with_another_time_replaces_nothing(school, submission, visit, stale) -> None:
    school.give(submission, "q1-1", 2)
    assert visit("stan").post(FORM, {"points": "7", "seen": stale}).status_code == 409
    assert kept(school) == [("q1-1", 2.0, [], "")]


def test_the_page_of_points_that_are_refused_shows_those_given_a_moment_before(
    school, submission, visit, monkeypatch
) -> None:
    # As when they come between the look at who sends the form and the form itself.
    def points(text: str) -> Decimal:
        school.give(submission, "q1-1", 2, "Ines was here")
        return Decimal(text)

    monkeypatch.setattr(typed, "points", points)
    answer = visit("stan").post(FORM, {"points": "7", "comment": "Mine", "seen": ""})
    assert answer.status_code == 409
    assert "2 given by Ines Instructor" in task_part(answer.text)


def test_points_leave_a_line_in_the_audit_log(school, submission, visit) -> None:
    visit("stan").post(FORM, {"points": "7", "seen": ""})
    with school.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "grade by hand")).one()
    assert (entry.actor, entry.record) == ("stan", "submission 1, task q1-1")
    assert entry.detail["after"]["points"] == 7.0
    assert entry.address


def test_a_comment_is_drawn_as_safely_as_an_answer(school, submission, page) -> None:
    school.give(submission, "q1-1", 1, "<script>alert(1)</script> [x](javascript:alert(1))")
    said = task_part(page("ada"))
    assert "<script" not in said
    assert "href" not in said.split('class="points"')[1]


@pytest.mark.parametrize("task", ["linear-layer", "none", "..%2F"])
def test_only_a_task_of_a_person_takes_points(school, submission, visit, task) -> None:
    assert visit("ines").post(f"/submissions/1/written/{task}", {"points": "1", "seen": ""}).status_code == 404
    assert kept(school) == []


# Every score


def test_a_score_is_of_all_tasks_and_says_what_is_missing(school, submission, page, visit) -> None:
    ada = visit("ada")
    places = ("/submissions/1/", "/courses/dl/", "/courses/dl/assignments/hw1p1/")
    for path in places:
        said = ada.get(path).text
        assert 'aria-label="58 of 108 points"' in said
        assert "So far: 20 points are not graded yet by a person." in said
    school.give(submission, "q1-1", 6.5)
    school.give(submission, "q1-2", 11)
    for path in places:
        said = ada.get(path).text
        assert 'aria-label="75.5 of 108 points"' in said
        assert "So far" not in said
    assert "<strong>75.5</strong> / 108" in visit("ines").get("/courses/dl/hand-ins").text
    assert "75.5 of 108 · " in page("ada")


def test_written_tasks_stand_among_the_tasks(school, submission, page) -> None:
    school.give(submission, "q1-1", 6)
    said = page("ada")
    tasks = said[said.index('id="tasks"') : said.index('id="tests"')]
    assert 'aria-label="Q1.1 Softmax is invariant to translation: 6 of 8 points"' in tasks
    assert 'aria-label="Q1.2 Choose c = -max x: not graded yet"' in tasks


def test_the_api_has_the_whole_score_and_each_written_task(school, submission, visit, app) -> None:
    school.give(submission, "q1-1", 6, "Nearly.")
    headers = {"Authorization": f"Bearer {school.token('ada')}"}
    said = app.test_client().get("/api/v1/submissions/1", headers=headers).json
    assert (said["score"], said["max_score"], said["ungraded"]) == (64, 108, 12)
    assert said["written"] == [
        {"id": "q1-1", "title": written.TASKS[0]["title"], "score": 6, "max_score": 8, "comment": "Nearly."},
        {"id": "q1-2", "title": written.TASKS[1]["title"], "score": None, "max_score": 12, "comment": ""},
    ]


def test_the_assignments_page_says_which_tasks_a_person_grades(school, submission, visit) -> None:
    said = visit("bo").get("/courses/dl/assignments/hw1p1/").text
    assert said.count("graded by a person") == 2
    assert "Writes the definition" not in said


def test_points_stay_with_the_upload_that_they_were_given_for(school, submission, visit) -> None:
    school.give(submission, "q1-1", 8)
    school.graded("ada", "full", ago=timedelta(seconds=-1))
    assert 'aria-label="88 of 108 points"' in visit("ada").get("/courses/dl/").text


# What waits for staff


def test_staff_find_what_is_to_grade_by_hand_from_the_course_page(school, submission, visit) -> None:
    stan = visit("stan")
    of_one = "/courses/dl/hand-ins?only=by-hand&of=hw1p1"
    assert '<a href="/courses/dl/assignments/hw1p1/grading/">1 to grade by hand' in stan.get("/courses/dl/").text
    assert f'href="{escape(of_one)}"' in stan.get("/courses/dl/assignments/hw1p1/grading/").text
    bo = school.graded("bo")
    school.graded("ada", ago=timedelta(hours=1))  # an older one, which does not count
    said = stan.get("/courses/dl/hand-ins?only=by-hand").text
    assert "2 to grade by hand, the oldest first" in said
    assert re.findall(r'<td class="who"><a href="/submissions/(\d+)/"', said) == [str(submission), str(bo)]
    said = stan.get(of_one).text
    assert f"{school.assignment.title}: 2 to grade by hand, the oldest first" in said
    assert '<input type="hidden" name="of" value="hw1p1">' in said
    for task in ("q1-1", "q1-2"):
        school.give(bo, task, 1)
        school.give(submission, task, 1)
    assert "Nothing to grade by hand" in stan.get("/courses/dl/hand-ins?only=by-hand").text
    assert "to grade by hand" not in stan.get("/courses/dl/").text


def test_the_list_of_hand_ins_marks_what_is_to_grade_by_hand(school, submission, visit) -> None:
    said = visit("ines").get("/courses/dl/hand-ins").text
    assert f'href="/submissions/{submission}/#written">to grade by hand' in said
    assert "1 to grade by hand" in said
    assert '<strong>58</strong> / 108<br><span class="soft">so far</span>' in said


def test_the_submission_says_to_staff_how_many_answers_wait(school, submission, page) -> None:
    school.give(submission, "q1-1", 1)
    assert '<a href="#written">1 of 2 written answers to grade by hand</a>' in page("ines")
    assert '<a href="#written">Written answers</a>' in page("ada")
