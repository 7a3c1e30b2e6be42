"""Checks that the service's workers make of a version's folder, batch by batch. Every change of `CheckRun.state`:

1. -> waiting              `begin`: somebody asks for it; while one is under way, that one is it.
2. waiting -> running      `claim`: one UPDATE with `state = 'waiting'`; row count 0: another worker was first.
3. running -> running      `beat`: a heartbeat; the lease is extended while the token is still the row's.
4. running -> waiting      `pause`: a batch is done, and what it brought is kept; guarded by the token.
5. running -> done         `finish`: the result, in the same transaction, speaks for the suite; guarded by the token.
6. running -> waiting or fault
                           `fault`: the grader failed; the last of so many times in a row. `sweep`: the lease ran out,
                           which counts as a fault. Both are guarded by the token.
7. waiting, running -> cancelled
                           `cancel`: somebody gave it up. A worker that is at it finds no row, and stops.

Batches are short, and their queue is the last: a check of many minutes makes no upload wait for longer than one batch.
A fault of ours is told as one; only a check that has come to its end says anything of a suite.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session, joinedload

from grader.checking import Found, Result
from submissions.gradings.lifecycle import LONGEST_PAUSE, SWEEP_LIMIT, WAKE_AGAIN
from submissions.models import CheckRun, CheckState, SuiteCheck, SyncedSuite, User, now
from submissions.storage import audit
from submissions.storage.database import Database, changed
from submissions.suites import checked

OPEN = (CheckState.WAITING, CheckState.RUNNING)
"""The states in which a check is under way."""

_log = logging.getLogger(__name__)


class CannotCheck(Exception):
    """This version cannot be checked here, or this check not be given up; the message says why, and what to do."""


class CheckLease(msgspec.Struct, frozen=True):
    """A worker's right to one batch of a check, and what it needs: the blob of the folder, the hash of its suite, what
    was done so far. `faults` counts the batches in a row that failed."""

    run_id: int
    token: str
    seconds: float
    faults: int
    folder: str
    suite: str
    so_far: dict[str, Any]


class Doing(msgspec.Struct):
    """What a check is at, for who waits: in words, and how many of the `mutants` were `tried`."""

    words: str = ""
    tried: int = 0
    mutants: int = 0


def may_begin(version: SyncedSuite, check: SuiteCheck | None) -> bool:
    """Whether there is anything to check: a folder with its handout, of which no check has said that it is ready."""
    return version.folder is not None and version.handout is not None and not (check and check.ready)


def begin(session: Session, version_id: int, by: User, written: Sequence[Found] = (), address: str = "") -> CheckRun:
    """The check of a version, which waits for a worker: a new one, unless one is under way. Raises CannotCheck.

    `written` is what the portal itself found, of written answers. Wake a worker after the commit.
    """
    # Who asks at the same moment waits here, and then finds the check that the first one began.
    version = session.get_one(SyncedSuite, version_id, with_for_update=True, populate_existing=True)
    under_way = session.scalar(select(CheckRun).where(CheckRun.synced_suite_id == version.id, CheckRun.state.in_(OPEN)))
    if under_way is not None:
        return under_way
    check = checked.newest(session, [version.suite_id]).get(version.suite_id)
    if version.folder is None or not may_begin(version, check):
        raise CannotCheck(
            "There is nothing to check here: a check has said already that these tests are ready, or they came without "
            "their folder. `handin assignment sync COURSE FOLDER --check-later` brings it."
        )
    run = CheckRun(
        synced_suite_id=version.id,
        folder=version.folder,
        by_id=by.id,
        written=msgspec.to_builtins(list(written)),
        wake_at=now() + WAKE_AGAIN,
    )
    session.add(run)
    session.flush()
    _record(session, run, by, "check.begin", address)
    return run


def cancel(session: Session, run_id: int, by: User, address: str = "") -> None:
    """Gives a check up. Raises CannotCheck when it has ended."""
    statement = update(CheckRun).where(CheckRun.id == run_id, CheckRun.state.in_(OPEN))
    if not changed(session, statement.values(**_ended(CheckState.CANCELLED))):
        raise CannotCheck("This check has ended already: nothing was given up.")
    _record(session, session.get_one(CheckRun, run_id), by, "check.cancelled", address)


def latest(session: Session, version_id: int) -> CheckRun | None:
    """The newest check of a version, whatever came of it, with who began it; without what it has done so far."""
    return session.scalar(
        select(CheckRun)
        .options(joinedload(CheckRun.by))
        .where(CheckRun.synced_suite_id == version_id)
        .order_by(CheckRun.id.desc())
        .limit(1)
    )


def under_way(session: Session, version_ids: Sequence[int]) -> set[int]:
    """Those of the versions that are being checked, or wait for it."""
    asked = select(CheckRun.synced_suite_id).where(CheckRun.state.in_(OPEN), CheckRun.synced_suite_id.in_(version_ids))
    return set(session.scalars(asked))


def claim(db: Database, run_id: int, lease_seconds: float) -> CheckLease | None:
    """Takes a waiting check for one batch; None when it does not wait (a doubled wake-up, one that was given up)."""
    token, at = secrets.token_hex(16), now()
    with db.write() as session:
        waiting = update(CheckRun).where(CheckRun.id == run_id, CheckRun.state == CheckState.WAITING)
        until = at + timedelta(seconds=lease_seconds)
        if not changed(session, waiting.values(state=CheckState.RUNNING, lease_token=token, lease_until=until)):
            return None
        run = session.get_one(CheckRun, run_id)
        return CheckLease(
            run_id, token, lease_seconds, run.faults, run.folder, run.version.suite.hash, run.so_far or {}
        )


def beat(db: Database, lease: CheckLease, doing: Doing) -> bool:
    """Extends the lease, and shows what is being done. False: the lease was lost, so the caller must stop."""
    until = now() + timedelta(seconds=lease.seconds)
    with db.write() as session:
        return changed(session, _held(lease).values(lease_until=until, **_shown(doing))) == 1


def pause(db: Database, lease: CheckLease, so_far: dict[str, Any], doing: Doing) -> bool:
    """Keeps what a batch has brought; another one goes on from there. Wake a worker then. False: the lease was lost."""
    with db.write() as session:
        waits = _waits(now() + WAKE_AGAIN, faults=0, so_far=so_far, **_shown(doing))
        return changed(session, _held(lease).values(**waits)) == 1


def finish(db: Database, lease: CheckLease, found: Result) -> bool:
    """From now on this result speaks for the suite. False: the lease was lost, and nothing was written."""
    with db.write() as session:
        if not changed(session, _held(lease).values(**_ended(CheckState.DONE))):
            return False
        run = session.get_one(CheckRun, lease.run_id)
        written = msgspec.convert(run.written, tuple[Found, ...])
        # As the command goes about it: the written answers are looked at when nothing else is to mend.
        whole = found if found.errors else msgspec.structs.replace(found, findings=found.findings + written)
        checked.keep(session, run.version.suite, whole, run.by.login)
    return True


def fault(db: Database, lease: CheckLease, text: str, max_faults: int) -> bool:
    """A batch failed, and not by the suite; `text` is for staff. It is tried again, or told. False: lease lost."""
    again_at = now() + min(timedelta(seconds=2.0 ** min(lease.faults + 1, 10)), LONGEST_PAUSE)
    with db.write() as session:
        return _fault(session, _held(lease), lease.run_id, lease.faults + 1, text, max_faults, again_at)


def sweep(db: Database, max_faults: int, lease_seconds: float) -> list[int]:
    """Takes back what dead workers held, and says which checks to wake a worker for; each again after WAKE_AGAIN."""
    at = now()
    with db.write() as session:
        # A clock that was set back has left these ahead of it: they would wait until it has come that far again.
        longest = at + timedelta(seconds=lease_seconds)
        running = update(CheckRun).where(CheckRun.state == CheckState.RUNNING)
        changed(session, running.where(CheckRun.lease_until > longest).values(lease_until=longest))
        latest_wake = at + LONGEST_PAUSE
        ahead = update(CheckRun).where(CheckRun.state == CheckState.WAITING, CheckRun.wake_at > latest_wake)
        changed(session, ahead.values(wake_at=at))
        expired = session.execute(
            select(CheckRun.id, CheckRun.lease_token, CheckRun.faults)
            .where(CheckRun.state == CheckState.RUNNING, CheckRun.lease_until < at)
            .limit(SWEEP_LIMIT)
        ).all()
        for run_id, token, faults in expired:
            # A heartbeat may have come since.
            held = running.where(CheckRun.id == run_id, CheckRun.lease_token == token, CheckRun.lease_until < at)
            text = "The worker fell silent: it was killed, cut off, or its machine is overloaded."
            _fault(session, held, run_id, faults + 1, text, max_faults, at)
        waiting = session.scalars(
            select(CheckRun.id)
            .where(CheckRun.state == CheckState.WAITING, CheckRun.wake_at <= at)
            .order_by(CheckRun.id)
            .limit(SWEEP_LIMIT)
        ).all()
        changed(session, update(CheckRun).where(CheckRun.id.in_(waiting)).values(wake_at=at + WAKE_AGAIN))
    return [*waiting]


def _fault(
    session: Session, held: Update, run_id: int, faults: int, text: str, max_faults: int, again_at: datetime
) -> bool:
    if faults < max_faults:
        return changed(session, held.values(**_waits(again_at, faults=faults, message=text))) == 1
    if not changed(session, held.values(**_ended(CheckState.FAULT, message=text, faults=faults))):
        return False
    _log.error("check %d ends as a fault of the grader: %s", run_id, text)
    return True


def _held(lease: CheckLease) -> Update:
    return update(CheckRun).where(
        CheckRun.id == lease.run_id, CheckRun.state == CheckState.RUNNING, CheckRun.lease_token == lease.token
    )


def _waits(again_at: datetime, **values: Any) -> dict[str, Any]:
    free = {"state": CheckState.WAITING, "lease_token": None, "lease_until": None}
    return {**free, "wake_at": again_at, "message": "", **values}


def _ended(state: CheckState, **values: Any) -> dict[str, Any]:
    # What it has done so far is of no use any more, and large.
    free: dict[str, Any] = {"state": state, "lease_token": None, "lease_until": None, "so_far": {}}
    return {**free, "ended_at": now(), "message": "", **values}


def _shown(doing: Doing) -> dict[str, Any]:
    return {"doing": doing.words, "tried": doing.tried, "mutants": doing.mutants}


def _record(session: Session, run: CheckRun, by: User, action: str, address: str) -> None:
    assignment = run.version.assignment
    audit.record(
        session,
        by.login,
        action,
        f"check {run.id} of {assignment.slug}",
        {"suite": run.version.suite.hash},
        address,
        course_id=assignment.course_id,
    )
