"""A change of tests as an instructor lives it in a browser, with 200 students: synced, checked, run in the shadow,
read, published, taken back and exported. Every score on every page is held against the database, and against what each
hand-in was made to get."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import random
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from grader.grading import Examiners
from grader.report import OnEvent, Report
from submissions.handing_in import intake
from submissions.models import Assignment, AuditEntry, Enrolment, Grading, Role, State, User, now
from submissions.people.reach import WHOLE
from submissions.regrades import regrades
from submissions.scores import counting
from tests import term
from tests.bundled import copy_of
from tests.faults.handins import HOMEWORK
from tests.school import School, tar
from workers.grade import Worker

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.slow, pytest.mark.timeout(400)]

STUDENTS = 200
FUNCTIONS = {
    "double": "def double(x):\n    return 2 * x\n",
    "rows": "def rows(x):\n    return x.sum(axis=1)\n",
    "turn": "def turn(x):\n    return x[::-1]\n",
}
BEFORE = {"double": 1, "rows": 2, "turn": 4}
AFTER = {"double": 1, "rows": 1, "turn": 5}
PAGE = "/courses/dl/assignments/cheap/"
REASON = "Turning an array around is worth more than summing its rows."


class Once:
    """The real examiners, which grade the same bytes by the same tests once: that the tests repeat is checked."""

    def __init__(self, examiners: Examiners) -> None:
        self._examiners = examiners
        self._kept: dict[tuple[str, str], Report] = {}

    def grade(self, suite: Path, handin: Path, on_event: OnEvent) -> Report:
        key = (suite.name, hashlib.sha256(handin.read_bytes()).hexdigest())
        if key not in self._kept:
            self._kept[key] = self._examiners.grade(suite, handin, on_event)
        return self._kept[key]

    def cancel(self) -> None:
        self._examiners.cancel()

    def close(self) -> None:
        """They are the session's."""


@dataclass
class Lived:
    """The course: what each student got right, by login, and the ways in which things happen in it."""

    school: School
    folder: Path
    worker: Worker
    right: dict[str, frozenset[str]] = field(default_factory=dict)

    def handin(self, *arguments: str) -> str:
        """The command, run on the service's data."""
        environment = {**os.environ, "HANDIN_DATA": str(self.school.settings.data)}
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments], env=environment, capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync(self) -> str:
        return self.handin("assignment", "sync", "dl", str(self.folder))

    @property
    def assignment(self) -> Assignment:
        with self.school.database.read() as session:
            return session.scalars(select(Assignment).where(Assignment.slug == "cheap")).one()

    def hand_in(self, chance: random.Random) -> None:
        """Every student hands in, each with some of the functions right."""
        with self.school.database.read() as session:
            enrolled = select(User).join(Enrolment, Enrolment.user_id == User.id).where(Enrolment.role == Role.STUDENT)
            students = session.scalars(enrolled.order_by(User.id)).all()
        assignment = self.assignment.id
        for student in students:
            right = frozenset(name for name in FUNCTIONS if chance.random() < 0.6)
            self.right[student.login] = right
            source = [FUNCTIONS[name] if name in right else f"def {name}(x):\n    return x + 1\n" for name in FUNCTIONS]
            intake.accept(
                self.school.database,
                self.school.blobs,
                assignment_id=assignment,
                user_id=student.id,
                filename="handin.tar",
                stream=io.BytesIO(tar({"small.py": "\n\n".join(source)})),
                received_at=now(),
                max_bytes=1_000_000,
                receipt_key=self.school.secrets.receipt_key,
                wake=lambda *_: True,
            )

    def work(self) -> None:
        """What waits is graded."""
        with self.school.database.read() as session:
            waiting = session.scalars(select(Grading.id).where(Grading.state == State.QUEUED)).all()
        for grading in waiting:
            self.worker.grade(grading)

    def work_until_the_review(self) -> None:
        while not regrades.advance(self.school.database):
            self.work()

    def scores(self, points: dict[str, int]) -> dict[str, float]:
        """What each student's hand-in gets by tests with these points."""
        return {login: float(sum(points[name] for name in right)) for login, right in self.right.items()}

    def kept(self) -> dict[str, float]:
        """What counts, in the database."""
        counts = counting.that_count([self.assignment.id], WHOLE)
        with self.school.database.read() as session:
            asked = (
                select(User.login, Grading.score)
                .join(counts, counts.c.user_id == User.id)
                .join(Grading, Grading.id == counts.c.grading_id)
            )
            return {row.login: row.score for row in session.execute(asked)}


@pytest.fixture
def lived(school: School, examiners: Examiners, tmp_path: Path) -> Lived:
    folder = copy_of(HOMEWORK, tmp_path / "homework")
    settings = folder / "assignment.toml"
    settings.write_text(f"seed = {random.Random(5).getrandbits(62)}\n" + settings.read_text())
    (folder / "handout").mkdir()
    (folder / "handout" / "small.py").write_text(
        "\n\n".join(f"def {name}(x):\n    raise NotImplementedError\n" for name in FUNCTIONS)
    )
    term.fill(school, students=STUDENTS - 3, assignments=0)  # and the three of the cast
    worker = Worker(school.database, school.blobs, Once(examiners), tmp_path / "suites", school.settings)
    return Lived(school, folder, worker)


def gradebook(page: Page) -> dict[str, float]:
    """The scores that the gradebook shows, by login."""
    page.goto("/courses/dl/gradebook?of=cheap")
    rows = page.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [row.querySelector('th > span').textContent, row.querySelector('td').textContent])"
    )
    return {login.split(" ")[0]: float(score) for login, score in rows}


def exported(page: Page) -> dict[str, float]:
    """The scores in the file for spreadsheets."""
    page.goto("/courses/dl/gradebook?of=cheap")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    rows = csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig")))
    return {row["Login"]: float(row["Three small functions"]) for row in rows}


def reviewed(page: Page, only: str) -> dict[str, tuple[float, float]]:
    """Before and after, by login, of all pages of the review's rows of that kind."""
    found: dict[str, tuple[float, float]] = {}
    page.goto(page.url.partition("?")[0] + f"?only={only}")
    while True:
        table = page.locator("table.stacks").last
        for who, before, after, *_ in table.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.children].map(cell => cell.innerText))"
        ):
            found[who.split()[-1]] = (float(before), float(after))
        if not page.get_by_role("link", name="Next").count():
            return found
        page.get_by_role("link", name="Next").click()


def begin(page: Page, hash_begins: str) -> None:
    """Begins a regrade of what counts with that version of the tests."""
    page.goto(PAGE + "regrades/")
    page.get_by_label("Version of the tests").select_option(
        value=page.locator("#suite option", has_text=hash_begins).get_attribute("value")
    )
    page.get_by_label("Why?").fill(REASON)
    page.get_by_role("button", name="Begin").click()


def in_both(lived: Lived, page: Page, expected: dict[str, float]) -> None:
    assert lived.kept() == expected
    assert gradebook(page) == expected
    assert exported(page) == expected


def test_a_change_of_tests_is_read_before_it_counts_and_can_be_taken_back(
    lived: Lived, visit: Callable[..., object]
) -> None:
    lived.handin("assignment", "check", str(lived.folder))
    assert "is published" in lived.sync()
    lived.hand_in(random.Random(11))
    lived.work()
    before, after = lived.scores(BEFORE), lived.scores(AFTER)
    assert len(before) == STUDENTS
    rises = {login for login in before if after[login] > before[login]}
    falls = {login for login in before if after[login] < before[login]}
    assert rises
    assert falls
    ines = visit("ines")
    page: Page = ines.page
    in_both(lived, page, before)

    test = lived.folder / "test_small.py"
    changed = re.sub(r'"Sums the rows", points=2', '"Sums the rows", points=1', test.read_text())
    test.write_text(changed.replace('"Turns an array around", points=4', '"Turns an array around", points=5'))
    told = lived.sync()
    assert "is kept, and not published" in told
    synced = re.search(r"suite (\w{10})", told)[1]
    page.goto(PAGE + "tests/")
    page.get_by_role("link", name=synced).first.click()
    said = page.locator("main").inner_text()
    assert "Sums the rows" in said
    assert "Turns an array around" in said
    in_both(lived, page, before)

    begin(page, synced)
    lived.work_until_the_review()
    page.reload()
    lead = f"{STUDENTS} graded again: {len(rises)} rise, {len(falls)} fall, {STUDENTS - len(rises) - len(falls)} stay"
    assert lead in page.locator("main").inner_text()
    review = page.url
    for only, logins in (("falls", falls), ("rises", rises), ("stays", before.keys() - rises - falls)):
        assert reviewed(page, only) == {login: (before[login], after[login]) for login in logins}
    in_both(lived, page, before)

    page.goto(review)
    page.get_by_role("button", name="Publish where no score falls").click()
    in_both(lived, page, {login: max(score, after[login]) for login, score in before.items()})
    page.goto(review)
    page.get_by_role("button", name="Take it back").click()
    in_both(lived, page, before)

    begin(page, synced)
    lived.work_until_the_review()
    page.reload()
    page.get_by_role("button", name="Publish all").click()
    in_both(lived, page, after)
    page.goto(PAGE + "statistics/")
    shown = " ".join(page.locator("main").inner_text().split())
    assert f"{STUDENTS} of {STUDENTS} students have handed in" in shown
    assert f"{sum(score == 7 for score in after.values())} have full marks" in shown
    assert f"Half of those with a score have {statistics.median(after.values()):g} of 7 points or more" in shown
    tenths = Counter(min(9, int(10 * score / 7)) for score in after.values())
    titles = page.locator("section[aria-labelledby=scores] rect title").all_text_contents()
    assert titles == [f"{10 * n} to {10 * n + 10} %: {count}" for n, count in sorted(tenths.items())]
    page.goto(PAGE + "groups/")
    groups = " ".join(page.locator("main").inner_text().split())
    for title, name in (("Doubles an array", "double"), ("Sums the rows", "rows"), ("Turns an array around", "turn")):
        passing = sum(name in right for right in lived.right.values())
        assert re.search(rf"{title} \d+ points? \d+ % {passing} of {STUDENTS} pass", shown), (title, passing)
        assert re.search(rf"(?<!\d){STUDENTS - passing} students", groups), title
    for login in (min(rises), min(falls), min(before.keys() - rises - falls)):
        page.goto(f"/courses/dl/students/{login}/")
        row = page.locator("table.stacks tbody tr", has_text="Three small functions").inner_text()
        assert row.split("\t")[-1].strip() == f"{after[login]:g} / 7", row

    ada = visit("ada").page
    ada.goto(PAGE)
    ada.locator(".history a").first.click()
    told = ada.locator("main").inner_text()
    assert (REASON in told) == (after["ada"] != before["ada"])
    assert ines.complaints == []
    with lived.school.database.read() as session:
        done = Counter(session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "ines")))
    assert done == {"regrade.begin": 2, "regrade.published": 2, "regrade.reverted": 1}
