"""How long gradings took lately, phase by phase: for whoever asks why results come late.

Of gradings that students waited for: those of a regrade run when nobody does.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from submissions.models import Grading, Queue, State

LATEST = 500
"""Gradings that are looked at, the newest first."""


class Timing(msgspec.Struct, frozen=True):
    """Seconds within which half of the gradings were through a phase, and within which 95 of 100 were."""

    phase: str
    half: float
    most: float


class Timings(msgspec.Struct, frozen=True):
    """Each phase in the order in which a grading goes through them, between the wait for a worker and the whole."""

    gradings: int
    phases: tuple[Timing, ...]


def timings(session: Session) -> Timings:
    """Of the latest graded hand-ins; of none where there are none."""
    rows = session.execute(
        select(Grading.queued_at, Grading.started_at, Grading.finished_at, Grading.phases)
        .where(Grading.state == State.GRADED, Grading.queue == Queue.INTERACTIVE)
        .order_by(Grading.id.desc())
        .limit(LATEST)
    ).all()
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    whole: list[float] = []
    for queued, started, finished, phases in rows:
        if started is None or finished is None:
            continue  # a graded one has both; the columns allow for others
        seconds["waiting"].append((started - queued).total_seconds())
        for phase, length in phases.items():
            seconds[phase].append(length)
        whole.append((finished - queued).total_seconds())
    named = [*seconds.items(), ("all together", whole)] if whole else []
    return Timings(len(rows), tuple(Timing(phase, _within(each, 0.5), _within(each, 0.95)) for phase, each in named))


def _within(seconds: Sequence[float], share: float) -> float:
    """The shortest of the times within which at least that share is."""
    return sorted(seconds)[math.ceil(share * len(seconds)) - 1]
