"""How the service is, part by part, in words for whoever answers for it: what is seen, and what to do about it.

It asks the database a fixed number of questions, and looks at nothing that could make a page wait.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.sandbox.doctor import Finding, Level
from submissions.models import UNDER_WAY, Grading, Pulse, Queue, State
from submissions.service import alerts, pulse
from submissions.service.verify import Outcome
from submissions.settings import Settings

SILENT = timedelta(seconds=90)
"""A part that has given no sign for so long is taken to be away."""

_UNVERIFIED = timedelta(hours=3)
_LONG_WAIT = timedelta(minutes=10)
_SCARCE_GB = 2


class UnderWay(msgspec.Struct, frozen=True):
    """So many gradings of one queue and state, and when the first of them was queued."""

    gradings: int
    oldest: datetime | None = None


def look(session: Session, table: Settings, at: datetime) -> list[Finding]:
    """What there is to say at this time, but for the broker; the database, which this is read from, answers."""
    workers = [each for each in pulse.workers(session) if at - each.at < SILENT]
    return [
        *_workers(workers, table),
        _sweeper(pulse.last(session, pulse.SWEEPER), at),
        _queue(session, bool(workers), at),
        _faults(session),
        _disk(table),
    ]


def under_way(session: Session) -> dict[tuple[Queue, State], UnderWay]:
    """The gradings that wait or run, by queue and state; none are told as 0."""
    rows = session.execute(
        select(Grading.queue, Grading.state, func.count(), func.min(Grading.queued_at))
        .where(Grading.state.in_(UNDER_WAY))
        .group_by(Grading.queue, Grading.state)
    )
    found = {(queue, state): UnderWay(count, oldest) for queue, state, count, oldest in rows}
    queues = (Queue.INTERACTIVE, Queue.REGRADE)
    return {(queue, state): found.get((queue, state), UnderWay(0)) for queue in queues for state in UNDER_WAY}


def verification(session: Session) -> Outcome | None:
    """What the last verification found; None: there was none yet."""
    last = pulse.last(session, pulse.VERIFICATION)
    return msgspec.convert(last.detail, Outcome) if last is not None else None


def of_verification(outcome: Outcome | None, at: datetime) -> Finding:
    """What the last verification says, in one line."""
    run = "Run `handin verify` on the server: it reads the files too, and says what to do about each finding."
    if outcome is None:
        return Finding("verification", Level.CAUTION, "none yet", "The sweeper makes one when it starts: does it run?")
    if outcome.found:
        return Finding("verification", Level.FAIL, f"{_count(outcome.found, 'thing')} not as it must be", run)
    if at - outcome.at > _UNVERIFIED:
        return Finding("verification", Level.CAUTION, "none for more than three hours", "Does the sweeper run?")
    counts = outcome.counts
    return Finding(
        "verification",
        Level.PASS,
        f"{_count(counts.submissions, 'hand-in')} and {_count(counts.gradings, 'grading')} are as they must be",
    )


def _workers(workers: list[Pulse], table: Settings) -> Iterator[Finding]:
    if not workers:
        remedy = "Hand-ins are taken and wait; nothing is lost. Start a worker, or read its log."
        yield Finding("workers", Level.FAIL, "none gives a sign of life", remedy)
        return
    at_a_time = sum(int(each.detail.get("gradings", 0)) for each in workers)
    seen = f"{_count(len(workers), 'worker')}, {_count(at_a_time, 'grading')} at a time"
    yield Finding("workers", Level.PASS, seen)
    if table.unsafe or any(each.detail.get("sandbox") == "none" for each in workers):
        remedy = "Unset HANDIN_SANDBOX, unless every student is trusted."
        yield Finding("isolation", Level.FAIL, "a worker runs student code without a sandbox", remedy)
        return
    layers = [_finding(each) for worker in workers for each in worker.detail.get("isolation", ())]
    weak = {finding for finding in layers if finding.level is not Level.PASS}
    if not weak:
        yield Finding("isolation", Level.PASS, "every layer stands on every worker")
    for finding in sorted(weak, key=lambda finding: finding.layer):
        yield msgspec.structs.replace(finding, layer=f"isolation: {finding.layer}")


def _finding(said: dict[str, Any]) -> Finding:
    return msgspec.convert(said, Finding)


def _sweeper(last: Pulse | None, at: datetime) -> Finding:
    remedy = "What dead workers held waits until it runs. Start it, or read its log."
    if last is None:
        return Finding("sweeper", Level.FAIL, "it has never run", remedy)
    if at - last.at > SILENT:
        return Finding("sweeper", Level.FAIL, f"silent since {last.at:%Y-%m-%d %H:%M} UTC", remedy)
    return Finding("sweeper", Level.PASS, "it runs")


def _queue(session: Session, alive: bool, at: datetime) -> Finding:
    counted = under_way(session)
    waiting, running = (sum(each.gradings for (_, in_), each in counted.items() if in_ == state) for state in UNDER_WAY)
    oldest = counted[Queue.INTERACTIVE, State.QUEUED].oldest
    seen = f"{_count(waiting, 'grading')} waiting, {running} running"
    if oldest is None or at - oldest < _LONG_WAIT:
        return Finding("queue", Level.PASS, seen)
    minutes = int((at - oldest).total_seconds() // 60)
    remedy = "More workers make it shorter." if alive else "It is worked off as soon as a worker runs."
    return Finding("queue", Level.CAUTION, f"{seen}; a hand-in has waited for {minutes} minutes", remedy)


def _faults(session: Session) -> Finding:
    number = alerts.count_open(session)
    if not number:
        return Finding("grader faults", Level.PASS, "none that is open")
    remedy = "Each course's page lists its own, with what went wrong."
    return Finding("grader faults", Level.CAUTION, f"{number} not resolved", remedy)


def _disk(table: Settings) -> Finding:
    free = shutil.disk_usage(table.data).free / 1e9
    if free < _SCARCE_GB:
        remedy = "Free some, or move the data folder. An upload that does not fit is refused, and told so."
        return Finding("disk", Level.CAUTION, f"{free:.1f} GB free", remedy)
    return Finding("disk", Level.PASS, f"{free:.0f} GB free")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
