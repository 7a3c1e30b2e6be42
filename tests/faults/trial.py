"""One trial: an installation, students who hand in, and a maker of troubles; then the drain, the end and the checks."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import msgspec

from submissions import secrets
from submissions.models import State
from submissions.service.verify import verify
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.storage.tidying import tidy
from tests.faults.disk import small_disk
from tests.faults.installation import Installation
from tests.faults.invariants import Aftermath
from tests.faults.postgresql import postgresql
from tests.faults.remains import Remains
from tests.faults.students import Students
from tests.faults.troubles import TROUBLES, Trouble
from tests.faults.watching import Watcher

# Without a grading that ends for so long, something is stuck.
STUCK_SECONDS = 120.0
MISSES = 4
CROWD = 5  # waiting gradings: more would mostly be replaced by newer uploads, and their scores not be checked
BREATH = (0.3, 2.5)
LONG_BREATH = (4.0, 12.0)  # `handin up` lets a program that died wait before it starts it again
_TELL_EVERY = 5.0


class Plan(msgspec.Struct, frozen=True):
    """`on`: sqlite or postgresql, each process by itself, or up (`handin up`). `every`: seconds between two uploads.

    Of the `troubles`, of all where none is named, `each` must hit so often; after so many `minutes` it ends regardless.
    """

    on: str
    handins: int
    students: int
    every: float
    seed: int
    minutes: float
    each: int
    troubles: list[str]


class Result(msgspec.Struct):
    """What a trial came to. `complaints` are the promises that were broken."""

    plan: Plan
    seconds: float
    troubles: dict[str, int]
    impossible: list[str]
    uploads: int
    receipts: int
    refused: int
    unanswered: int
    kept_in_doubt: int
    submissions: int
    states: dict[str, int]
    tried_again: int
    most_attempts: int
    restarts: int
    orphans: int
    complaints: list[str]

    @property
    def seldom(self) -> list[str]:
        """Troubles that hit less often than was wanted: a trial without them proves little."""
        return [
            f"{name}: hit {hits} times, not {self.plan.each}"
            for name, hits in self.troubles.items()
            if hits < self.plan.each
        ]


class Came(msgspec.Struct):
    """How often each trouble came, and how often it found somebody to hit."""

    times: Counter[str]
    hits: Counter[str]

    def enough(self, each: int) -> bool:
        """Whether each has hit so often, or has missed so often that it never will."""
        return all(hits >= each or self.times[name] >= MISSES * each for name, hits in self.hits.items())


def deck(troubles: list[Trouble], dice: Random) -> Iterator[Trouble]:
    """All of them in random order, again and again: each comes as often as the others."""
    while True:
        yield from dice.sample(troubles, len(troubles))


def try_it(plan: Plan, sandbox_cache: Path, logs: Path) -> Result:
    """Runs the plan, keeps its logs, and says what came of it. Raises TimeoutError when nothing comes up."""
    with ExitStack() as stack:
        # Short by itself: a Unix socket's path has 107 bytes at most.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handin-faults-", dir="/tmp")))
        folder.chmod(0o755)
        disk = stack.enter_context(small_disk(folder / "disk"))
        server = stack.enter_context(postgresql()) if plan.on == "postgresql" else None
        where = Installation(folder, sandbox_cache, disk, server, up=plan.on == "up")
        shutil.rmtree(logs, ignore_errors=True)
        stack.callback(where.keep_logs, logs)
        return _try_on(plan, where)


def _try_on(plan: Plan, where: Installation) -> Result:
    began = time.monotonic()
    dice = Random(plan.seed)
    possible = [
        trouble
        for trouble in TROUBLES
        if trouble.possible(where) and (not plan.troubles or trouble.name in plan.troubles)
    ]
    came = Came(Counter(), Counter({trouble.name: 0 for trouble in possible}))
    remains = Remains(where)
    with where.running():
        watcher = Watcher(where.table.database_url)
        watcher.start()
        tokens = where.enrol(plan.students)
        students = Students(
            where.table.port,
            tokens,
            lambda: watcher.waiting > CROWD,
            lambda receipts: (
                (receipts >= plan.handins and came.enough(plan.each)) or time.monotonic() - began > plan.minutes * 60
            ),
            every=plan.every,
            seed=plan.seed,
        )
        students.start()
        telling = Telling(plan.on, students, watcher, came.hits)
        troubles = deck(possible, dice)
        while not students.done:
            if plan.troubles and came.enough(plan.each):
                # Few kinds in turn would come faster than a busy machine starts what they kill.
                where.pause(BREATH[0])
                continue
            with ExitStack() as coming:
                trouble = next(troubles)
                coming.enter_context(_coming(trouble, where, dice, came))
                # Seldom comes one alone.
                while dice.random() < 0.4:
                    where.pause(dice.uniform(*BREATH))
                    coming.enter_context(_coming(next(troubles), where, dice, came))
                where.pause(dice.uniform(*trouble.lasts))
            telling.tell(trouble.name)
            where.pause(dice.uniform(*(LONG_BREATH if where.up else BREATH)))
        _drain(where, watcher, telling)
    watcher.stop()
    return _judge(plan, where, students, watcher, came, remains, time.monotonic() - began)


@contextmanager
def _coming(trouble: Trouble, where: Installation, dice: Random, came: Came) -> Iterator[None]:
    with trouble.happens(where, dice) as hit:
        came.times[trouble.name] += 1
        came.hits[trouble.name] += bool(hit)
        yield


def _drain(where: Installation, watcher: Watcher, telling: Telling) -> None:
    ended, at = len(watcher.final), time.monotonic()
    where.wait_for(where.answers, "the portal answers after the troubles")
    # What was taken last may be younger than the last look.
    before = watcher.begun
    where.wait_for(lambda: watcher.completed > before, "the database answers after the troubles")
    while watcher.waiting:
        where.pause(0.5)
        telling.tell("none any more")
        if len(watcher.final) > ended:
            ended, at = len(watcher.final), time.monotonic()
        elif time.monotonic() - at > STUCK_SECONDS:
            return  # the checks name what is not final


def _judge(
    plan: Plan,
    where: Installation,
    students: Students,
    watcher: Watcher,
    came: Came,
    remains: Remains,
    seconds: float,
) -> Result:
    database, blobs = Database(where.table.database_url), where.data / "blobs"
    try:
        orphans = tidy(database, DirectoryBlobs(blobs), 0)
        with database.read() as session:
            key = secrets.load(where.data).receipt_key
            aftermath = Aftermath(session, blobs, students.uploads, watcher.final, key)
            gradings = [grading for row in aftermath.submissions.values() for grading in row.gradings]
            verified = verify(database, DirectoryBlobs(blobs), key)
            return Result(
                plan=plan,
                seconds=seconds,
                troubles=dict(came.hits),
                impossible=[trouble.name for trouble in TROUBLES if trouble.name not in came.hits],
                uploads=len(students.uploads),
                receipts=students.receipts,
                refused=sum(not upload.taken and not upload.in_doubt for upload in students.uploads),
                unanswered=sum(upload.in_doubt for upload in students.uploads),
                kept_in_doubt=len(aftermath.kept_in_doubt()),
                submissions=len(aftermath.submissions),
                states=dict(Counter(State(grading.state).value for grading in gradings)),
                tried_again=sum(grading.attempt > 1 for grading in gradings),
                most_attempts=max((grading.attempt for grading in gradings), default=0),
                restarts=where.restarts,
                orphans=orphans,
                complaints=[
                    *aftermath.complaints(),
                    *(f"handin verify: {finding}" for finding in verified.findings),
                    *(f"left behind: {each}" for each in remains.left()),
                ],
            )
    finally:
        database.close()


class Telling:
    """Says how far it is, every few seconds."""

    def __init__(self, on: str, students: Students, watcher: Watcher, happened: Counter[str]) -> None:
        self._on, self._students, self._watcher, self._happened = on, students, watcher, happened
        self._began = self._told = time.monotonic()

    def tell(self, trouble: str) -> None:
        """A line, unless the last one was just told."""
        if time.monotonic() - self._told < _TELL_EVERY:
            return
        self._told = time.monotonic()
        print(
            f"{self._on}, {self._told - self._began:.0f} s: {len(self._students.uploads)} uploads, "
            f"{self._students.receipts} receipts, {len(self._watcher.final)} final, {self._watcher.waiting} waiting; "
            f"{self._happened.total()} troubles, the last: {trouble}",
            flush=True,
        )
