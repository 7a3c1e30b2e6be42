"""The ground on which attacks are tried: the whole service of this machine, with canaries planted all over it.

Portal, broker, database, worker, examiner and sandbox are the real ones; each attack is uploaded as a student uploads.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from cli.launcher import Service
from cli.outcome import Sorry
from cli.portal import Portal
from grader.sandbox.slots import SLOTS
from submissions import courses, people
from submissions.blobs import DirectoryBlobs
from submissions.database import Database
from submissions.models import FINAL, Base, Grading, Role, State
from submissions.settings import Settings
from tests.attacks.attack import Attack, tar
from tests.attacks.canaries import Canaries
from tests.attacks.remains import Remains
from tests.services import Broker

COURSE, ASSIGNMENT = "dl", "attacked"
# Users that no other service on this machine has, nor another such ground: what they own is this one's doing.
FIRST_UID = 100_000 + SLOTS * (os.getpid() % 5_000)
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
    """How the machine was after some attacks: what is `left`, whose canaries were `reached`, and what the next hand-in
    got, which must be the same always."""

    left: list[str]
    reached: set[str]
    follower: str

    def complaints(self, undisturbed: str) -> list[str]:
        """Where this is not as if nothing had happened; `undisturbed` is what a hand-in gets without an attack."""
        found = [f"reached the canary of {place}" for place in sorted(self.reached)]
        found += [f"left behind: {each}" for each in self.left]
        if self.follower != undisturbed:
            found.append(f"the next hand-in got {self.follower} and not {undisturbed}")
        return found


class Ground:
    """A running service with a course. Make it with `ground()`."""

    def __init__(
        self, service: Service, table: Settings, canaries: Canaries, broker: Broker, folder: Path, students: int
    ) -> None:
        self.canaries = canaries
        self._service = service
        self._db = Database(table.database_url)
        self._blobs = DirectoryBlobs(service.data / "blobs")
        self._logs = service.data / "log"
        self._broker = broker
        with broker.client() as client:
            client.set("secret", canaries.at["broker"])
        self._remains = Remains(service.data, FIRST_UID)
        suite = courses.sync_suite(self._db, self._blobs, canaries.plant_in_suite(folder / "suite"))
        with self._db.write() as session:
            course = courses.create_course(session, COURSE, "Deep Learning")
            courses.create_assignment(session, course.id, ASSIGNMENT, "Doubling and blending", suite=suite)
            self._portals = {}
            for login in ("bo", "chidi", *(f"student-{n}" for n in range(students))):
                user = people.create_user(session, login, login.title())
                people.enrol(session, course.id, user.id, Role.STUDENT)
                token = people.create_api_token(session, user.id, "attacks")
                self._portals[login] = Portal(service.url, token)
            people.create_user(session, "oz", f"Oz {canaries.at['database']}")
        notes = f"# {canaries.at['another hand-in']}".encode()
        self._outcome(self._upload("chidi", tar({**canaries.solution(), "notes.py": notes})))
        self.undisturbed = self._follow()

    def attempt(self, *attacks: Attack) -> tuple[list[Attempt], Aftermath]:
        """Hands the attacks in, sees them graded, hands in the next one, and looks at what is left."""
        before, planted = self._remains.standing(), self._said()
        waiting = [self._upload(f"student-{n}", attack.archive()) for n, attack in enumerate(attacks)]
        attempts = [self._outcome(each) for each in waiting]
        used = self._remains.seats()
        follower = self._follow()
        left: list[str] = []
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline:
            left = [*self._remains.left(used), *sorted(self._remains.standing() - before)]
            if not left:
                break
            self._service.pause(POLL_SECONDS)
        return attempts, Aftermath(left, self.canaries.seen_in(self._said() - planted), follower)

    def _follow(self) -> str:
        content = self.canaries.solution()
        content["blending.py"] += FOLLOWER.encode()
        attempt = self._outcome(self._upload("bo", tar(content)))
        return f"{attempt.state} {attempt.score} {attempt.told}"

    def _upload(self, login: str, content: bytes) -> int | str:
        """The submission's number, or why it was refused."""
        try:
            number: int = self._portals[login].hand_in(COURSE, ASSIGNMENT, "handin.tar", content)["submission"]
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
            self._service.pause(POLL_SECONDS)
        raise TimeoutError(f"hand-in {submission} has no result after {GRADING_SECONDS} s; see {self._logs}")

    def _said(self) -> set[str]:
        """All that there is to read of the service: every row, every log line, what the broker holds."""
        texts = {line for log in self._logs.iterdir() for line in log.read_text(errors="replace").splitlines()}
        with self._db.read() as session:
            for table in Base.metadata.sorted_tables:
                texts |= {f"{table.name}: {tuple(row)}" for row in session.execute(select(table))}
        with self._broker.client() as client:
            texts |= {f"{key!r}: {client.dump(key)!r}" for key in client.scan_iter()}
        return texts

    def close(self) -> None:
        """Releases the database."""
        self._db.close()


@contextmanager
def ground(sandbox_cache: Path, students: int) -> Iterator[Ground]:
    """A running service under attack, by at most so many at a time; `sandbox_cache` is where the sandbox's root is kept
    between runs."""
    canaries = Canaries()
    with tempfile.TemporaryDirectory(prefix="handin-attacks-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        host_file = folder / "world-readable"
        host_file.write_text(canaries.at["a file of the host"])
        data = folder / "data"
        data.mkdir(mode=0o700)
        sandbox_cache.mkdir(parents=True, exist_ok=True)
        (data / "cache").symlink_to(sandbox_cache)
        broker = Broker(folder)
        broker.start()
        stack.callback(broker.stop)
        table = Settings(
            data=data,
            broker=broker.url,
            port=_free_port(),
            grading_processes=1,
            sandbox_uid=FIRST_UID,
            _env_file=None,
        )
        with pytest.MonkeyPatch.context() as patch:
            # The service hands its own environment on to the worker.
            patch.setenv("COURSE_PASSWORD", canaries.at["environment"])
            service = Service(table)
        with service.running():
            here = Ground(service, table, canaries, broker, folder, students)
            stack.callback(here.close)
            yield here


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
