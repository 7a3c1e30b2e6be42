"""A term as its people live it in a browser: 200 come by a file, one by one hands in late, two hand in together, two
graders read by keyboard, and an instructor releases and exports. Every number on the way is held against the database,
and against what the rules say of what was handed in."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from submissions.gradings import lifecycle
from submissions.models import Assignment, Author, Enrolment, Grading, ManualScore, Role, Submission, User, now
from submissions.people.reach import WHOLE
from submissions.scores import counting, manual
from tests import written
from tests.school import School, archive, outcomes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "/courses/dl/"
HW = COURSE + "assignments/hw1p1/"
TITLE = "Homework 1 Part 1: MyTorch"
PEOPLE = 200
NAMES = ("Đorđe Đoković", "Éloïse Été", "Фёдор Петров", "山田, 健二", "مريم العلي", "हरि शर्मा", "Anne O'Neil")
LATE, TOGETHER, GRACE, EXTENDED, MATE = "bo", "new000", "ada", "new002", "new004"
ABSENT = ("new100", "new101", "new102")
MOST = 108.0
KINDS = ("full", "mistakes", "poor")
# Of the first task's rubric: what the key ticks, and what that is worth.
KEYS = {"1": 3.0, "2": 5.0}


def local(moment: datetime) -> str:
    """As the forms of a course in New York take it."""
    return moment.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M")


@dataclass
class Term:
    """What was handed in, as this test made it: by login the submission, and by submission what it must score."""

    school: School
    handed_in: dict[str, int] = field(default_factory=dict)
    by_tests: dict[int, float] = field(default_factory=dict)
    by_hand: dict[int, dict[str, float]] = field(default_factory=dict)
    penalty: dict[int, float] = field(default_factory=dict)

    def know(self) -> dict[str, str]:
        """Everybody who is in the course can be visited as; students' sections by login."""
        with self.school.database.read() as session:
            asked = select(User, Enrolment).join(Enrolment, Enrolment.user_id == User.id)
            rows = session.execute(asked.where(Enrolment.ended_at.is_(None))).all()
            self.school.users |= {user.login: user for user, _ in rows}
            return {user.login: place.section for user, place in rows if place.role == Role.STUDENT}

    def grade(self, submission: int, kind: str, *logins: str, penalty: float = 0.0) -> None:
        """The tests find that of a hand-in, which counts for these."""
        assert lifecycle.finish(self.school.database, self.school.claim(submission), outcomes(kind))
        self.by_tests[submission], self.by_hand[submission] = outcomes(kind).score, {}
        self.penalty[submission] = penalty
        self.handed_in |= dict.fromkeys(logins, submission)

    def scores(self) -> dict[str, float | None]:
        """What everybody has when all is released; None: nothing handed in."""
        found: dict[str, float | None] = dict.fromkeys(self.know())
        for login, submission in self.handed_in.items():
            earned = self.by_tests[submission] + sum(self.by_hand[submission].values())
            found[login] = round(earned * (1 - self.penalty[submission] / 100), 6)
        return found

    def kept(self) -> dict[str, float | None]:
        """The same from the rows of the database, and nothing of ours."""
        found: dict[str, float | None] = dict.fromkeys(self.know())
        with self.school.database.read() as session:
            counts = counting.that_count([self.school.assignment.id], WHOLE)
            asked = (
                select(User.login, Submission, Grading.score)
                .join(counts, counts.c.user_id == User.id)
                .join(Grading, Grading.id == counts.c.grading_id)
                .join(Submission, Submission.id == Grading.submission_id)
            )
            for login, submission, score in session.execute(asked).all():
                points = session.scalars(
                    select(ManualScore.points).where(ManualScore.submission_id == submission.id)
                ).all()
                found[login] = round((score + sum(points)) * (1 - submission.penalty / 100), 6)
        return found


@pytest.fixture
def term(school: School) -> Term:
    school.add_written_answers()
    school.hold_points()
    return Term(school)


def roster_of(people: int) -> bytes:
    """A file of so many: two who are there, by other words, and all others new; a grader is among them."""
    lines = [
        ["login", "name", "section", "role"],
        ["ada", "Ada Lovelace", "A", ""],
        ["bo", "Bo Søndergård Ny", "B", ""],
    ]
    lines += [[f"new{n:03}", f"{NAMES[n % len(NAMES)]} {n}", "AB"[n % 2], ""] for n in range(people - 2)]
    lines += [["sena", "Sena Second", "", "staff"]]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def import_people(page: Page) -> None:
    """By a file, after reading what it changes."""
    page.goto(COURSE + "roster/")
    page.get_by_role("button", name="Add or change people by a file").click()
    chosen = {"name": "people.csv", "mimeType": "text/csv", "buffer": roster_of(PEOPLE)}
    page.get_by_label("CSV file").set_input_files(chosen)
    page.get_by_label("End the places of students whom the file does not name").check()
    page.get_by_role("button", name="See what it changes").click()
    said = page.locator("main").inner_text()
    assert f"{PEOPLE - 1} added, 2 moved, 1 ended, 0 unchanged. Nothing is changed yet." in said.replace("\n", " ")
    page.get_by_role("button", name=f"Make these {PEOPLE + 2} changes").click()


def limit_to(page: Page, name: str, section: str) -> None:
    page.goto(COURSE + "roster/?who=" + name.partition(" ")[0])
    page.get_by_role("link", name=f"change whom {name} sees").click()
    page.get_by_label("Only the students of these sections").check()
    page.get_by_label(section, exact=True).check()
    page.get_by_role("button", name="Save").click()


def set_rules(page: Page, due: datetime) -> None:
    page.goto(HW)
    page.get_by_role("link", name="Change the rules").click()
    page.get_by_label("Due", exact=True).fill(local(due))
    page.get_by_label("Hard end nothing is taken").fill(local(due + timedelta(days=6)))
    page.get_by_label("Percent of the score").fill("10")
    page.get_by_label("Grace days of each student").fill("2")
    page.get_by_label("Grace days may be spent here").check()
    page.get_by_label("Students at most").fill("2")
    page.get_by_role("button", name="Show the examples").click()
    expect(page.locator("#examples + p + table")).to_contain_text("20 % off")
    page.get_by_role("button", name="Save the rules").click()


def extend(page: Page, login: str, until: datetime) -> None:
    page.goto(HW + "extensions/")
    page.get_by_label("Login of the student").fill(login)
    page.get_by_label("Due").fill(local(until))
    page.get_by_label("Why?").fill("Was ill.")
    page.get_by_role("button", name="Give the extension").click()
    expect(page.locator(".history")).to_contain_text("Was ill.")


def hand_in(page: Page, choice: str | None = None) -> int:
    """Uploads on the page, after saying what is asked about grace; the submission's id."""
    page.goto(HW)
    content = archive(**{"hw1.ipynb": written.answered()})
    page.locator("input[type=file]").set_input_files(
        {"name": "handin.tar", "mimeType": "application/x-tar", "buffer": content}
    )
    if choice:
        page.get_by_label(choice).check()
    page.get_by_role("button", name="Hand in late" if choice else "Hand in", exact=True).click()
    page.wait_for_url("**/submissions/*/")
    return int(page.url.rstrip("/").rpartition("/")[2])


def press(page: Page, button: str) -> None:
    """Goes to a button by Tab and presses it by Enter."""
    goal = page.get_by_role("button", name=button)
    for _ in range(60):
        page.keyboard.press("Tab")
        if goal.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
    pytest.fail(f"the keyboard does not reach {button!r}")


def grade_by_keyboard(term: Term, *graders: Page) -> None:
    """Each opens an answer, and then all tick and save by turns: nobody gets an answer that another has."""
    task = written.TASKS[0]["id"]
    for page in graders:
        page.goto(HW + "grading/")
        press(page, f"Grade next of {written.TASKS[0]['title']}")
        page.wait_for_url(f"**/grading/{task}/*/")
    for key in "12121":
        for page in graders:
            submission = int(page.url.rstrip("/").rpartition("/")[2])
            assert task not in term.by_hand[submission]
            page.keyboard.press(key)
            page.keyboard.press("Enter")
            expect(page.get_by_text(f"Saved: {KEYS[key]:g} of 8 points for hand-in {submission}.")).to_be_visible()
            term.by_hand[submission][task] = KEYS[key]


def grade_the_rest(term: Term) -> None:
    with term.school.database.write() as session:
        ines = session.get_one(User, term.school.users["ines"].id)
        for submission, given in term.by_hand.items():
            found = session.get_one(Submission, submission)
            for n, task in enumerate(manual.written_tasks(found.assignment.suite)):
                if task.id not in given:
                    given[task.id] = float((submission + n) % 9) - 0.5 * ((submission + n) % 9 > 0)
                    judged = manual.Judgement(Decimal(str(given[task.id])), (), "")
                    manual.give(session, found, task, judged, ines, seen=None)


def shown(page: Page, query: str = "") -> dict[str, str]:
    """The gradebook's column of the assignment, by login, as it reads."""
    page.goto(COURSE + "gradebook" + query)
    rows = page.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [row.querySelector('th > span').textContent, row.querySelector('td').textContent])"
    )
    return {login.split(" ")[0]: text for login, text in rows}


def exported(page: Page) -> Iterator[tuple[str, dict[str, str]]]:
    page.goto(COURSE + "gradebook")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    for row in csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))):
        yield row["Login"], row


def test_a_term_from_the_roster_to_the_export(term: Term, visit: Callable[..., object]) -> None:
    school = term.school
    ines = visit("ines")
    page: Page = ines.page
    import_people(page)
    sections = term.know()
    assert len(sections) == PEOPLE
    assert (sections["ada"], sections["bo"], school.users["bo"].name) == ("A", "B", "Bo Søndergård Ny")
    assert "chidi" not in sections
    limit_to(page, "Sena Second", "B")
    due = now() - timedelta(hours=26)
    set_rules(page, due)
    extend(page, EXTENDED, due + timedelta(days=3))

    one, other = visit(TOGETHER), visit(MATE)
    one.page.goto(HW)
    one.page.get_by_label("Login of a classmate").fill(MATE)
    one.page.get_by_role("button", name="Ask", exact=True).click()
    other.page.goto(HW)
    other.page.get_by_role("button", name="Accept").click()
    expect(other.page.get_by_text("It counts for")).to_be_visible()

    own = {TOGETHER, MATE, LATE, GRACE, EXTENDED}
    for n, login in enumerate(sorted(sections.keys() - own - set(ABSENT))):
        ago = timedelta(hours=30) + timedelta(minutes=n)
        submission = school.upload(login, ago, content=archive(**{"hw1.ipynb": written.answered()}))
        term.grade(submission, KINDS[n % 3], login)
    spends_none = "Spend none: lateness takes 20 % of the score"
    term.grade(hand_in(one.page, spends_none), "full", TOGETHER, MATE, penalty=20)
    term.grade(hand_in(visit(LATE).page, spends_none), "mistakes", LATE, penalty=20)
    ada = visit(GRACE)
    term.grade(hand_in(ada.page, "Spend 2 of my 2 grace days: lateness takes nothing"), "full", GRACE)
    term.grade(hand_in(visit(EXTENDED).page), "poor", EXTENDED)

    stan, sena = visit("stan"), visit("sena")
    grade_by_keyboard(term, stan.page, sena.page)
    grade_the_rest(term)
    ada.page.goto(HW)
    assert " 88 / 108" in " ".join(ada.page.locator(".history").inner_text().split())  # nothing is released
    page.goto(HW + "grading/")
    assert f"All {2 * len(term.by_tests)} answers" in page.locator(".lead").inner_text()
    page.get_by_role("button", name="Release to students").click()

    scores = term.scores()
    assert term.kept() == scores
    assert len([each for each in scores.values() if each is None]) == len(ABSENT)
    whole = shown(page)
    assert whole.keys() == scores.keys()
    for login, score in scores.items():
        told = whole[login].split()[0]
        assert (told == "○") if score is None else float(told) == pytest.approx(score, abs=0.005), login
    rows = dict(exported(page))
    assert rows.keys() == scores.keys()
    for login, row in rows.items():
        assert row[TITLE] == "" if scores[login] is None else float(row[TITLE]) == pytest.approx(scores[login]), login
        assert row["Section"] == sections[login]
        assert ("late" in row[f"{TITLE}: state"]) == (login in {TOGETHER, MATE, LATE}), login
        assert float(row[f"{TITLE}: of"]) == MOST
    known = [score for score in scores.values() if score is not None]
    page.goto(HW + "statistics/")
    said = " ".join(page.locator("main").inner_text().split())
    assert f"{len(known)} of {PEOPLE} students have handed in" in said
    assert f"Half of those with a score have {round(statistics.median(known), 2):g} of 108 points or more" in said
    for student, login in ((ada, GRACE), (other, MATE)):
        student.page.goto(HW)
        told = " ".join(student.page.locator(".history").inner_text().split())
        assert f"{scores[login]:g} / 108" in told
    page.goto(f"{COURSE}students/{LATE}/")
    assert f"{scores[LATE]:g} / 108" in page.locator("table.stacks tbody").inner_text()

    # A member of staff who is limited to a section, and who is of no course.
    of_b = {login for login, section in sections.items() if section == "B"}
    assert shown(sena.page) == {login: text for login, text in whole.items() if login in of_b}
    assert shown(sena.page, "?section=A").keys() <= of_b
    beyond = [f"/submissions/{term.handed_in[GRACE]}/", f"{COURSE}students/{GRACE}/"]
    assert [sena.page.goto(path).status for path in beyond] == [404, 404]
    assert sena.page.goto(f"/submissions/{term.handed_in[LATE]}/").status == 200
    outsider = visit("oz")
    for path in (*beyond, COURSE, HW, COURSE + "gradebook", COURSE + "roster/", HW + "grading/"):
        assert outsider.page.goto(path).status == 404, path
    complaints = [each.complaints for each in (ines, one, other, ada, stan, sena, outsider)]
    assert complaints == [[]] * len(complaints)
    with school.database.read() as session:
        spent = session.scalars(
            select(Submission.grace_days).join(Author).where(Author.user_id == school.users["ada"].id)
        )
        assert spent.all() == [2]
        assert session.get_one(Assignment, school.assignment.id).points_released_at is not None
