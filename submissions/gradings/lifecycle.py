"""The life of a grading: every change of `Grading.state` after it was queued is made here, and nowhere else.

The moves, and what guards each:

1. queued -> running       `claim`: one UPDATE with `state = 'queued'`; row count 0: another worker was first. A grading
                           of a regrade only while that runs: a regrade is paused by its own row, not by its gradings'.
2. running -> running      `progress`: a heartbeat; the lease is extended while the token is still the row's.
3. running -> graded       `finish`: the result and all its scores in one transaction, guarded by the token.
4. running -> refused      `refuse`: the hand-in cannot be graded and the student can mend it; guarded by the token.
5. running -> queued       `fault`: the grader failed and tries are left; guarded by the token.
6. running -> grader_fault `fault`: the grader failed and no tries are left; an alert in the same transaction.
7. running -> queued or grader_fault
                           `sweep`: the lease ran out, so the worker is dead or cut off; counted as a fault. Guarded by
                           the token and by the lease's end: a heartbeat may come between looking and taking.
8. queued -> superseded    `supersede`: the same student uploaded again before a worker came. `drop`: the regrade that
                           it belongs to was given up.

graded, refused, grader_fault and superseded are final: no move leaves them, since every UPDATE names the state it
starts from. What ended in grader_fault can be graded again (`grade_again`): by a new row, and the old one stays. The
token is new at each claim, so a late worker whose lease was taken matches no row and writes nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Self

import msgspec
from sqlalchemy import ColumnElement, Update, case, delete, insert, select, update
from sqlalchemy.orm import Session

from grader.report import Event, Report, TestDone, TestStarted
from submissions.gradings.symptoms import symptom
from submissions.models import (
    Alert,
    Author,
    Grading,
    Phase,
    Progress,
    Queue,
    Regrade,
    State,
    Submission,
    Suite,
    TaskScore,
    TestResult,
    now,
)
from submissions.storage.database import Database, changed

_log = logging.getLogger(__name__)

WAKE_AGAIN = timedelta(seconds=15)
"""A queued grading is woken again after this: long for a busy queue, short after Redis lost everything."""

LONGEST_PAUSE = timedelta(seconds=60)
"""No grading waits longer than this to be tried again, however often it has failed."""

_GIVEN_UP = "the regrade was given up"

SWEEP_LIMIT = 200
"""Rows that one round of the sweeper looks at, of each kind: a round stays short whatever has piled up."""


class Lease(msgspec.Struct, frozen=True):
    """A worker's right to write one grading's result, and what it needs to grade it.

    `seconds` is how long the right lasts without a heartbeat; `attempt` counts from 1; `shadow` says that no page shows
    it before it is reviewed; `blob` and `suite_blob` are names in the blob store; `suite` is the content hash.
    """

    grading_id: int
    token: str
    seconds: float
    attempt: int
    shadow: bool
    blob: str
    suite: str
    suite_blob: str


class Waiting(msgspec.Struct, frozen=True):
    """A queued grading that a worker should be woken for, and through which queue."""

    grading_id: int
    queue: str


def claim(db: Database, grading_id: int, lease_seconds: float) -> Lease | None:
    """Takes a queued grading for this worker; None when it is not queued (a doubled wake-up, a superseded upload)."""
    token = secrets.token_hex(16)
    at = now()
    with db.write() as session:
        taken = changed(
            session,
            update(Grading)
            .where(Grading.id == grading_id, Grading.state == State.QUEUED, _may_run())
            .values(
                state=State.RUNNING,
                attempt=Grading.attempt + 1,
                lease_token=token,
                lease_until=at + timedelta(seconds=lease_seconds),
                started_at=at,
            ),
        )
        if not taken:
            return None
        row = session.execute(
            select(Grading.attempt, Grading.shadow, Submission.blob, Suite.hash, Suite.blob)
            .join(Submission, Grading.submission_id == Submission.id)
            .join(Suite, Grading.suite_id == Suite.id)
            .where(Grading.id == grading_id)
        ).one()
    return Lease(grading_id, token, lease_seconds, *row)


def progress(db: Database, lease: Lease, events: Sequence[Event]) -> bool:
    """Extends the lease and shows the tests that began or ended; without events, a heartbeat.

    False: the lease was lost and nothing was written, so the caller must stop grading and write nothing either.
    """
    until = now() + timedelta(seconds=lease.seconds)
    with db.write() as session:
        if not changed(session, _Hold.of(lease).update().values(lease_until=until)):
            return False
        verdicts = {event.test.id: event.test.verdict for event in events if isinstance(event, TestDone)}
        for event in events:
            if isinstance(event, TestStarted):
                session.add(
                    Progress(
                        grading_id=lease.grading_id,
                        lease_token=lease.token,
                        position=event.position,
                        total=event.total,
                        test=event.id,
                        title=event.title,
                        verdict=verdicts.pop(event.id, ""),
                    )
                )
        for test, verdict in verdicts.items():
            session.execute(
                update(Progress)
                .where(Progress.grading_id == lease.grading_id, Progress.test == test)
                .values(verdict=verdict)
            )
    return True


def finish(db: Database, lease: Lease, report: Report, phases: Mapping[str, float] | None = None) -> bool:
    """Records the result with all its scores. False: the lease was lost, and nothing was written.

    `phases` are the worker's own, in seconds, and go before the report's; `record` is added here.
    """
    began = perf_counter()
    with db.write() as session:
        if not _leave(session, _Hold.of(lease), State.GRADED, score=report.score, max_score=report.max_score):
            return False
        _insert(session, TaskScore, lease.grading_id, _task_scores(report))
        _insert(session, TestResult, lease.grading_id, _test_results(report))
        seconds = {**(phases or {}), **report.phases, "record": perf_counter() - began}
        session.execute(update(Grading).where(Grading.id == lease.grading_id).values(phases=seconds))
    return True


def refuse(db: Database, lease: Lease, message: str) -> bool:
    """Ends the grading without a score: the student can mend the hand-in, and `message` says how. False: lease lost."""
    with db.write() as session:
        return _leave(session, _Hold.of(lease), State.REFUSED, message=message)


def fault(db: Database, lease: Lease, text: str, max_attempts: int) -> bool:
    """The grader failed; `text` is for staff. Tries again later, or gives up with an alert. False: lease lost."""
    # The pause doubles: what ails the grader (a full disk, a missing library) seldom passes within a second.
    again_at = now() + min(timedelta(seconds=2.0 ** min(lease.attempt, 10)), LONGEST_PAUSE)
    with db.write() as session:
        return _fault(session, _Hold.of(lease), lease.attempt, text, max_attempts, again_at)


def supersede(session: Session, submission: Submission) -> int:
    """Ends the waiting interactive gradings of the same students' older uploads of the assignment; returns how many.

    One that counts for somebody else, too, is graded: for them it is not replaced.
    An upload over a slow line can be recorded after one that began later; it does not end that one, which counts.
    """
    students = [each.user_id for each in submission.authors]
    older = select(Submission.id).where(
        Submission.assignment_id == submission.assignment_id,
        ~Submission.authors.any(Author.user_id.not_in(students)),
        Submission.authors.any(Author.user_id.in_(students)),
        Submission.older_than(submission),
    )
    return changed(
        session,
        update(Grading)
        .where(
            Grading.submission_id.in_(older),
            Grading.state == State.QUEUED,
            Grading.queue == Queue.INTERACTIVE,
        )
        .values(state=State.SUPERSEDED, finished_at=now(), message=f"replaced by submission {submission.id}"),
    )


def drop(session: Session, regrade_id: int) -> int:
    """Ends the waiting gradings of a regrade that was given up; returns how many."""
    return changed(
        session,
        update(Grading)
        .where(Grading.regrade_id == regrade_id, Grading.state == State.QUEUED)
        .values(state=State.SUPERSEDED, finished_at=now(), message=_GIVEN_UP),
    )


def grade_again(session: Session, grading_id: int) -> Waiting:
    """A new queued grading of the same submission, by the suite that is published now. Wake a worker after the commit.

    Whether it should be graded again is the caller's to check.
    """
    grading = session.get_one(Grading, grading_id)
    again = Grading(
        submission_id=grading.submission_id,
        suite_id=grading.submission.assignment.suite_id or grading.suite_id,
        queue=Queue.INTERACTIVE,
        wake_at=now() + WAKE_AGAIN,
    )
    session.add(again)
    session.flush()
    return Waiting(again.id, again.queue)


def sweep(db: Database, max_attempts: int, limit: int = SWEEP_LIMIT) -> list[Waiting]:
    """Takes back what dead workers held, and says what is to be woken: interactive first, then the oldest.

    At most `limit` of each. What is returned is not returned again for WAKE_AGAIN, so that a long queue does not fill
    Redis with copies of itself.
    """
    at = now()
    with db.write() as session:
        expired = session.execute(
            select(Grading.id, Grading.lease_token, Grading.attempt)
            .where(Grading.state == State.RUNNING, Grading.lease_until < at)
            .order_by(Grading.id)
            .limit(limit)
        ).all()
        for grading_id, token, attempt in expired:
            text = f"The worker of attempt {attempt} fell silent: it was killed, cut off, or its machine is overloaded."
            _fault(session, _Hold(grading_id, token or "", expired_at=at), attempt, text, max_attempts, at)
        waiting = session.execute(
            select(Grading.id, Grading.queue)
            .where(Grading.state == State.QUEUED, Grading.wake_at <= at, _may_run())
            .order_by(case((Grading.queue == Queue.INTERACTIVE, 0), else_=1), Grading.id)
            .limit(limit)
        ).all()
        session.execute(
            update(Grading).where(Grading.id.in_([row.id for row in waiting])).values(wake_at=at + WAKE_AGAIN)
        )
    return [Waiting(grading_id, queue) for grading_id, queue in waiting]


def waits(session: Session) -> bool:
    """Whether a grading waits for a worker now."""
    return session.scalar(select(Grading.id).where(Grading.state == State.QUEUED, _may_run()).limit(1)) is not None


def forget_the_future(db: Database, lease_seconds: float) -> None:
    """Brings back what a clock that was set back has left ahead of it: leases and pauses longer than any may be.

    What a dead worker held would else wait until the clock has come that far again. A living worker's lease is cut to
    its length and not taken: the next heartbeat extends it.
    """
    at = now()
    lease_ends = at + timedelta(seconds=lease_seconds)
    with db.write() as session:
        changed(
            session,
            update(Grading)
            .where(Grading.state == State.RUNNING, Grading.lease_until > lease_ends)
            .values(lease_until=lease_ends),
        )
        changed(
            session,
            update(Grading)
            .where(Grading.state == State.QUEUED, Grading.wake_at > at + LONGEST_PAUSE)
            .values(wake_at=at),
        )


class _Hold(msgspec.Struct, frozen=True):
    """The running attempt that a move ends or extends; with `expired_at`, only if its lease had run out by then."""

    grading_id: int
    token: str
    expired_at: datetime | None = None

    @classmethod
    def of(cls, lease: Lease) -> Self:
        return cls(lease.grading_id, lease.token)

    def update(self) -> Update:
        held = update(Grading).where(
            Grading.id == self.grading_id, Grading.state == State.RUNNING, Grading.lease_token == self.token
        )
        return held if self.expired_at is None else held.where(Grading.lease_until < self.expired_at)


def _fault(session: Session, hold: _Hold, attempt: int, text: str, max_attempts: int, again_at: datetime) -> bool:
    phase = session.scalar(select(Regrade.phase).join(Grading).where(Grading.id == hold.grading_id))
    if phase is not None and phase not in (Phase.RUNNING, Phase.PAUSED):
        # Nobody would take it up again: its regrade was given up meanwhile.
        return _leave(session, hold, State.SUPERSEDED, message=_GIVEN_UP)
    if attempt < max_attempts:
        return _leave(session, hold, State.QUEUED, message=text, wake_at=again_at, finished_at=None)
    if not _leave(session, hold, State.FAULT, message=text):
        return False
    if phase is None:
        # A regrade's review counts its faults, and no student waits for these.
        alert = Alert(kind="grader_fault", grading_id=hold.grading_id, text=f"{text} (attempt {attempt}, the last)")
        session.add(alert)
    _log.error("grading %d ends as a grader fault after attempt %d: %s", hold.grading_id, attempt, text)
    return True


def _may_run() -> ColumnElement[bool]:
    running = select(Regrade.id).where(Regrade.phase == Phase.RUNNING)
    return Grading.regrade_id.is_(None) | Grading.regrade_id.in_(running)


def _leave(session: Session, hold: _Hold, state: State, **values: Any) -> bool:
    """Ends the running attempt, if it is still held."""
    ended = {"message": "", "finished_at": now(), **values}
    if not changed(session, hold.update().values(state=state, lease_token=None, lease_until=None, **ended)):
        return False
    session.execute(delete(Progress).where(Progress.grading_id == hold.grading_id))
    return True


def _insert(session: Session, table: type[TaskScore | TestResult], grading_id: int, rows: list[dict[str, Any]]) -> None:
    numbered = [{"grading_id": grading_id, "position": position, **row} for position, row in enumerate(rows)]
    # Of no rows, SQLAlchemy would make one without values.
    if numbered:
        session.execute(insert(table), numbered)


def _task_scores(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "task": task.id,
            "title": task.title,
            "score": task.score,
            "max_score": task.max_score,
        }
        for task in report.tasks
    ]


def _test_results(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "test": test.id,
            "task": test.task,
            "title": test.title,
            "points": test.points,
            "max_points": test.max_points,
            "verdict": test.verdict,
            "message": test.message,
            "hints": hints,
            "symptom": symptom(test.verdict, test.message, hints),
            "seconds": test.seconds,
            "output": test.output,
            "visibility": test.visibility,
            "staff": test.staff,
            "figures": msgspec.to_builtins(test.figures),
        }
        for test in report.tests
        for hints in [msgspec.to_builtins(test.hints)]
    ]
