"""Every page as people get it: accessible, in both schemes, at both widths, light, and within the policy.

Here those of students and visitors are looked at; those of staff and of instructors in a file each.

With HANDIN_PICTURES=FOLDER each page is also kept as a picture there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe

from grader.checking import Found, Level, Place, Result, Survey, Survivor
from submissions.changes import extensions
from submissions.gradings import lifecycle
from submissions.models import Assignment, Decision, Role, now
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.regrades import regrades
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import Release
from submissions.scores import by_hand, error_groups
from submissions.suites import check_runs, courses
from submissions.suites.check_runs import Doing
from submissions.talk import comments
from tests import term, written
from tests.school import MANIFEST, School, archive, outcomes

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

HW = "/courses/dl/assignments/hw1p1/"
Make = Callable[[School], str]


def _at(path: str) -> Make:
    return lambda _school: path


def _submission(make: str, **options: Any) -> Make:
    return lambda school: f"/submissions/{getattr(school, make)(**options)}/"


def _lived_in(school: School) -> str:
    school.hand_out(b"a zip file")
    school.graded("ada", "poor", timedelta(days=2))
    school.graded("ada", "mistakes", timedelta(hours=5), filename="my homework, final (2) vraiment final 提出物.tar")
    school.refused("ada")
    for login in ("bo", "chidi"):
        school.graded(login, "full")
        school.running(login)
        school.upload(login)
    return "/courses/dl/"


def _grouped(school: School) -> None:
    school.joined("kenji", "mei", "a-login-that-is-longer-than-most@students.university.example", section="A")
    school.joined(*(f"more{number}" for number in range(12)))
    school.grouped("ada", "bo")
    school.grouped("kenji", "mei", name="Die Unentwegten 提出物")
    school.grouped("a-login-that-is-longer-than-most@students.university.example")
    school.rules(group_size=3, grace_days=2, takes_grace=True, late_percent=10.0)
    school.graded("bo")


def _groups_of_another(school: School) -> str:
    _grouped(school)
    with school.database.write() as session:
        made = courses.create_assignment(session, school.course.id, "hw1p2", "Homework 1 Part 2", suite=school.suite)
        made.group_size = 3
    return "/courses/dl/assignments/hw1p2/student-groups/file/?from=hw1p1"


def _asked_to_join(school: School) -> None:
    school.asks_to_join("chidi", "bo")
    school.asks_to_join("bo", "a-login-that-is-longer-than-most@students.university.example")


def _late(school: School) -> str:
    school.due(now() - timedelta(hours=3))
    return f"/submissions/{school.graded('chidi', 'poor')}/"


def _with(path: str, *happened: Callable[[School], Any]) -> Make:
    def make(school: School) -> str:
        for each in happened:
            each(school)
        return path

    return make


def _file_gone(school: School) -> str:
    """A hand-in whose file was taken from the store: a fault of ours, with a page of its own."""
    submission = school.upload("ada")
    school.blobs.path(school.submissions()[0].blob).unlink()
    return f"/submissions/{submission}/file"


def _second_course(school: School) -> None:
    with school.database.write() as session:
        other = courses.create_course(
            session, "other", "A second course with quite a long title, as courses have", "Fall"
        )
        people.enrol(session, other.id, school.users["ada"].id, Role.STAFF)


def _past_courses(school: School) -> None:
    with school.database.write() as session:
        for number in range(5):
            term = ("Fall 2024", "Spring 2025", "")[number % 3]
            title = f"A past course 過去の講義 with quite a long title, as courses have, number {number}"
            past = courses.create_course(session, f"past{number}", title, term)
            people.enrol(session, past.id, school.users["ada"].id, Role.STUDENT)
            due_at = now() - timedelta(days=100 * (number % 3 + 1))
            courses.create_assignment(session, past.id, "hw", "Homework", due_at=due_at)


def _all_past(school: School) -> None:
    _past_courses(school)
    school.due(now() - timedelta(days=90))


def _elsewhere(school: School) -> None:
    with school.database.write() as session:
        people.start_session(session, school.users["ada"].id, "192.0.2.7", "Firefox/140 Windows")
        people.create_api_token(
            session, school.users["ada"].id, "the laptop with a long name that I forgot on the train"
        )


def _half_graded(school: School) -> str:
    submission = school.answered("ada", kind="mistakes")
    comment = "The factor must be **positive** to cancel: say that $e^c > 0$."
    school.give(submission, "q1-1", 6, comment, rubric=(0, 1, 2))
    return f"/submissions/{submission}/"


def _nothing_written(school: School) -> str:
    return f"/submissions/{school.answered('ada', notebook=written.notebook(written.text('## Q1.1')))}/"


def _in_a_pdf(school: School) -> str:
    empty = written.notebook()
    return f"/submissions/{school.answered('ada', notebook=empty, **{'proofs.pdf': written.PDF})}/"


def _in_a_picture_and_code(school: School) -> str:
    school.add_written_answers("plot.png", "attention.py")
    code = written.CODE.encode() + b"# " + b"a long line " * 30
    return f"/submissions/{school.answered('ada', **{'plot.png': written.picture(900, 500), 'attention.py': code})}/"


def _to_grade_by_hand(school: School) -> str:
    school.answered("ada")
    for login in ("bo", "chidi"):
        school.graded(login, ago=timedelta(hours=2))
    return "/courses/dl/hand-ins?only=by-hand"


def _many_answers(school: School) -> str:
    """Two graders at work on the answers of a few students; one of them has one open."""
    first = school.answered("ada")
    for login in ("bo", "chidi"):
        school.answered(login)
    school.give(first, "q1-1", 6, "Say why.", rubric=(0, 1, 2))
    with school.database.write() as session:
        by_hand.open_answer(session, 2, "q1-1", school.users["ines"].id, now())
    return HW + "grading/"


def _held(school: School) -> str:
    path = _many_answers(school)
    school.hold_points()
    return path


def _few_hints(school: School) -> str:
    school.hint_budget(3, 24)
    submission = school.graded("ada")
    school.open_hints("Linear backward")
    return f"/submissions/{submission}/"


def _no_hints_left(school: School) -> str:
    _few_hints(school)
    school.hint_budget(1, 24)
    return "/submissions/1/"


def _notebook(school: School) -> str:
    return f"/submissions/{school.answered('ada')}/documents/hw1.ipynb"


def _broken_notebook(school: School) -> str:
    return f"/submissions/{school.answered('ada', notebook=b'{')}/documents/hw1.ipynb"


def _damaged(school: School) -> None:
    submission = school.submissions()[0]
    school.blobs.path(submission.blob).unlink()
    school.lives(workers=0)


def _handed_in(school: School) -> None:
    for login, kind in (("ada", "full"), ("bo", "poor"), ("chidi", "mistakes")):
        school.graded(login, kind)


def _reviewed(school: School) -> None:
    _handed_in(school)
    school.regraded(reason="The test of `Linear.backward` compared with the wrong batch size.")
    school.reviewed(outcomes("mistakes"))


def _unsteady(school: School) -> None:
    """The second run of what changed gives other points than the first."""
    _handed_in(school)
    school.regraded(reason="The test of `Linear.backward` compared with the wrong batch size.")
    school.reviewed(outcomes("mistakes"), outcomes("poor"))


def _by_ines(move: Callable[..., object]) -> Callable[[School], None]:
    """The move of the first regrade, by her."""

    def moved(school: School) -> None:
        with school.database.write() as session:
            move(session, 1, school.users["ines"])

    return moved


def _reviewed_in_every_way(school: School) -> None:
    """Every hand-in again, by tests that refuse one, meet a fault, differ, and change what a person grades."""
    first = school.answered("ada", kind="full")
    school.give(first, "q1-1", 8)
    school.give(first, "q1-2", 6.5)
    for login, kind, hours in (
        ("bo", "mistakes", 0),
        ("chidi", "poor", 30),
        ("chidi", "full", 0),
        ("dang", "full", 0),
        ("lena", "mistakes", 0),
        ("left", "full", 0),
    ):
        if login not in school.users:
            school.joined(login)
        school.graded(login, kind, timedelta(hours=hours))
    school.left("left")
    tasks = [*MANIFEST["tasks"], {**written.TASKS[0], "points": 5.0}]
    newer = school.synced({**MANIFEST, "tasks": tasks}, b"# newer", "test_linear.py", "ines")
    reason = "The test of `Linear.backward` compared with the wrong batch size, and Q1.2 was withdrawn in the lecture."
    with school.database.write() as session:
        assignment = session.get_one(Assignment, school.assignment.id)
        regrades.begin(session, assignment, newer, Chosen.EVERY, reason, school.users["ines"])
    after = {"ada": "mistakes", "bo": "full", "lena": "full", "left": "poor"}
    run = 0
    while not regrades.advance(school.database):
        run += 1
        for grading in school.waiting():
            lease = lifecycle.claim(school.database, grading.id, 60)
            login = grading.submission.user.login
            if login == "chidi" and grading.replaces.score == outcomes("full").score:
                lifecycle.refuse(school.database, lease, "`hw1/hw1.py` is missing.")
            elif login == "dang":
                lifecycle.fault(school.database, lease, "OSError: No space left on device", 1)
            else:
                kind = "poor" if login == "lena" and run == 2 else after.get(login, "mistakes")
                lifecycle.finish(school.database, lease, outcomes(kind))


_FOUND = Result(
    "",
    (
        Found(
            Level.WARNING, "test_linear.py", "test_bias", "line 2: students read nothing: give the `assert` a sentence"
        ),
        Found(Level.WARNING, "mistakes/gradient_summed_over_the_batch.toml", "", "whoever makes it is not told"),
    ),
    Survey(
        805,
        0,
        (
            Survivor(
                Place("mytorch/batchnorm.py", 0, 43, 9),
                "None",
                "`self.running_mean = self.alpha * self.running_mean + (1 - self.alpha) * self.mean` was left out",
                "in test_batch_normalization_in_training it differs with the inputs as they are",
            ),
            Survivor(
                Place("mytorch/linear.py", 0, 19),
                "x",
                "`x` became `+x`",
                "no difference found: with other numbers, shapes and sizes it gives the same values too",
                equivalent=True,
            ),
            Survivor(
                Place("hw1/hw1.py", 0, 117),
                "pass",
                "`np.random.shuffle(order)` was left out",
                "Each hand-in shuffles as it likes.",
                named=True,
            ),
        ),
        (),
    ),
)

CODE = '''"""Linear layers."""
import numpy as np


class Linear:
    def forward(self, x):
        self.x = x
        # a long comment that tells what this line does, at more length than a phone is wide, as some write
        return x.dot(self.W) + self.b

    def backward(self, delta):
        self.dW = np.dot(self.x.T, delta)
        return delta.dot(self.W.T)
'''


def _commented(school: School) -> str:
    submission = school.graded("ada", content=archive(**{"mytorch/linear.py": CODE, "data.bin": b"\xff\x00"}))
    school.say(submission, "A clear hand-in.\nSee what I say about `backward`: the other layers have it right.")
    school.say(submission, "The batch is missing here: divide by `len(x)`.", path="mytorch/linear.py", line=12)
    school.say(submission, "提出物を確認しました。", "ines", path="mytorch/linear.py", line=12)
    _answered(school)
    return f"/submissions/{submission}/code/mytorch/linear.py"


def _spoken_of(school: School) -> str:
    submission = school.answered("ada")
    school.say(submission, "Which of the two is it? See `Q1.1`.", path="hw1.ipynb", line=2)
    school.say(submission, "A clear sketch.", "ines", path="hw1.ipynb", line=3)
    return f"/submissions/{submission}/documents/hw1.ipynb"


def _answered(school: School) -> str:
    """All who sum instead of averaging are told; the key of their group."""
    with school.database.write() as session:
        found = error_groups.groups(session, school.assignment, WHOLE).groups
        group = next(each for each in found if each.test == "test_linear-layer.py::1")
        members = [each.submission_id for each in error_groups.members(session, school.assignment, WHOLE, group)]
        text = "Divide by the number of rows: the loss is a mean."
        comments.reply(session, school.assignment, group.test, group.key, members, text, school.users["stan"])
    return group.key


def _replied(school: School) -> str:
    for login, by in (("bo", " / len(delta)"), ("chidi", "")):
        text = CODE.replace("np.dot(self.x.T, delta)", f"np.dot(self.x.T, delta){by}")
        school.graded(login, "poor", content=archive(**{"mytorch/linear.py": text}))
    return f"{HW}groups/{_answered(school)}/"


def _mended(school: School) -> str:
    address = _replied(school)
    for login in ("bo", "chidi"):
        school.graded(login, "full")
    return address


def _newer_tests(school: School) -> None:
    tests = [*MANIFEST["tests"][1:], {**MANIFEST["tests"][0], "id": "test_linear.py::bias", "title": "Bias"}]
    school.synced(
        {**MANIFEST, "tests": tests}, b"def test_bias():\n    assert bias()\n", "test_linear.py", "ines", _FOUND
    )


def _tests_to_mend(school: School) -> None:
    wrong = Found(Level.ERROR, "test_linear.py", "test_bias", "it catches no mutant of the reference: it always passes")
    school.synced(MANIFEST, b"# nothing\n", "test_linear.py", "ines", Result("", (wrong,), _FOUND.mutants))


def _checked_in_part(school: School) -> None:
    lease = check_runs.claim(school.database, school.checking(), 60)
    check_runs.pause(school.database, lease, {}, Doing("mutant 214 of 818: mytorch/batchnorm.py, line 43", 213, 818))


def _check_failed(school: School) -> None:
    lease = check_runs.claim(school.database, school.checking(), 60)
    check_runs.fault(
        school.database, lease, "the sandbox did not start: bwrap: No permissions to create a new namespace", 1
    )


def _decided(school: School) -> None:
    school.graded("chidi", "mistakes")
    school.decided("chidi", Decision.POINTS, -2.5, "Handed in by mail, after the portal was up again.")
    school.decided("chidi", Decision.OVERRIDE, 88, "提出物を口頭で確認しました。\nBoth tests of momentum were wrong.")
    school.decided("bo", Decision.EXCUSE, None, "In hospital; the note is with the office.")
    withdrawn = school.decided("chidi", Decision.POINTS, 1, "A slip of the finger.")
    school.withdrawn(withdrawn, "chidi")


def _asked(school: School) -> None:
    chidi, bo = school.graded("chidi", "mistakes"), school.graded("bo", "full")
    first = school.asked(chidi, "`Momentum` is in the file:\nclass Momentum, line 40.", "momentum")
    school.answered_request(first, "declined", "Line 40 is in a comment.\nSee the hint of the test.")
    school.asked(chidi, "これは同じ誤りです。 My `dW` is averaged, and the tests say that it is summed.")
    school.asked(bo, "I have full marks and would like to know whether my loop is slow.")


def _left(school: School) -> None:
    school.joined("gone", "kenji", section="Tuesday, 8 o'clock, room 2.14")
    school.left("gone", "chidi")
    school.graded("chidi")


def _near_and_behind(school: School) -> None:
    school.joined("kenji", section="Tuesday, 8 o'clock, room 2.14")
    with school.database.write() as session:
        for number in range(3):
            due = now() - timedelta(days=7 * number + 3)
            courses.create_assignment(
                session,
                school.course.id,
                f"hw{number}",
                f"Homework {number}: convolutions",
                due_at=due,
                suite=school.suite,
            )
    school.due(now() + timedelta(hours=30))
    school.upload("ada")


def _to_invite(school: School) -> None:
    school.joined(
        "kenji", "zoe@students.a-university-with-a-long-name.example", section="Tuesday, 8 o'clock, room 2.14"
    )
    school.invited("kenji")


def _invited(school: School) -> str:
    _to_invite(school)
    return school.invited("zoe@students.a-university-with-a-long-name.example")


def _sectioned(school: School) -> None:
    """Stan is limited to a section with a long name, and to one that is gone."""
    school.joined("kenji", section="Tuesday, 8 o'clock, room 2.14")
    school.joined("zoe", section="A")
    school.limited("stan", "Tuesday, 8 o'clock, room 2.14", "The one that was closed")


def _roster_sent(school: School) -> None:
    school.joined("kenji", "gone", section="A")
    school.left("bo")
    lines = (
        "login;name;section;role;student number",
        "ada;Ada Lovelace-Byron, Countess of Lovelace and of much else that names hold;B;;1",
        "kenji;山田 健二;B;;2",
        "bo;Bo Søndergård;;;3",
        "zoe@students.a-university-with-a-long-name.example;Ζωή Παπαδοπούλου;A;student;4",
        "gone;=HYPERLINK(1);A;student;5",
        "stan;Stan Staff;;dean;6",
        "new;;A;;7",
    )
    school.roster("\n".join(lines))


def _sections_moved(school: School) -> str:
    """Scores hang on the extension of a section that students leave by the file, and come to."""
    _grouped(school)
    school.due(now() - timedelta(hours=5))
    school.rules(late_percent=12.5)
    with school.database.write() as session:
        until = now() + timedelta(days=2)
        extensions.give(session, school.assignment.id, "", "A", until, "The room was closed.", "ines")
    for login in ("kenji", "mei", "chidi", "ada"):
        school.graded(login, "full")
    number = school.roster("login,section\nkenji,Tuesday 8 o'clock\nchidi,A\nada,A\nmore2,B")
    return f"/courses/dl/roster/file/{number}/"


def _ruled(school: School) -> None:
    due_at = datetime(2027, 3, 14, 3, 59, tzinfo=UTC)  # the clocks go forward the night after
    limits = {"most_uploads": 5, "upload_hours": 24, "pause_minutes": 30}
    school.rules(4, due_at=due_at, ends_at=due_at + timedelta(days=5), late_percent=12.5, takes_grace=True, **limits)


def _extended(school: School) -> None:
    _ruled(school)
    school.joined("kenji", section="Tuesday, 8 o'clock, room 2.14")
    school.extended("ada")
    school.extended("chidi", timedelta(days=9), "提出物を確認しました。 Was in hospital, the letter is in the office.")


def _many_dates(school: School) -> None:
    _ruled(school)
    with school.database.write() as session:
        for slug, title, ago in (
            (
                "hw2",
                "Homework 2: 畳み込み — convolutions, max pooling and all that follows from their backward pass",
                20,
            ),
            ("hw3", "Homework 3", 150),
            ("project", "The project", 0),
        ):
            due = now() - timedelta(days=ago) if ago else None
            opens = due and due - timedelta(days=14)
            courses.create_assignment(session, school.course.id, slug, title, opens_at=opens, due_at=due)


def _empty_course(school: School) -> None:
    with school.database.write() as session:
        other = courses.create_course(session, "other", "Ein Kurs ohne Aufgaben", "", "Europe/Berlin")
        people.enrol(session, other.id, school.users["ines"].id, Role.INSTRUCTOR)


def _announced(school: School) -> None:
    school.announced(
        "提出物について: the rooms of next week's recitations have changed once more, please read",
        "We meet in **Hall 2**, $n = 400$ of us:\n\n- bring a laptop,\n- `import numpy` must work.\n\n"
        "| day | room |\n|---|---|\n| Mo | 2.14 |\n\n```python\nnp.random.seed(11785)\n```",
        pinned=True,
    )
    for number in range(4):
        school.announced(f"Week {number}", "Read chapter [three](https://example.edu).")
    school.announced("Mended a test", "Hand in *again*.", assignment_id=school.assignment.id)
    school.announced("Final", "Not before June.", shown_from=now() + timedelta(days=30))


def _late_with_grace(school: School) -> None:
    school.rules(3, due_at=now() - timedelta(hours=30), late_percent=10.0, takes_grace=True, counted="best")
    school.graded("ada", "poor", ago=timedelta(days=3))


def _judged(school: School) -> None:
    submission = school.answered("ada")
    school.give(submission, "q1-1", 6, "The factor must be **positive** to cancel.", rubric=(0, 1))


def _whole_class(school: School) -> None:
    """A few weeks of a course of thirty, with every state there is; what the cast did among it."""
    term.fill(school, 30, 5, tests=True)
    _late(school)
    for kind in ("poor", "mistakes", "full", "mistakes"):
        school.graded("ada", kind)
    school.refused("bo")
    school.decided("ada", Decision.POINTS, 2.5)


# name: (endpoint, whose browser, what happened before and where it is)
PAGES: dict[str, tuple[str, str, Make]] = {
    "login": ("login.page", "", _at("/login")),
    "help": ("help.verdicts", "", _at("/help")),
    "courses": ("courses.home", "ada", _with("/", _second_course)),
    "courses-past": ("courses.home", "ada", _with("/", _second_course, _past_courses)),
    "courses-all-past": ("courses.home", "ada", _with("/", _all_past)),
    "no-courses": ("courses.home", "oz", _at("/")),
    "course": ("courses.page", "ada", _lived_in),
    "course-new": ("courses.page", "bo", _at("/courses/dl/")),
    "course-empty": ("courses.page", "ada", _with("/courses/other/", _second_course)),
    "course-staff": ("courses.page", "ines", _lived_in),
    "course-faults": (
        "courses.page",
        "ines",
        _with("/courses/dl/", lambda s: s.faulty("ada"), lambda s: s.faulty("bo")),
    ),
    "hand-ins": ("courses.hand_ins", "ines", _with("/courses/dl/hand-ins", _lived_in)),
    "hand-ins-section": (
        "courses.hand_ins",
        "ines",
        _with("/courses/dl/hand-ins?section=Tuesday%2C+8+o%27clock%2C+room+2.14", _left, lambda s: s.graded("kenji")),
    ),
    "hand-ins-none": ("courses.hand_ins", "stan", _at("/courses/dl/hand-ins")),
    "hand-ins-nobody": ("courses.hand_ins", "stan", _at("/courses/dl/hand-ins?who=nobody%20of%20this%20name")),
    "gradebook": ("gradebook.page", "ines", _with("/courses/dl/gradebook", _whole_class)),
    "gradebook-tasks": ("gradebook.page", "stan", _with("/courses/dl/gradebook?of=hw1p1&sort=in:hw1p1", _whole_class)),
    "gradebook-nobody": ("gradebook.page", "stan", _at("/courses/dl/gradebook?who=nobody%20of%20this%20name")),
    "statistics": ("statistics.page", "ines", _with("/courses/dl/assignments/term3/statistics/", _whole_class)),
    "statistics-none": ("statistics.page", "stan", _at(HW + "statistics/")),
    "student": ("students.page", "ines", _with("/courses/dl/students/ada/", _whole_class)),
    "student-new": ("students.page", "stan", _at("/courses/dl/students/chidi/")),
    "assignment": ("assignments.page", "ada", _with(HW, _lived_in)),
    "assignment-new": ("assignments.page", "bo", _at(HW)),
    "assignment-late": ("assignments.page", "chidi", _with(HW, _late)),
    "waiting": (
        "submissions.page",
        "ada",
        _with("/submissions/2/", lambda s: s.upload("bo"), lambda s: s.upload("ada")),
    ),
    "running": ("submissions.page", "ada", _submission("running", tests=9)),
    "full-marks": ("submissions.page", "ada", _submission("graded", kind="full")),
    "mistakes": ("submissions.page", "ada", _submission("graded", kind="mistakes")),
    "poor-and-late": ("submissions.page", "chidi", _late),
    "submission-staff": ("submissions.page", "ines", _late),
    "refused": ("submissions.page", "ada", _submission("refused")),
    "fault": ("submissions.page", "ada", _submission("faulty")),
    "fault-staff": ("submissions.page", "ines", _submission("faulty")),
    "superseded": ("submissions.page", "ada", _with("/submissions/1/", lambda s: s.upload(), lambda s: s.upload())),
    "written": ("submissions.page", "ada", _half_graded),
    "written-staff": ("submissions.page", "ines", _half_graded),
    "written-missing": ("submissions.page", "stan", _nothing_written),
    "written-pdf": ("submissions.page", "ines", _in_a_pdf),
    "by-hand": ("courses.hand_ins", "stan", _to_grade_by_hand),
    "course-by-hand": ("courses.page", "stan", _with("/courses/dl/", _to_grade_by_hand)),
    "grading-none": ("by_hand.page", "ines", _at(HW + "grading/")),
    "grading": ("by_hand.page", "stan", _with(HW + "grading/", _many_answers)),
    "grading-held": ("by_hand.page", "ines", lambda s: _held(s) and HW + "grading/"),
    "written-held": ("submissions.page", "ada", lambda s: _held(s) and "/submissions/1/"),
    "answer": ("by_hand.one", "stan", lambda s: _many_answers(s) + "q1-1/3/"),
    "answer-elsewhere": ("by_hand.one", "stan", lambda s: _many_answers(s) + "q1-1/2/?who=1"),
    "written-files": ("submissions.page", "ines", _in_a_picture_and_code),
    "answer-picture": ("by_hand.one", "ines", lambda s: _in_a_picture_and_code(s) and HW + "grading/q1-1/1/"),
    "answer-code": ("by_hand.one", "ines", lambda s: _in_a_picture_and_code(s) and HW + "grading/q1-2/1/"),
    "answer-pdf": ("by_hand.one", "ines", lambda s: _in_a_pdf(s) and HW + "grading/q1-2/1/"),
    "few-hints": ("submissions.page", "ada", _few_hints),
    "no-hints-left": ("submissions.page", "ada", _no_hints_left),
    "notebook": ("documents.page", "ada", _notebook),
    "notebook-staff": ("documents.page", "stan", lambda s: f"{_spoken_of(s)}?cell=2#cell-1"),
    "notebook-broken": ("documents.page", "ada", _broken_notebook),
    "code": ("code.page", "ada", _commented),
    "code-staff": ("code.page", "stan", lambda s: f"{_commented(s)}?line=9#L9"),
    "code-binary": ("code.page", "stan", lambda s: f"{_commented(s).rpartition('/')[0]}/data.bin"),
    "commented": ("submissions.page", "ada", lambda s: f"{_commented(s).partition('/code')[0]}/"),
    "commented-staff": ("submissions.page", "stan", lambda s: f"{_commented(s).partition('/code')[0]}/"),
    "groups": ("error_groups.page", "stan", _with(HW + "groups/", _handed_in)),
    "groups-none": ("error_groups.page", "ines", _at(HW + "groups/")),
    "group": ("error_groups.one", "stan", _replied),
    "group-left": ("error_groups.one", "stan", _mended),
    "regrades-none": ("regrades.page", "ines", _at(HW + "regrades/")),
    "regrades": ("regrades.page", "stan", _with(HW + "regrades/", _reviewed)),
    "regrade-running": (
        "regrades.one",
        "ines",
        _with(HW + "regrades/1/", _handed_in, School.regraded),
    ),
    "regrade-paused": (
        "regrades.one",
        "ines",
        _with(HW + "regrades/1/", _handed_in, School.regraded, _by_ines(regrades.pause)),
    ),
    "regrade-discarded": (
        "regrades.one",
        "stan",
        _with(HW + "regrades/1/", _reviewed, _by_ines(regrades.discard)),
    ),
    "regrade-review": ("regrades.one", "ines", _with(HW + "regrades/1/", _reviewed_in_every_way)),
    "regrade-unsteady": ("regrades.one", "ines", _with(HW + "regrades/1/?only=unsteady", _unsteady)),
    "regrade-reverted": (
        "regrades.one",
        "ines",
        _with(HW + "regrades/1/", _reviewed, lambda s: s.published(1), _by_ines(regrades.revert)),
    ),
    "regrade-published": (
        "regrades.one",
        "ines",
        _with(HW + "regrades/1/?only=held", _reviewed_in_every_way, lambda s: s.published(1, Release.NO_FALLS)),
    ),
    "regraded": ("submissions.page", "ada", _with("/submissions/1/", _reviewed, lambda s: s.published(1))),
    "tests": ("suites.page", "ines", _with(HW + "tests/", _newer_tests)),
    "tests-to-mend": ("suites.one", "ines", _with(HW + "tests/2/", _tests_to_mend)),
    "tests-changed": ("suites.one", "ines", _with(HW + "tests/2/", _newer_tests)),
    "tests-unchecked": ("suites.one", "ines", _with(HW + "tests/2/", School.unchecked)),
    "tests-checking": ("suites.one", "ines", _with(HW + "tests/2/", _checked_in_part)),
    "tests-check-fault": ("suites.one", "ines", _with(HW + "tests/2/", _check_failed)),
    "tests-checking-staff": ("suites.one", "stan", _with(HW + "tests/2/", School.checking)),
    "decisions-none": ("decisions.page", "stan", _at(HW + "decisions/?who=zz")),
    "decisions": ("decisions.page", "ines", _with(HW + "decisions/?who=a", _decided)),
    "decision": ("decisions.one", "ines", _with(HW + "decisions/chidi/", _decided)),
    "decision-staff": ("decisions.one", "stan", _with(HW + "decisions/bo/", _decided)),
    "decided": ("submissions.page", "chidi", _with("/submissions/1/", _decided)),
    "decided-staff": ("submissions.page", "ines", _with("/submissions/1/", _decided)),
    "course-decided": ("courses.page", "chidi", _with("/courses/dl/", _decided)),
    "assignment-excused": ("assignments.page", "bo", _with(HW, _decided)),
    "requests-none": ("requests.page", "stan", _at("/courses/dl/requests")),
    "requests": ("requests.page", "ines", _with("/courses/dl/requests", _asked)),
    "course-requests": ("courses.page", "stan", _with("/courses/dl/", _asked)),
    "asked": ("submissions.page", "chidi", _with("/submissions/1/", _asked)),
    "asked-staff": ("submissions.page", "stan", _with("/submissions/1/", _asked)),
    "roster": ("roster.page", "ines", _with("/courses/dl/roster/", _left)),
    "roster-left": ("roster.page", "ines", _with("/courses/dl/roster/?only=ended", _left)),
    "roster-none-left": ("roster.page", "ines", _at("/courses/dl/roster/?only=ended")),
    "roster-sections": ("roster.sections", "ines", _with("/courses/dl/roster/stan/sections", _sectioned)),
    "roster-sections-none": ("roster.sections", "ines", _at("/courses/dl/roster/stan/sections")),
    "course-limited": ("courses.page", "stan", _with("/courses/dl/", _sectioned)),
    "course-as-student": ("courses.page", "stan", _at("/courses/dl/?as=student")),
    "assignment-as-student": ("assignments.page", "stan", _at(f"{HW}?as=student")),
    # Without formulas: in a disabled fieldset axe takes what scrolls, and can be focused, for what cannot.
    "submission-as-student": (
        "submissions.page",
        "stan",
        lambda school: f"/submissions/{school.graded('ada', 'mistakes')}/?as=student",
    ),
    "gradebook-limited": ("gradebook.page", "stan", _with("/courses/dl/gradebook", _sectioned)),
    "roster-file": ("roster.file", "ines", _at("/courses/dl/roster/file")),
    "at-risk": ("at_risk.page", "stan", _with("/courses/dl/at-risk", _near_and_behind)),
    "at-risk-none": ("at_risk.page", "stan", _at("/courses/dl/at-risk")),
    "invitations": ("invitations.page", "ines", _with("/courses/dl/roster/invitations/", _to_invite)),
    "invitations-none": ("invitations.page", "ines", _at("/courses/dl/roster/invitations/")),
    "invitation": ("invitation.page", "", _invited),
    "invitation-dead": ("invitation.page", "", _at("/invitation/")),
    "roster-draft": ("roster.draft", "ines", _with("/courses/dl/roster/file/1/", _roster_sent)),
    "roster-draft-moves": ("roster.draft", "ines", _sections_moved),
    "gradebook-left": ("gradebook.page", "ines", _with("/courses/dl/gradebook?left=1", _left)),
    "rules": ("rules.page", "ines", _with(HW + "rules/", _ruled)),
    "rubric": ("rubric.page", "ines", _with(HW + "grading/q1-1/rubric/", _judged)),
    "rubric-staff": ("rubric.page", "stan", _with(HW + "grading/q1-2/rubric/", _judged)),
    "announcements": ("announcements.page", "stan", _with("/courses/dl/announcements/", _announced)),
    "announcements-none": ("announcements.page", "ines", _at("/courses/dl/announcements/")),
    "announcement": ("announcements.one", "ines", _with("/courses/dl/announcements/1/", _announced)),
    "announced": ("courses.page", "ada", _with("/courses/dl/", _announced, _decided)),
    "announced-assignment": ("assignments.page", "ada", _with(HW, _announced)),
    "copying": ("copying.page", "ines", _with("/courses/dl/copy/", _many_dates)),
    "copying-none": ("copying.page", "ines", _with("/courses/other/copy/", _empty_course)),
    "news": ("news.page", "ada", _with("/courses/dl/news/", _announced, _extended, _decided, _judged)),
    "news-none": ("news.page", "bo", _at("/courses/dl/news/")),
    "extensions": ("extensions.page", "ines", _with(HW + "extensions/", _extended)),
    "extensions-none": ("extensions.page", "ines", _at(HW + "extensions/")),
    "student-groups": ("groups.page", "stan", _with(HW + "student-groups/", _grouped)),
    "student-groups-none": ("groups.page", "ines", _at(HW + "student-groups/")),
    "group-file": ("group_file.page", "stan", _at(HW + "student-groups/file/")),
    "group-copy": ("group_file.page", "ines", _groups_of_another),
    "assignment-group": ("assignments.page", "ada", _with(HW, _grouped)),
    "assignment-asked": ("assignments.page", "bo", _with(HW, _asked_to_join)),
    "group-hand-in": ("submissions.page", "ada", _with("/submissions/1/", _grouped)),
    "assignment-grace": ("assignments.page", "ada", _with(HW, _late_with_grace)),
    "assignment-paused": ("assignments.page", "ada", _with(HW, _ruled, lambda s: s.graded("ada"))),
    "audit": ("audit.page", "ines", _with("/courses/dl/audit/", _asked, _judged, _decided)),
    "audit-none": ("audit.page", "ines", _at("/courses/dl/audit/?words=nothing&from=2026-02-30")),
    "account": ("account.page", "ada", _with("/account/", _elsewhere)),
    "health": ("health.page", "stan", _with("/health", School.lives)),
    "health-sick": ("health.page", "ines", _with("/health", lambda s: s.faulty("ada"), _damaged)),
    "error-404": ("", "ada", _at("/nothing/here")),
    "error-403": ("", "ada", _at("/courses/dl/hand-ins")),
    "error-500": ("", "ada", _file_gone),
    "error-405": ("", "ada", _at("/logout")),
}
# Answers to GET that are no pages: files, parts of pages, and ways to another page.
NO_PAGES = {
    "invitation.open_link",  # leads to invitation.page
    "static",
    "health.check",
    "health.numbers",
    "assignments.handout",
    "assignments.refused_before",
    "submissions.live",
    "regrades.live",
    "suites.live",
    "gradebook.file",
    "at_risk.file",
    "documents.picture",
    "by_hand.media",
    "documents.media",
    "submissions.receipt",
    "submissions.file",
    "api.show",
}


def test_every_page_of_the_portal_is_looked_at(school: School) -> None:
    rules = school.app().url_map.iter_rules()
    pages = {rule.endpoint for rule in rules if "GET" in rule.methods} - NO_PAGES
    assert pages == {endpoint for endpoint, _, _ in PAGES.values() if endpoint}


@pytest.mark.parametrize("name", [name for name, (_, login, _) in PAGES.items() if login not in ("stan", "ines")])
def test_a_page_is_accessible_fits_and_keeps_to_the_policy(school, window, turn_to, pictures, name) -> None:
    look_at(name, school, window, turn_to, pictures)


def look_at(name: str, school: School, window: Any, turn_to: Callable[[str, str], Any], pictures: Path | None) -> None:
    """Makes the page, shows it to whom it is for, and holds it to what every page is held to."""
    _, login, make = PAGES[name]
    path = make(school)
    # A page that asks again every 2 s would be another one in the middle of the look.
    window.page.route("**/live", lambda route: route.fulfill(status=204))
    _look(turn_to(path, login), name, pictures)


def _look(visitor: Any, name: str, pictures: Path | None) -> None:
    page = visitor.page
    page.evaluate(Axe().axe_script)
    looks = [(1280, "light"), (390, "dark")]
    for width, scheme in looks if pictures is None else [*looks, (1280, "dark"), (390, "light")]:
        page.set_viewport_size({"width": width, "height": 844})
        # Without motion, or colours would be measured half-way between the schemes.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if pictures is not None:
            page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png", full_page=True)
        found = AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))
        assert found.violations_count == 0, f"{name}, {width} px, {scheme}:\n{found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways at {width} px"
    assert visitor.complaints == []


@pytest.mark.parametrize("name", ["login", "course", "assignment", "running", "mistakes", "written-staff", "notebook"])
def test_a_page_is_light(school, visit, name) -> None:
    """Under 100 kB on the wire, with all that it loads, when nothing is cached."""
    _, login, make = PAGES[name]
    path = make(school)
    page = visit(login).page
    requests = []
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(path, wait_until="networkidle")
    answers = [request.sizes()["responseBodySize"] for request in requests]
    assert len(answers) >= 5
    assert sum(answers) < 100_000


def test_nothing_is_loaded_from_elsewhere(school, visit, address) -> None:
    page = visit("ada").page
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for path in (HW, f"/submissions/{school.running('ada')}/", "/help"):
        page.goto(path)
    assert asked
    assert all(url.startswith((address, "data:")) for url in asked)


def test_the_header_and_the_names_of_a_gradebook_stay_where_they_are(school, visit) -> None:
    term.fill(school, 60, 12)
    page = visit("stan").page
    page.goto("/courses/dl/gradebook")

    def box(selector: str) -> dict[str, float]:
        return page.locator(selector).bounding_box()

    head, region = box(".gradebook thead"), box(".gradebook")
    left = box(".gradebook tbody th >> nth=0")["x"]
    page.locator(".gradebook").evaluate("each => each.scrollTo(each.scrollWidth, each.scrollHeight)")
    last = box(".gradebook tbody >> nth=-1 >> tr >> nth=-1 >> th")
    assert last["x"] == left
    assert region["y"] < last["y"] < region["y"] + region["height"]
    assert box(".gradebook thead")["y"] == head["y"]
    shown = box(".gradebook tbody >> nth=-1 >> tr >> nth=-1 >> td >> nth=-1")
    assert shown["x"] + shown["width"] <= region["x"] + region["width"]
    # The columns' own heads are above their cells.
    assert box(".gradebook thead th >> nth=-1")["x"] == shown["x"]


def test_on_paper_there_is_the_result_and_no_navigation(school, visit) -> None:
    page = visit("ada").page
    page.goto(f"/submissions/{school.graded('ada')}/")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Main").is_visible()
    assert page.locator(".score").is_visible()


@pytest.mark.parametrize("name", ["refused-form", "form-expired", "too-many", "token-made"])
def test_an_answer_to_a_form_is_accessible_too(school, visit, pictures, name) -> None:
    visitor = visit("" if name == "too-many" else "ada")
    _ANSWERS[name](visitor.page)
    _look(visitor, name, pictures)


def test_points_that_cannot_be_given_are_told_accessibly(school, visit, pictures) -> None:
    path = _half_graded(school)
    visitor = visit("ines")
    page = visitor.page
    page.goto(path)
    page.get_by_label("Points of 8").fill("nine")
    page.get_by_role("button", name="Save the points for Q1.1").click()
    page.get_by_text("is no number").wait_for()
    _look(visitor, "points-wrong", pictures)


def test_new_invitation_links_are_made_by_keyboard_and_told_accessibly(school, visit, pictures) -> None:
    _to_invite(school)
    visitor = visit("ines")
    page = visitor.page
    page.goto("/courses/dl/roster/invitations/")
    page.get_by_label("all: 2").focus()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Make them, and show them here"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="2 new links").wait_for()
    links = page.locator("code").all_inner_texts()
    assert len(links) == 2
    _look(visitor, "invitations-made", pictures)
    # What stands there is a link that works, for whoever has no login.
    stranger = visit().page
    stranger.goto(links[1])
    stranger.get_by_label("Password", exact=True).wait_for()


def test_a_course_is_copied_by_keyboard_and_what_cannot_be_is_told_accessibly(school, visit, pictures) -> None:
    _many_dates(school)
    visitor = visit("ines")
    page = visitor.page
    page.goto("/courses/dl/copy/")
    page.get_by_label("Later by").fill("a year")
    page.keyboard.press("Enter")  # in a field it shows the dates, and copies nothing
    page.get_by_text("is no whole number").first.wait_for()
    page.get_by_label("Later by").fill("30")
    page.get_by_role("button", name="Copy the course").press("Enter")
    page.get_by_role("link", name="Give it a short name").wait_for()
    _look(visitor, "copying-wrong", pictures)
    page.get_by_label("Term").fill("Fall 2027")
    page.get_by_label("Short name").fill("dl-f27")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copy the course").press("Enter")
    page.get_by_text("nobody but you is in it").wait_for()
    assert page.url.endswith("/courses/dl-f27/")


def test_scores_that_a_roster_file_would_move_are_told_accessibly(school, visit, pictures) -> None:
    path = _sections_moved(school)
    visitor = visit("ines")
    visitor.page.goto(path)
    visitor.page.get_by_role("button", name="Make these 4 changes").press("Enter")
    visitor.page.get_by_role("heading", name="scores would move").wait_for()
    _look(visitor, "roster-draft-review", pictures)


def _refused_form(page) -> None:
    page.goto(HW)
    page.set_input_files("input[type=file]", {"name": "handin.tar", "mimeType": "", "buffer": b"no archive at all"})
    page.get_by_role("button", name="Hand in").click()
    page.get_by_text("This file was not taken").wait_for()


def _form_expired(page) -> None:
    page.goto(HW)
    page.evaluate("document.querySelector('form[data-upload] [name=csrf_token]').value = 'old'")
    page.set_input_files("input[type=file]", {"name": "handin.tar", "mimeType": "", "buffer": b"x"})
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("heading", name="This form was open for too long").wait_for()


def _too_many(page) -> None:
    page.goto("/login")
    for _ in range(11):
        page.get_by_label("Login").fill("ada")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Too many attempts").wait_for()


def _token_made(page) -> None:
    page.goto("/account/")
    page.get_by_label("Name of the new token").fill("my laptop")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_text("it is shown this once").wait_for()


_ANSWERS = {
    "refused-form": _refused_form,
    "form-expired": _form_expired,
    "too-many": _too_many,
    "token-made": _token_made,
}
