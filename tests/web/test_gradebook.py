"""The gradebook and a student's page as staff get them, and the file for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from submissions.models import Assignment, Decision, Enrolment, Role, State, User, now
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.scores.gradebook import Book, Cell, Column, Row
from submissions.suites import courses
from submissions.talk import requests
from tests import term
from tests.school import outcomes
from tests.web.test_queries import counted
from web.scores import gradebook
from web.words import spreadsheet

BOOK = "/courses/dl/gradebook"


@pytest.fixture
def stan(visit):
    return visit("stan")


def rows(answer) -> list[list[str]]:
    """The table's cells as words, row by row."""
    found = re.findall(r'<tr role="row">(.*?)</tr>', answer.text, re.DOTALL)
    texts = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in texts]


def table(answer) -> list[list[str]]:
    """What the file says, by the csv module."""
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_each_student_has_a_row_and_each_state_a_word(school, stan) -> None:
    school.due(now() - timedelta(hours=1))
    submission = school.graded("ada")
    school.refused("bo")
    said = stan.get(BOOK)
    found = {row[0].split()[0]: row[1] for row in rows(said)[1:]}
    assert found == {"Ada": "58 ⚑ late", "Bo": "⊘ refused", "Chidi": "○ not handed in"}
    assert f'<a href="/submissions/{submission}/">58</a>' in said.text
    assert '<a href="/courses/dl/students/ada/">' in said.text


@pytest.mark.parametrize(
    ("happened", "cell"),
    [
        (lambda s: s.upload("ada"), "◷ waiting"),
        (lambda s: s.running("ada"), "◐ grading"),
        (lambda s: s.faulty("ada"), "⚙ our fault"),
        (lambda s: s.answered("ada"), "88 … not all graded by hand"),
        (lambda s: s.decided("ada", Decision.OVERRIDE, 40), "40 ✎ decided by staff"),
        (lambda s: s.decided("ada", Decision.EXCUSE), "⊖ excused"),
        (lambda s: (s.refused("ada"), s.decided("ada", Decision.OVERRIDE, 40)), "40 ⊘ refused ✎ decided by staff"),
    ],
)
def test_a_cell_says_its_state_by_symbol_and_word(school, stan, happened, cell) -> None:
    happened(school)
    assert rows(stan.get(BOOK))[1][1] == cell


def test_a_column_opens_into_its_tasks(school, stan) -> None:
    school.graded("ada")
    said = stan.get(f"{BOOK}?of=hw1p1")
    head, ada, *_ = rows(said)
    assert head[2:4] == ["Activations of 12", "Loss of 4"]
    assert ada[1:4] == ["58", "12", "4"]
    assert [float(each) for each in ada[2:]] == [12, 4, 18, 2, 22, 0]
    assert f"{BOOK}?of=hw1p1" in stan.get(BOOK).text


def test_what_is_asked_for_lives_in_the_address_and_is_said_as_a_sentence(school, stan) -> None:
    school.graded("ada")
    with school.database.write() as session:
        session.execute(update(Enrolment).where(Enrolment.user_id == school.users["bo"].id).values(section="B"))
    said = stan.get(f"{BOOK}?show=missing&section=B")
    assert [row[0].split()[0] for row in rows(said)[1:]] == ["Bo"]
    assert "1 of 3 students who have not handed in everything, section B" in said.text
    assert "/courses/dl/gradebook.csv?show=missing&amp;section=B" in said.text
    assert len(table(stan.get("/courses/dl/gradebook.csv?show=missing&section=B"))) == 2
    nobody = stan.get(f"{BOOK}?show=late&who=ada")
    assert "No student is as asked for" in nobody.text


def test_what_an_address_cannot_mean_shows_everybody(stan) -> None:
    assert len(rows(stan.get(f"{BOOK}?show=x&of=x&sort=x&down=x"))) == 4


def test_a_header_sorts_and_says_so(school, stan) -> None:
    school.graded("bo", "full")
    school.graded("ada", "poor")
    said = stan.get(f"{BOOK}?sort=in:hw1p1&down=1")
    assert [row[0].split()[0] for row in rows(said)[1:]] == ["Bo", "Ada", "Chidi"]
    assert 'aria-sort="descending"' in said.text
    # The next press is the other way round.
    assert f'href="{BOOK}?sort=in:hw1p1">' in said.text


def test_a_course_without_students_or_assignments_says_what_will_be_there(school, stan) -> None:
    with school.database.write() as session:
        session.execute(update(Enrolment).where(Enrolment.role == Role.STUDENT).values(ended_at=now()))
    assert "No students yet" in stan.get(BOOK).text
    with school.database.write() as session:
        session.execute(update(Enrolment).values(ended_at=None))
        session.execute(update(Assignment).values(course_id=courses.create_course(session, "other", "Other").id))
    assert "No assignments yet" in stan.get(BOOK).text


def test_the_file_holds_what_is_seen_with_states_in_words(school, stan) -> None:
    school.graded("ada")
    school.decided("bo", Decision.EXCUSE)
    answer = stan.get("/courses/dl/gradebook.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r"attachment; filename=dl-gradebook-\d{4}-\d\d-\d\d\.csv", answer.headers["Content-Disposition"]
    )
    title = "Homework 1 Part 1: MyTorch"
    head, ada, bo, chidi = table(answer)
    assert head == ["Name", "Login", "Section", title, f"{title}: state", f"{title}: of"]
    assert ada == ["Ada Lovelace", "ada", "", "58", "graded", "88"]
    assert bo == ["Bo Søndergård", "bo", "", "", "excused", "88"]
    assert chidi[3:] == ["", "not handed in", "88"]


@pytest.mark.parametrize(
    ("score", "written"),
    [(10_000.01, "10000.01"), (99_999.99, "99999.99"), (0.1 + 0.2, "0.3"), (100 / 3, "33.33333333"), (7.0, "7")],
)
def test_the_file_has_scores_to_the_last_digit_that_counts(score, written) -> None:
    cell = Cell(State.GRADED, 1, score, score)
    row = Row(1, "ada", "Ada", "", (cell,))
    (_, line) = csv.reader(
        io.StringIO(spreadsheet.text(gradebook._lines(Book((Column("hw", "HW", 1.0),), (row,), ()))))
    )
    assert line[3] == line[5] == written


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", '=HYPERLINK("http://x","y")', "\uff20a"]
)
def test_no_name_becomes_a_formula(school, stan, name) -> None:
    with school.database.write() as session:
        session.execute(update(User).where(User.login == "ada").values(name=name))
        session.execute(update(Enrolment).values(section=name))
        session.execute(update(Assignment).values(title=name))
    for row in table(stan.get("/courses/dl/gradebook.csv")):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"))]
    assert f"'{name}" in [cell for row in table(stan.get("/courses/dl/gradebook.csv")) for cell in row]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ada;=1+1;", "Ada;'=1+1;"),
        ("Ada; @SUM(A1)", "Ada; '@SUM(A1)"),
        ("Ada\t-1", "Ada\t'-1"),
        ("Ada; Bo-Lin (due; Nov 22)", "Ada; Bo-Lin (due; Nov 22)"),
    ],
)
def test_no_name_becomes_a_formula_where_cells_are_parted_otherwise(name, written) -> None:
    assert next(csv.reader(io.StringIO(spreadsheet.text([[name]])))) == [written]


def test_fifty_students_cost_as_many_queries_as_five(school, stan) -> None:
    numbers = []
    for more in (5, 45):
        term.fill(school, more, 1, seed=more, name=f"more{more}-")
        for path in (BOOK, f"{BOOK}?of=more{more}-0", "/courses/dl/gradebook.csv"):
            with counted(school.database.engine) as asked:
                assert stan.get(path).status_code == 200
            numbers.append(len(asked))
    assert numbers[:3] == numbers[3:]
    assert max(numbers) <= 12


def test_a_student_s_page_tells_every_assignment_with_uploads_and_decisions(school, stan) -> None:
    first = school.graded("ada", "poor", ago=timedelta(hours=2))
    last = school.graded("ada")
    school.decided("ada", Decision.POINTS, 2.5, "The <lab> flooded.")
    said = stan.get("/courses/dl/students/ada/").text
    assert "<strong>60.5</strong> / 88" in said
    assert said.index(f"/submissions/{last}/") < said.index(f"/submissions/{first}/")
    assert "The &lt;lab&gt; flooded." in said
    assert "2 uploads" in said


def test_a_student_s_page_calls_nothing_late_where_nothing_counts(school, stan) -> None:
    school.due(now() - timedelta(hours=1))
    school.refused("ada")
    summary = stan.get("/courses/dl/students/ada/").text.split("</table>")[0]
    assert "refused" in summary
    assert "late" not in summary
    assert "late" not in stan.get("/courses/dl/gradebook.csv").text


def test_a_student_s_page_tells_what_was_asked_for_and_answered_but_not_what_was_withdrawn(school, stan) -> None:
    submission = school.graded("ada")
    first = school.asked(submission, "My momentum is right.", "momentum")
    school.answered_request(first, "declined", "It is in a comment.")
    said = stan.get("/courses/dl/students/ada/").text
    assert "It is in a comment." in said
    assert f'href="/submissions/{submission}/#requests">Asked for another look' in said
    second = school.asked(submission, "Never mind me.")
    with school.database.write() as session:
        requests.withdraw(session, submission, second, session.get_one(User, school.users["ada"].id))
    said = stan.get("/courses/dl/students/ada/").text
    assert "My momentum is right." in said
    assert "Never mind me." not in said


def test_nobody_but_students_of_the_course_has_such_a_page(school, stan) -> None:
    for login in ("oz", "ines", "nobody"):
        assert stan.get(f"/courses/dl/students/{login}/").status_code == 404
    with school.database.write() as session:
        ended = people.place_of(session, school.course.id, WHOLE, "bo")
        ended.ended_at = now()
    assert "Left the course" in stan.get("/courses/dl/students/bo/").text


def test_an_unpublished_regrade_is_on_neither_page(school, stan) -> None:
    school.graded("ada", "poor")
    before = rows(stan.get(BOOK))
    school.regraded()
    school.reviewed(outcomes("full"))
    assert rows(stan.get(BOOK)) == before
    assert "88 <span" not in stan.get("/courses/dl/students/ada/").text
    school.published(1)
    assert rows(stan.get(BOOK))[1][1] == "88"


def test_the_course_page_leads_staff_to_the_gradebook_and_students_nowhere(visit) -> None:
    assert f'href="{BOOK}"' in visit("stan").get("/courses/dl/").text
    assert "gradebook" not in visit("ada").get("/courses/dl/").text
