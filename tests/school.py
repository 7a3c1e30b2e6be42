"""A whole service for tests of the portal: real database file, blob store, intake, life cycle, and a lived-in course.

Only the grading itself is told (`Report`s below) and not run: pages show what is recorded, whoever graded.
"""

from __future__ import annotations

import io
import math
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from grader.checking import Result
from grader.report import Curve, Curves, Figure, Hint, Picture, Report, TaskReport, TestDone, TestReport, TestStarted
from submissions import models, secrets
from submissions.changes import extensions, roster_changes, rule_changes
from submissions.gradings import hint_budget, lifecycle
from submissions.handing_in import intake, own_groups, terms
from submissions.models import Assignment, Course, Decision, Grading, Role, State, Submission, Suite, User, now
from submissions.people import groups, invitations, people, roster_file
from submissions.people.reach import WHOLE
from submissions.regrades import regrades
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import Release
from submissions.scores import adjustments, manual
from submissions.scores import rubric as rubrics
from submissions.service import pulse
from submissions.settings import Settings
from submissions.storage import migrate
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.storage.packing import keep_folder
from submissions.suites import check_runs, courses
from submissions.talk import announcements, comments, requests
from tests import warm, written
from tests.broken import SOUND
from tests.checks import READY, passed
from web.app import create_app
from workers.upkeep import Upkeep

PASSWORD = "correct horse battery"
CAST = {
    "ines": ("Ines Instructor", Role.INSTRUCTOR),
    "stan": ("Stan Staff", Role.STAFF),
    "ada": ("Ada Lovelace", Role.STUDENT),
    "bo": ("Bo Søndergård", Role.STUDENT),
    "chidi": ("Chidi Ọ̀ṣun Adébáyọ̀-Nwachukwu de la Concepción y Fernández-Villanueva", Role.STUDENT),
    "oz": ("Oz Outsider", None),
}
# Who is of the course where a test lets them (`School.limited`).
STAFF = {"sena": "Sena Section"}
FILES = ("hw1/hw1.py", "mytorch/activation.py", "mytorch/batchnorm.py", "mytorch/linear.py", "mytorch/loss.py")


def _pairs(subjects, ways, points: float):
    return tuple((f"{subject} {way}", points, "always") for subject in subjects for way in ways)


# task id, title, and its tests as (title, points, visibility)
TASKS: tuple[tuple[str, str, tuple[tuple[str, float, str], ...]], ...] = (
    (
        "activations",
        "Activations",
        (
            *_pairs(("Sigmoid", "Tanh", "ReLU"), ("forward", "derivative"), 2.0),
            ("Tanh of very large inputs stays finite", 0.0, "always"),
        ),
    ),
    (
        "loss",
        "Loss",
        (("Softmax cross entropy forward", 2.0, "always"), ("Softmax cross entropy derivative", 2.0, "always")),
    ),
    (
        "batch-normalization",
        "Batch Normalization",
        (("Batch normalization in training", 12.0, "always"), ("Batch normalization in inference", 6.0, "after_due")),
    ),
    ("linear-layer", "Linear Layer", (("Linear forward", 2.0, "always"), ("Linear backward", 2.0, "always"))),
    (
        "hidden-layers",
        "Hidden Layers",
        (
            *_pairs(("One hidden layer,", "Two hidden layers,", "Five hidden layers,"), ("forward", "backward"), 6.0),
            ("A network that nobody sees", 4.0, "never"),
        ),
    ),
    (
        "momentum",
        "Momentum",
        (("Momentum over five updates", 10.0, "always"), ("Training curves", 0.0, "always")),
    ),
)
MANIFEST = {
    "id": "hw1p1",
    "title": "Homework 1 Part 1: MyTorch",
    "summary": "Build the core of a deep learning library in NumPy: activations, loss, `Linear` and `BatchNorm`.",
    "files": list(FILES),
    "command": "sh create_tarball.sh",
    "tasks": [{"id": id_, "title": title, "points": sum(t[1] for t in tests)} for id_, title, tests in TASKS],
    "tests": [
        {"id": f"test_{id_}.py::{n}", "task": id_, "title": t, "points": points, "visibility": visibility}
        for id_, _, tests in TASKS
        for n, (t, points, visibility) in enumerate(tests)
    ],
}
SUMMED_BELOW = Hint(
    "factor",
    "`dW[0]` is 100 times too large, and 100 is the batch size: summed over the batch, not averaged.",
    {"factor": 100.0, "name": "N"},
)
SUMMED = Hint(
    "factor",
    "`dW` is 20 times too large, and 20 is the batch size: summed over the batch, not averaged.",
    {"factor": 20.0, "name": "N"},
)
EPOCHS = 12
LOOP = "`BatchNorm.forward` did not return within 10 s. Look for a loop whose condition never becomes false."


def outcomes(kind: str) -> Report:
    """A result of the course's assignment: `full`, `mistakes` or `poor`."""
    tests = tuple(
        _test(kind, id_, n, title, points, visibility)
        for id_, _, own in TASKS
        for n, (title, points, visibility) in enumerate(own)
    )
    tasks = tuple(
        TaskReport(id_, title, sum(t.points for t in tests if t.task == id_), sum(t[1] for t in own))
        for id_, title, own in TASKS
    )
    phases = {"fetch": 0.004, "unpack": 0.021, "sandbox": 0.13, "import": 0.19, "tests": 2.4}
    total = sum(task.max_score for task in tasks)
    return Report("hw1p1", "5" * 64, sum(task.score for task in tasks), total, 2.7, phases, tasks, tests)


def _test(kind: str, task: str, n: int, title: str, points: float, visibility: str) -> TestReport:
    verdict, message, hints, output, staff = "passed", "", (), "", ""
    backward = "backward" in title
    if title.startswith("Tanh of very large"):
        verdict, message = "wrong", "Your code ran, but its result is not finite."
        hints = (Hint("nan", "`Tanh` of 800 is NaN: `exp` overflows. `numpy.tanh` does not."),)
    if kind != "full" and backward:
        verdict, message, hints = "wrong", "`dW` differs from the reference.", (SUMMED,)
        if task == "hidden-layers":
            message, hints = "`dW[0]` and `dW[1]` differ from the reference.", (SUMMED_BELOW,)
        output = "epoch 0 loss 2.303\nepoch 1 loss \x1b[31mnan\x1b[0m\n"
        staff = "AssertionError: dW: max relative error 19.0 at (3, 7)"
    if kind != "full" and task == "momentum" and points:
        verdict, message = "not_implemented", ""
    if kind == "poor" and task == "batch-normalization":
        verdict, message = "timed_out", LOOP
    if kind == "poor" and task == "activations" and points:
        verdict, message = "import_failed", "`mytorch/activation.py`, line 12: invalid syntax: `def forward(self x):`"
        output = "<script>alert('out of the program')</script>\n"
    if kind == "poor" and task == "loss":
        verdict, message = (
            "raised",
            "ValueError: operands could not be broadcast together with shapes (4,10) (4,)\n  mytorch/loss.py, line 41",
        )
        staff = "Traceback (most recent call last): …"
    earned = points if verdict == "passed" else 0.0
    seconds = 10.0 if verdict == "timed_out" else 0.08
    return TestReport(
        f"test_{task}.py::{n}",
        task,
        title,
        earned,
        points,
        verdict,
        message,
        hints,
        seconds,
        output,
        visibility,
        staff,
        _drawn(kind, title),
    )


def _drawn(kind: str, title: str) -> tuple[Figure, ...]:
    if title == "Training curves" and kind != "poor":
        slower = 1.0 if kind == "full" else 2.5
        return (Curves("Twelve epochs on a thousand digits", "epoch", tuple(_curves(slower))),)
    if title == "A network that nobody sees":
        ramp = bytes(n * 4 % 256 for n in range(8 * 8))
        return Picture("The start", 8, 8, 1, ramp), Picture("What was found, in colour", 8, 8, 3, ramp[::-1] * 3)
    return ()


def _curves(slower: float) -> Iterator[Curve]:
    """Four curves as training gives them, the student's falling more slowly than the reference's."""
    for name, top, floor in (
        ("train loss", 2.3, 0.03),
        ("train error", 0.9, 0.0),
        ("val loss", 2.2, 0.25),
        ("val error", 0.85, 0.08),
    ):
        got, expected = (
            tuple(floor + (top - floor) * math.exp(-n / speed) * (1 + 0.06 * math.sin(5 * n)) for n in range(EPOCHS))
            for speed in (2.2 * slower, 2.0)
        )
        yield Curve(name, got, expected)


def archive(**extra: str | bytes) -> bytes:
    """A hand-in that the assignment takes; `extra` adds files."""
    return tar({**dict.fromkeys(FILES, "# a student's work\n"), **extra})


def tar(files: dict[str, str | bytes]) -> bytes:
    """An uncompressed tar of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


@cache
def _password_hash() -> str:
    # One hash for all: argon2 is slow on purpose.
    return people.hash_password(PASSWORD)


@cache
def _empty_database() -> bytes:
    """A migrated SQLite file; migrating anew for each test would take most of its time."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite3"
        migrate.upgrade(f"sqlite:///{file}")
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.read_bytes()


_TEMPLATES = warm.Templates()


class School:
    """The service, its cast, and short ways to let things happen in it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = Settings(data=folder, _env_file=None, **settings)
        folder.mkdir(parents=True, exist_ok=True)
        if not self.settings.database:
            (folder / "handin.sqlite3").write_bytes(_empty_database())
        self.database = Database(self.settings.database_url)
        self.blobs = DirectoryBlobs(folder / "blobs")
        self.secrets = secrets.load(folder)
        self.woken: list[int] = []
        self.has_written_answers = False
        with self.database.write() as session:
            course = courses.create_course(
                session, "dl", "Introduction to Deep Learning", "Spring 2026", "America/New_York"
            )
            suite = Suite(hash="5e1f" * 16, assignment="hw1p1", blob=self.packed(b""), manifest=MANIFEST)
            session.add(suite)
            session.flush()
            passed(session, suite)
            assignment = courses.create_assignment(
                session, course.id, "hw1p1", MANIFEST["title"], due_at=now() + timedelta(days=3, hours=4), suite=suite
            )
            # One of its tests is for nobody: without this, no score would be shown.
            assignment.results_published_at = now()
            self.course, self.assignment, self.suite = course, assignment, suite
            self.users = {}
            for login, (name, role) in CAST.items():
                user = self.users[login] = people.create_user(session, login, name)
                user.password_hash = _password_hash()
                if role is not None:
                    people.enrol(session, course.id, user.id, role)

    def app(self) -> Flask:
        """The portal over this service."""
        app = create_app(
            self.settings, self.database, self.blobs, self.secrets, lambda grading, _queue: self.woken.append(grading)
        )
        app.testing = False  # errors are answered as they are in service
        app.jinja_env.bytecode_cache = _TEMPLATES
        return app

    def close(self) -> None:
        self.database.close()

    def token(self, login: str) -> str:
        """An API token of that person."""
        with self.database.write() as session:
            return people.create_api_token(session, self.users[login].id, "a test's")

    def due(self, moment: datetime | None) -> None:
        """Moves the deadline."""
        self._change(due_at=moment)

    def opens(self, moment: datetime) -> None:
        self._change(opens_at=moment)

    def hide_output(self) -> None:
        self._change(show_output="never")

    def hand_out(self, content: bytes) -> None:
        """From now on students can download these bytes as the assignment's handout."""
        self._change(handout=self.blobs.put(io.BytesIO(content), len(content)).sha256, handout_at=now())

    def hint_budget(self, most: int, hours: int) -> None:
        self._change(hint_budget=most, hint_hours=hours)

    def open_hints(self, title: str, login: str = "ada") -> None:
        """A student opens the hints of the newest result of that test."""
        with self.database.write() as session:
            test = session.scalars(
                select(models.TestResult).where(models.TestResult.title == title).order_by(models.TestResult.id.desc())
            ).first()
            assignment = session.get_one(Assignment, self.assignment.id)
            hint_budget.open_hints(session, assignment, self.users[login].id, test, now())

    def _change(self, **values: object) -> None:
        with self.database.write() as session:
            assignment = session.get_one(Assignment, self.assignment.id)
            for name, value in values.items():
                setattr(assignment, name, value)
            terms.judge(session, assignment)

    def rules(self, grace_days: int = 0, **values: object) -> None:
        """From now on these rules hold, for what was handed in too."""
        with self.database.write() as session:
            session.get_one(Course, self.course.id).grace_days = grace_days
        self._change(**values)

    def extended(self, login: str, by: timedelta = timedelta(days=2), reason: str = "Was ill.") -> None:
        """Ines gives a student so much longer than the deadline."""
        with self.database.write() as session:
            due_at = session.get_one(Assignment, self.assignment.id).due_at
            until = due_at + by if due_at is not None else None
            extensions.give(session, self.assignment.id, login, "", until, reason, "ines")

    def grouped(self, *logins: str, name: str = "") -> int:
        """From now on these hand in together, as up to three may; returns the group's id."""
        with self.database.write() as session:
            session.get_one(Assignment, self.assignment.id).group_size = 3
            return groups.make(session, self.assignment.id, WHOLE, name, logins, "ines").id

    def asks_to_join(self, login: str, asked: str) -> int:
        """A student asks whoever has that login to hand in together, as up to three may; the question's id."""
        with self.database.write() as session:
            session.get_one(Assignment, self.assignment.id).group_size = 3
            own_groups.ask(session, self.assignment.id, asked, session.get_one(User, self.users[login].id))
            session.flush()
            return session.scalars(select(func.max(models.GroupInvitation.id))).one()

    def announced(self, title: str = "Room change", text: str = "We meet in **Hall 2**.", **wanted: object) -> int:
        """Ines announces something; returns its id."""
        with self.database.write() as session:
            ines = session.get_one(User, self.users["ines"].id)
            return announcements.announce(session, self.course.id, announcements.Wanted(title, text, **wanted), ines).id

    def known_rules(self) -> str:
        """What a form knows that is opened now."""
        with self.database.read() as session:
            assignment = session.get_one(Assignment, self.assignment.id)
            return rule_changes.known(terms.rules_of(assignment, assignment.course), assignment.course.grace_days)

    def add_written_answers(self, *stand: str) -> None:
        """From now on the assignment has two tasks that a person grades, answered in a notebook, or in the files that
        `stand` names, with points that are released as they are given."""
        self.has_written_answers = True
        named = stand or [task["answer"] for task in written.TASKS]
        tasks = [{**task, "answer": each} for task, each in zip(written.TASKS, named, strict=True)]
        self.publish({**MANIFEST, "tasks": [*MANIFEST["tasks"], *tasks]})
        self._change(points_released_at=now())

    def hold_points(self) -> None:
        """Points by hand are not released from now on."""
        self._change(points_released_at=None)

    def publish(self, manifest: dict) -> None:
        """From now on a suite of this manifest grades the assignment."""
        with self.database.write() as session:
            suite = Suite(hash="a17e" * 16, assignment="hw1p1", blob=self.packed(b"# other\n"), manifest=manifest)
            session.add(suite)
            session.flush()
            courses.publish(session, self.assignment.id, passed(session, suite))

    def answered(
        self,
        login: str = "ada",
        notebook: bytes | None = None,
        kind: str = "full",
        filename: str = "handin.tar",
        **files: bytes,
    ) -> int:
        """A graded submission with written answers, in the course's notebook unless others are given."""
        if not self.has_written_answers:
            self.add_written_answers()
        held = {"hw1.ipynb": written.answered() if notebook is None else notebook, **files}
        return self.graded(login, kind, content=archive(**held), filename=filename)

    def give(self, submission: int, task: str, points: float, comment: str = "", rubric: tuple[int, ...] = ()) -> None:
        """Points by Ines for a written answer; `rubric` holds positions of the task's items."""
        with self.database.write() as session:
            found = session.get_one(Submission, submission)
            ines = session.get_one(User, self.users["ines"].id)
            tasks = {each.id: each for each in manual.written_tasks(found.assignment.suite)}
            items = rubrics.items(session, self.assignment.id, task)
            judged = manual.Judgement(Decimal(str(points)), tuple(items[each].id for each in rubric), comment)
            manual.give(session, found, tasks[task], judged, ines, seen=None)

    def decided(
        self, login: str, decision: Decision, points: float | None = None, reason: str = "The lab's clock stood still."
    ) -> int:
        """Ines decides about that student's score; returns the decision's id."""
        with self.database.write() as session:
            assignment = session.get_one(Assignment, self.assignment.id)
            ines, student = (session.get_one(User, self.users[each].id) for each in ("ines", login))
            exact = None if points is None else Decimal(str(points))
            return adjustments.decide(session, assignment, student, decision, exact, reason, ines).id

    def roster(self, text: str, end_missing: bool = False) -> int:
        """Ines sends a roster file; returns its number."""
        with self.database.write() as session:
            return roster_changes.keep_draft(session, self.course.id, self.users["ines"], text, end_missing)

    def planned(self) -> roster_changes.Plan:
        """What the file that Ines sent last would change."""
        with self.database.read() as session:
            draft = session.scalars(select(models.RosterDraft)).one()
            file = roster_file.read(draft.text)
            return roster_changes.plan(session, self.course.id, file, draft.end_missing, self.users["ines"].id)

    def joined(self, *logins: str, section: str = "") -> None:
        """New people are students of the course."""
        with self.database.write() as session:
            for login in logins:
                self.users[login] = people.create_user(session, login, login.title())
                people.enrol(session, self.course.id, self.users[login].id, Role.STUDENT, section)

    def limited(self, login: str, *sections: str) -> None:
        """A person, new when there is none of that login, is staff of the course, and limited to these sections."""
        with self.database.write() as session:
            if login not in self.users:
                self.users[login] = people.create_user(session, login, STAFF.get(login, login.title()))
            people.enrol(session, self.course.id, self.users[login].id, Role.STAFF, limited_to=sections)

    def moved(self, login: str, section: str) -> None:
        """A student is in that section from now on."""
        with self.database.write() as session:
            people.enrol(session, self.course.id, self.users[login].id, Role.STUDENT, section)

    def in_another_course(self, login: str, role: Role) -> None:
        """A person, new when there is none of that login, has a place in another course, too."""
        with self.database.write() as session:
            other = session.scalar(select(Course).where(Course.slug == "nlp"))
            other = other or courses.create_course(session, "nlp", "Natural Language Processing", "Spring 2026", "UTC")
            if login not in self.users:
                self.users[login] = people.create_user(session, login, login.title())
            people.enrol(session, other.id, self.users[login].id, role)

    def invited(self, login: str) -> str:
        """Ines makes a link for them; returns its path."""
        with self.database.write() as session:
            (made,) = invitations.make(session, self.course.id, self.users["ines"], login, False, 14)
            return f"/invitation/{made.secret}"

    def left(self, *logins: str) -> None:
        """Their places in the course end."""
        with self.database.write() as session:
            for login in logins:
                people.end_enrolment(session, self.course.id, self.users[login].id)

    def asked(self, submission: int, text: str = "My loop is right.", task: str = "") -> int:
        """The student asks for another look at a submission; returns the request's id."""
        with self.database.write() as session:
            return requests.ask(session, submission, task, text, session.get_one(Submission, submission).user, now()).id

    def answered_request(self, number: int, outcome: str, text: str) -> None:
        """Stan answers a request."""
        with self.database.write() as session:
            requests.answer(session, self.course.id, WHOLE, number, outcome, text, self.users["stan"], "")

    def withdrawn(self, decision: int, login: str) -> None:
        """Ines takes that decision back."""
        with self.database.write() as session:
            assignment = session.get_one(Assignment, self.assignment.id)
            ines, student = (session.get_one(User, self.users[each].id) for each in ("ines", login))
            adjustments.withdraw(session, assignment, student, decision, ines)

    def say(self, submission: int, text: str, login: str = "stan", **place: object) -> None:
        """A comment of staff's on a submission, or on a line of it."""
        with self.database.write() as session:
            comments.say(session, session.get_one(Submission, submission), text, self.users[login], **place)

    def upload(
        self,
        login: str = "ada",
        ago: timedelta = timedelta(),
        filename: str = "handin.tar",
        content: bytes = b"",
        grace: int | None = None,
    ) -> int:
        """Hands in, as the portal does; returns the submission's id."""
        submission = intake.accept(
            self.database,
            self.blobs,
            assignment_id=self.assignment.id,
            user_id=self.users[login].id,
            filename=filename,
            stream=io.BytesIO(content or archive()),
            received_at=datetime.now(UTC) - ago,
            max_bytes=1_000_000,
            receipt_key=self.secrets.receipt_key,
            wake=lambda *_: None,
            grace=grace,
        )
        return submission.id

    def claim(self, submission: int) -> lifecycle.Lease:
        """A worker takes the submission's grading."""
        with self.database.read() as session:
            grading = session.scalars(
                select(Grading.id).where(Grading.submission_id == submission).order_by(Grading.id.desc())
            ).first()
        lease = lifecycle.claim(self.database, grading, 60)
        assert lease is not None
        return lease

    def tick(self, lease: lifecycle.Lease, position: int, done: bool, kind: str = "full") -> None:
        """Test number `position` begins, or ends."""
        tests = outcomes(kind).tests
        test = tests[position]
        event = TestDone(test) if done else TestStarted(test.id, test.title, position, len(tests))
        assert lifecycle.progress(self.database, lease, [event])

    def graded(self, login: str = "ada", kind: str = "mistakes", ago: timedelta = timedelta(), **upload: object) -> int:
        """A submission with its result; returns the submission's id."""
        submission = self.upload(login, ago, **upload)
        assert lifecycle.finish(self.database, self.claim(submission), outcomes(kind))
        return submission

    def running(self, login: str = "ada", tests: int = 7) -> int:
        """A submission in the middle of its grading."""
        submission = self.upload(login)
        lease = self.claim(submission)
        for position in range(tests):
            self.tick(lease, position, done=False)
            self.tick(lease, position, done=True)
        self.tick(lease, tests, done=False)
        return submission

    def refused(self, login: str = "ada") -> int:
        submission = self.upload(login)
        lifecycle.refuse(self.database, self.claim(submission), "The archive ends in the middle of `hw1/hw1.py`.")
        return submission

    def faulty(self, login: str = "ada") -> int:
        submission = self.upload(login)
        lifecycle.fault(self.database, self.claim(submission), "OSError: No space left on device: <b>", 1)
        return submission

    def lives(self, workers: int = 1) -> None:
        """The sweeper gives a sign of life and says what a verification finds, and so many workers give one."""
        pulse.beat(self.database, pulse.SWEEPER)
        Upkeep(self.database, self.blobs, self.settings.data, threading.Event()).round()
        for number in range(workers):
            layer = {"layer": "seccomp", "level": "PASS", "seen": "loaded", "remedy": ""}
            detail = {"gradings": 2, "sandbox": "bubblewrap", "isolation": [layer]}
            pulse.beat(self.database, pulse.worker(f"celery@{number}"), detail)

    def synced(self, manifest: dict, code: bytes, file: str, by: str, check: Result | None = READY) -> Suite:
        """A version of the tests, of one file, that nobody has published yet; without a check it cannot be."""
        with self.database.write() as session:
            suite = Suite(hash="e711" * 16, assignment="hw1p1", blob=self.packed(code, file), manifest=manifest)
            session.add(suite)
            session.flush()
            courses.bring(session, self.assignment.id, suite, by)
            return suite if check is None else passed(session, suite, check)

    def unchecked(self) -> int:
        """A version with all of its folder that nobody has checked; its id."""
        suite = self.synced(MANIFEST, b"# not checked", "test_a.py", "ines", None)
        with self.database.write() as session:
            courses.bring(session, self.assignment.id, suite, "ines", "", keep_folder(self.blobs, SOUND))
        return suite.id

    def checking(self, suite: int | None = None) -> int:
        """Ines has such a version checked, which waits for a worker; the check's number."""
        wanted = suite or self.unchecked()
        with self.database.write() as session:
            version = session.scalars(select(models.SyncedSuite).where(models.SyncedSuite.suite_id == wanted)).one()
            return check_runs.begin(session, version.id, self.users["ines"]).id

    def packed(self, code: bytes, file: str = "test_linear.py") -> str:
        """A suite of one test file in the blob store, as a sync packs it; its name there."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as packed:
            member = tarfile.TarInfo(file)
            member.size = len(code)
            packed.addfile(member, io.BytesIO(code))
        buffer.seek(0)
        return self.blobs.put(buffer, 1 << 20).sha256

    def regraded(self, suite: Suite | None = None, reason: str = "A test was wrong.") -> int:
        """A regrade by Ines of what counts, begun; returns its id."""
        with self.database.write() as session:
            return regrades.begin(
                session, self.assignment, suite or self.suite, Chosen.COUNTING, reason, self.users["ines"]
            ).id

    def reviewed(self, report: Report, again: Report | None = None) -> None:
        """All that waits of a regrade gets this result, and where that is a change a second one, until the review."""
        while not regrades.advance(self.database):
            waiting = self.waiting()
            assert waiting
            for each in waiting:
                got = again if again is not None and each.again else report
                assert lifecycle.finish(self.database, lifecycle.claim(self.database, each.id, 60), got)

    def waiting(self) -> list[Grading]:
        """What waits of a regrade, with whose it is and what it would replace."""
        asked = (
            select(Grading)
            .options(joinedload(Grading.submission).joinedload(Submission.user), joinedload(Grading.replaces))
            .where(Grading.regrade_id.is_not(None), Grading.state == State.QUEUED)
        )
        with self.database.read() as session:
            return list(session.scalars(asked))

    def published(self, regrade: int, release: Release = Release.ALL) -> None:
        """Ines publishes a regrade that was reviewed."""
        with self.database.write() as session:
            regrades.publish(session, regrade, release, self.users["ines"])

    def submissions(self) -> list[Submission]:
        with self.database.read() as session:
            return list(session.scalars(select(Submission).order_by(Submission.id)))
