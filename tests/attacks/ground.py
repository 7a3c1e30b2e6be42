"""The ground on which attacks are tried: the whole service, with canaries planted all over it.

Portal, broker, database, worker, examiner and sandbox are the real ones; each attack is uploaded as a student uploads.
Where these run, on this machine or in containers, is a `Setup`'s.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import msgspec
import redis
from sqlalchemy import select

from cli.outcome import Sorry
from cli.portal import Portal
from submissions.models import FINAL, Base, Grading, Role, State
from submissions.people import people
from submissions.storage.database import Database
from submissions.suites import courses
from tests.attacks.attack import PROGRAM, SUITES, Attack, tar
from tests.attacks.canaries import Canaries
from tests.attacks.remains import Remains

COURSE = "dl"
FULL_SCORE = 10
GRADING_SECONDS = 60
SETTLING_SECONDS = 10
POLL_SECONDS = 0.02
# Handed in after each attack: solved wholly, and it says what it finds where the one before it may have been.
FOLLOWER = """

import os, sys

_blend = blend


def blend(x, y):
    tops = ("/tmp", "/handin", "/dev/shm")
    print(sorted(os.path.join(folder, name) for top in tops for folder, _, names in os.walk(top) for name in names))
    print(sorted(os.environ), sys.path, sys.flags, sum(map(len, sys.modules)), type(x), x.flags.writeable, max(1, 2))
    return _blend(x, y)
"""


class Setup(Protocol):
    """A running service. The canaries of the environment and of a file are planted in the worker's surroundings."""

    url: str
    database_url: str
    remains: Remains

    def publish(self, course: str, suite: Path) -> None:
        """Makes the suite in this folder an assignment of the course, under its own id."""

    def log(self) -> Iterator[str]:
        """All lines that the service has logged."""

    def broker(self) -> redis.Redis:
        """A client of its broker."""

    def pause(self, seconds: float) -> None:
        """Waits a little. Raises when the service is asked to stop."""


class Attempt(msgspec.Struct):
    """What came of one attack. `told` is all that its author could read: messages, hints, output, or the refusal."""

    state: str
    score: float | None
    verdicts: dict[str, str]
    told: str
    reached: set[str]

    def complaints(self, attack: Attack) -> list[str]:
        """Where this is not what the attack must get."""
        expect = attack.expect
        found = [f"its author read {each}" for each in sorted(self.reached)]
        if expect.refused:
            if expect.refused not in self.told or self.score is not None:
                found.append(f"not refused with {expect.refused!r}: {self.state}, {self.told}")
            return found
        spoilt = expect.or_less and (self.score or 0) < (expect.score or 0)
        if self.score != expect.score and not spoilt:
            found.append(f"scored {self.score} and not {expect.score}")
        for test, wanted in expect.verdicts.items():
            if (got := self.verdicts.get(test)) != wanted:
                found.append(f"{test} ended as {got} and not {wanted}")
        if expect.says and expect.says not in self.told:
            found.append(f"its program did not say {expect.says!r} but: {self.told}")
        return found


class Aftermath(msgspec.Struct):
    """How the machine was after some attacks: what is `left`, whose canaries were `reached`, and by suite what the next
    hand-in got, where that is not what it gets without an attack (`disturbed`)."""

    left: list[str]
    reached: set[str]
    disturbed: dict[str, str]

    def complaints(self) -> list[str]:
        """Where this is not as if nothing had happened."""
        found = [f"reached the canary of {place}" for place in sorted(self.reached)]
        found += [f"left behind: {each}" for each in self.left]
        return found + [f"the next hand-in ({suite}) got {told}" for suite, told in self.disturbed.items()]


class Ground:
    """A running service with a course, for at most `students` attacks at a time. Make it with `ground()`."""

    def __init__(self, setup: Setup, db: Database, canaries: Canaries, folder: Path, students: int) -> None:
        self.canaries = canaries
        self.setup = setup
        self._db = db
        self._remains = setup.remains
        with setup.broker() as client:
            client.set("secret", canaries.at["broker"])
        with self._db.write() as session:
            course = courses.create_course(session, COURSE, "Deep Learning")
            self._portals = {}
            for login in ("bo", "chidi", *(f"student-{n}" for n in range(students))):
                user = people.create_user(session, login, login.title())
                people.enrol(session, course.id, user.id, Role.STUDENT)
                token = people.create_api_token(session, user.id, "attacks")
                self._portals[login] = Portal(setup.url, token)
            people.create_user(session, "oz", f"Oz {canaries.at['database']}")
        notes = f"# {canaries.at['another hand-in']}".encode()
        for suite in SUITES:
            setup.publish(COURSE, canaries.plant_in_suite(suite, folder / suite))
            solved = self._outcome(self._upload("chidi", suite, tar({**canaries.solution(suite), "notes.py": notes})))
            if solved.score != FULL_SCORE:
                raise RuntimeError(f"the solution itself got {solved}")
        self.undisturbed = {suite: self._follow(suite) for suite in SUITES}

    def attempt(self, *attacks: Attack) -> tuple[list[Attempt], Aftermath]:
        """Hands the attacks in, sees them graded, hands in the next one, and looks at what is left."""
        before, sealed, planted = self._remains.standing(), self._remains.sealed(), self._said()
        waiting = [self._upload(f"student-{n}", each.suite, each.archive()) for n, each in enumerate(attacks)]
        attempts = [self._outcome(each) for each in waiting]
        disturbed = {
            suite: told
            for suite in {each.suite for each in attacks}
            if (told := self._follow(suite)) != self.undisturbed[suite]
        }
        left = self._left(before, sealed)
        if left:
            # A worker's process that has just been replaced leaves the group of the seat that waited in it, which the
            # next sandbox clears.
            self._follow(attacks[0].suite)
            left = self._left(before, sealed)
        return attempts, Aftermath(left, self.canaries.seen_in(self._said() - planted), disturbed)

    def _left(self, before: set[str], sealed: set[str]) -> list[str]:
        """What is still left when all had time to settle."""
        left: list[str] = []
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline:
            left = [*self._remains.left(), *sorted(self._remains.standing() - before)]
            left += [f"a change to {each}" for each in sorted(self._remains.sealed() ^ sealed)]
            if not left:
                break
            self.setup.pause(POLL_SECONDS)
        return left

    def _follow(self, suite: str) -> str:
        content = self.canaries.solution(suite)
        content[PROGRAM[suite]] += FOLLOWER.encode()
        attempt = self._outcome(self._upload("bo", suite, tar(content)))
        return f"{attempt.state} {attempt.score} {attempt.told}"

    def _upload(self, login: str, suite: str, content: bytes) -> int | str:
        """The submission's number, or why it was refused."""
        try:
            number: int = self._portals[login].hand_in(COURSE, suite, "handin.tar", content)["submission"]
        except Sorry as refusal:
            return str(refusal)
        return number

    def _outcome(self, uploaded: int | str) -> Attempt:
        """Waits for the last word on an upload."""
        if isinstance(uploaded, str):
            return Attempt("refused", None, {}, uploaded, set())
        grading = self._final(uploaded)
        parts = [grading.message]
        for test in grading.tests:
            parts += [test.message, test.output, *(hint["text"] for hint in test.hints)]
        told = "\n".join(filter(None, parts))
        verdicts = {each.test.partition("::")[2]: each.verdict for each in grading.tests}
        return Attempt(grading.state, grading.score, verdicts, told, self.canaries.values_in(told))

    def _final(self, submission: int) -> Grading:
        deadline = time.monotonic() + GRADING_SECONDS
        while time.monotonic() < deadline:
            with self._db.read() as session:
                grading = session.scalars(select(Grading).where(Grading.submission_id == submission)).one()
                if State(grading.state) in FINAL:
                    _ = grading.tests  # loaded while there is a session
                    return grading
            self.setup.pause(POLL_SECONDS)
        raise TimeoutError(f"hand-in {submission} has no result after {GRADING_SECONDS} s")

    def _said(self) -> set[str]:
        """All that there is to read of the service: every row, every log line, what the broker holds."""
        texts = {*self.setup.log()}
        with self._db.read() as session:
            for table in Base.metadata.sorted_tables:
                texts |= {f"{table.name}: {tuple(row)}" for row in session.execute(select(table))}
        with self.setup.broker() as client:
            texts |= {f"{key!r}: {client.dump(key)!r}" for key in client.scan_iter()}
        return texts


@contextmanager
def ground(setup: Setup, canaries: Canaries, folder: Path, students: int) -> Iterator[Ground]:
    """The ground on this set-up; suites are written into the folder."""
    with closing(Database(setup.database_url)) as db:
        yield Ground(setup, db, canaries, folder, students)
