"""The course page, the assignment page and the staff's list of hand-ins."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta

import pytest

from submissions.models import Role, Suite, now
from submissions.people import people
from submissions.suites import courses

COURSE = "/courses/dl/"
HW = "/courses/dl/assignments/hw1p1/"
LIST = "/courses/dl/hand-ins"


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        (None, "○</span> not handed in"),
        ("upload", "◷</span> waiting"),
        ("running", "◐</span> grading"),
        ("graded", "✓</span> graded"),
        ("refused", "⊘</span> refused"),
        ("faulty", "⚙</span> our fault"),
    ],
)
def test_a_card_says_one_state_by_symbol_and_word(school, visit, happened, state) -> None:
    if happened:
        getattr(school, happened)("ada")
    said = visit("ada").get(COURSE).text
    assert state in said
    assert said.count('class="state') == 1
    assert said.count('role="button"') == 1


def test_a_late_hand_in_is_graded_and_late(school, visit) -> None:
    school.due(now() - timedelta(hours=2))
    school.graded("ada")
    assert "⚑</span> graded, late by 2 hours" in visit("ada").get(COURSE).text


def test_the_score_on_the_card_is_the_one_that_counts(school, visit) -> None:
    school.graded("ada", "full", ago=timedelta(hours=1))
    school.graded("ada", "mistakes")
    said = visit("ada").get(COURSE).text
    assert 'aria-label="58 of 88 points"' in said
    assert 'aria-label="88 of 88 points"' not in said


def test_a_student_sees_no_ones_score_but_his_own(school, visit) -> None:
    school.graded("bo", "full")
    assert "not handed in" in visit("ada").get(COURSE).text
    assert "Nothing handed in yet." in visit("ada").get(HW).text


def test_a_due_time_is_relative_and_absolute_with_its_zone(school, visit) -> None:
    said = visit("ada").get(COURSE).text
    assert "in 3 days" in said
    assert "EST" in said or "EDT" in said
    assert '<time datetime="' in said


def test_a_course_without_assignments_says_what_will_be_there(school, visit) -> None:
    with school.database.write() as session:
        empty = courses.create_course(session, "empty", "An empty course")
        people.enrol(session, empty.id, school.users["ada"].id, Role.STUDENT)
        people.enrol(session, empty.id, school.users["ines"].id, Role.INSTRUCTOR)
    assert "it appears here with its deadline" in visit("ada").get("/courses/empty/").text
    assert "as soon as one is added" in visit("ines").get("/courses/empty/").text
    assert "No hand-ins yet" in visit("ines").get("/courses/empty/hand-ins").text


def test_somebody_in_no_course_is_told_how_to_get_in(visit) -> None:
    assert "You are in no course yet" in visit("oz").get("/").text


def test_with_several_courses_one_chooses(school, visit) -> None:
    with school.database.write() as session:
        other = courses.create_course(session, "other", "Another course")
        people.enrol(session, other.id, school.users["ada"].id, Role.STAFF)
    said = visit("ada").get("/").text
    assert "Introduction to Deep Learning" in said
    assert "Another course" in said


def test_the_course_that_needs_one_first_comes_first(school, visit) -> None:
    with school.database.write() as session:
        for name, days in (("later", 9), ("sooner", 1), ("over", -1)):
            course = courses.create_course(session, name, f"Course {name}")
            people.enrol(session, course.id, school.users["ada"].id, Role.STUDENT)
            due = now() + timedelta(days=days)
            courses.create_assignment(session, course.id, "hw", f"Homework {name}", due_at=due, suite=school.suite)
    said = visit("ada").get("/").text
    titles = [f'Open<span class="unseen"> {title}' for title in ("Course sooner", "Introduction", "Course later")]
    places = [said.index(title) for title in (*titles, 'Open<span class="unseen"> Course over')]
    assert places == sorted(places)
    assert "Homework sooner<br>" in said
    assert "Homework over" not in said
    assert said.count("Nothing is due.") == 1


def _course(school, slug: str, term: str, *days: int) -> None:
    """A course of Ada's with a deadline so many days from now each."""
    with school.database.write() as session:
        course = courses.create_course(session, slug, f"Course {slug}", term)
        people.enrol(session, course.id, school.users["ada"].id, Role.STUDENT)
        for number, each in enumerate(days):
            due = now() + timedelta(days=each)
            courses.create_assignment(session, course.id, f"hw{number}", "Homework", due_at=due, suite=school.suite)


def test_courses_that_are_over_are_folded_below_the_others_by_term_the_last_first(school, visit) -> None:
    _course(school, "oldest", "Fall 2019", -900)
    _course(school, "old", "Fall 2020", -300, -70)
    _course(school, "older", "Fall 2020", -90)
    _course(school, "ended", "Spring 2021", -59)
    _course(school, "undated", "Spring 2021")
    said = visit("ada").get("/").text
    current, past = said.split('<details class="past">')
    assert "3 past courses" in past
    names = ("Fall 2020", "Course old<", "Course older<", "Fall 2019", "Course oldest<")
    places = [past.index(name) for name in names]
    assert places == sorted(places)
    assert past.count("<dt>") == 2
    for name in ("Introduction to Deep Learning", "Course ended", "Course undated"):
        assert name in current
        assert name not in past


def test_an_extension_keeps_a_course_from_being_over(school, visit) -> None:
    _course(school, "other", "Fall", 9)
    school.due(now() - timedelta(days=70))
    assert "1 past course" in visit("ada").get("/").text
    school.extended("ada", timedelta(days=20))
    assert "past course" not in visit("ada").get("/").text


def test_where_every_course_is_over_they_are_not_hidden(school, visit) -> None:
    _course(school, "old", "", -70)
    school.due(now() - timedelta(days=70))
    said = visit("ada").get("/").text
    assert '<details class="past" open>' in said
    assert "None of your courses runs now" in said
    assert "Without a term" in said


@pytest.mark.parametrize("login", ["ada", "ines"])
def test_the_assignment_that_needs_one_first_comes_first(school, visit, login) -> None:
    with school.database.write() as session:
        for name, days, opens in (("ended", -9, None), ("sooner", 1, None), ("ended last", -1, None), ("coming", 2, 1)):
            courses.create_assignment(
                session,
                school.course.id,
                name.replace(" ", "-"),
                f"Homework {name}",
                due_at=now() + timedelta(days=days),
                opens_at=now() + timedelta(days=opens) if opens else None,
                suite=school.suite,
            )
        courses.create_assignment(session, school.course.id, "any", "Homework any time", suite=school.suite)
    said = visit(login).get(COURSE).text
    order = re.findall(r"<h2>(Homework [^<]+)</h2>", said)
    names = ["sooner", "1 Part 1: MyTorch", "any time", "coming", "ended last", "ended"]
    assert order == [f"Homework {name}" for name in names]


def test_the_handout_is_downloaded_by_its_name(school, visit) -> None:
    assert "Download the handout" not in visit("ada").get(HW).text
    assert visit("ada").get(f"{HW}handout").status_code == 404
    school.hand_out(b"PK a zip file")
    said = visit("ada").get(HW).text
    assert f'href="{HW}handout">Download the handout</a>' in said
    assert ".zip, 13 bytes, changed <time" in said
    answer = visit("ada").get(f"{HW}handout")
    assert (answer.data, answer.mimetype) == (b"PK a zip file", "application/zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=hw1p1-handout.zip"


def test_before_an_assignment_opens_its_handout_is_for_staff_alone(school, visit) -> None:
    school.hand_out(b"PK a zip file")
    school.opens(now() + timedelta(days=1))
    assert visit("ada").get(f"{HW}handout").status_code == 404
    assert visit("stan").get(f"{HW}handout").status_code == 200


def test_a_handout_that_the_store_has_lost_is_told_as_such(school, visit) -> None:
    school.hand_out(b"PK a zip file")
    shutil.rmtree(school.settings.data / "blobs")
    said = visit("ada").get(HW).text
    assert "Download the handout" in said
    assert ", 13 bytes" not in said
    answer = visit("ada").get(f"{HW}handout")
    assert answer.status_code == 500
    assert "The file is not in the store" in answer.text


def test_a_notebook_is_handed_in_from_the_shell_as_it_is(school, visit) -> None:
    with school.database.write() as session:
        suite = session.get_one(Suite, school.suite.id)
        suite.manifest = {**suite.manifest, "files": ["hw3.ipynb"]}
    said = visit("ada").get(HW).text
    assert "handin submit dl hw1p1 hw3.ipynb --portal http://localhost<" in said
    assert "-F file=@hw3.ipynb http" in said
    assert "handin.tar" not in said


def test_staff_see_how_many_have_handed_in(school, visit) -> None:
    school.graded("ada")
    school.graded("ada")
    school.graded("bo")
    school.graded("ines")  # an instructor who tries it is no student
    said = visit("stan").get(COURSE).text
    assert '<span class="figure">2</span>' in said
    assert "3 uploads in all" in said


def test_the_assignment_page_says_what_is_expected_and_how_to_hand_in(school, visit) -> None:
    said = visit("ada").get(HW).text
    assert said.index('type="file"') < said.index("What is expected")
    for file in school.suite.manifest["files"]:
        assert f"<code>{file}</code>" in said
    for task in school.suite.manifest["tasks"]:
        assert task["title"] in said
    assert "sh create_tarball.sh" in said
    assert "handin submit dl hw1p1 handin.tar --portal http://localhost<" in said
    assert "curl -H" in said
    assert "http://localhost/api/v1/courses/dl/assignments/hw1p1/submissions<" in said
    assert "Other files may be in it: they are kept" in said


def test_the_assignment_page_names_each_file_of_which_one_is_enough(school, visit) -> None:
    with school.database.write() as session:
        suite = session.get_one(Suite, school.suite.id)
        suite.manifest = {**suite.manifest, "files": ["hw1.py", "proofs.md | proofs.pdf"]}
    said = visit("ada").get(HW).text
    assert "<li><code>hw1.py</code></li><li><code>proofs.md</code> or <code>proofs.pdf</code></li>" in said


def test_the_history_says_which_counts_and_why(school, visit) -> None:
    first = school.graded("ada", "full", ago=timedelta(hours=3))
    second = school.graded("ada", "poor")
    said = visit("ada").get(HW).text
    history = said[said.index('id="history"') :]
    assert history.index(f"/submissions/{second}/") < history.index(f"/submissions/{first}/")
    assert history.count("★") == 1
    assert "It counts: it is your last upload." in history


def test_after_a_refused_upload_the_one_before_it_counts(school, visit) -> None:
    school.graded("ada", "mistakes", ago=timedelta(hours=1))
    school.refused("ada")
    assert "of your uploads that could be graded, it is the last" in visit("ada").get(HW).text


def test_staff_find_a_students_hand_ins_by_name_or_login(school, visit) -> None:
    school.graded("ada")
    school.graded("bo")
    stan = visit("stan")
    assert "Ada Lovelace" in stan.get(LIST).text
    assert "Bo Søndergård" in stan.get(LIST).text
    found = stan.get(LIST, query_string={"who": "sønder"}).text
    assert "Bo Søndergård" in found
    assert "Ada Lovelace" not in found
    assert "Nobody found" in stan.get(LIST, query_string={"who": "%"}).text


def test_staff_who_look_in_one_assignment_stay_in_it_until_they_ask_for_every_one(school, visit) -> None:
    school.graded("ada")
    listed = visit("stan").get(LIST, query_string={"of": "hw1p1", "who": "ada"}).text
    assert 'href="/courses/dl/hand-ins?of=hw1p1">Show all' in listed
    assert 'href="/courses/dl/hand-ins?who=ada">Of every assignment' in listed
    assert "Of every assignment" not in visit("stan").get(LIST, query_string={"who": "ada"}).text


@pytest.mark.parametrize("page", ["0", "-5", "x", "99999999999999999999", "2"])
def test_a_page_number_of_any_kind_gives_a_page(school, visit, page) -> None:
    school.graded("ada")
    assert visit("stan").get(LIST, query_string={"page": page}).status_code == 200
