"""What can be told of a hand-in whose grading is awaited: its place in the queue, and whether anything has changed.

Pages ask for it again and again before a deadline, so each question is short.
"""

from __future__ import annotations

import statistics

import msgspec
from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from submissions.models import FINAL, Grading, Progress, Queue, State

_RECENT = 50
# Up to how many hand-ins ahead pages tell the very number, and in what steps beyond.
_FEW_AHEAD = 20
_STEP_AHEAD = 5


class Place(msgspec.Struct, frozen=True):
    """A place in the queue. `ahead`: gradings that go first. `seconds`: the expected wait, or None.

    `seconds` is an estimate from the median of recent gradings, and pages must say so; None: there were none.
    """

    ahead: int
    seconds: float | None

    @property
    def told(self) -> int:
        """`ahead` as pages tell it: of many, in steps, so that not every grading changes every page that waits."""
        return _told(self.ahead)


# Put together once, as `_AHEAD`: pages that wait ask them hundreds of times a minute. A test that begins adds a row,
# and one that ends its verdict.
_MOVES = select(func.count() + func.count(case((Progress.verdict != "", 1)))).where(Progress.grading_id == Grading.id)
_SO_FAR = (
    select(Grading.id, Grading.state, Grading.attempt, Grading.queue, _MOVES.scalar_subquery())
    .where(Grading.submission_id == bindparam("submission"), Grading.shadow.is_(False))
    .order_by(Grading.id.desc())
    .limit(1)
)
_RANK = case((Grading.queue == Queue.INTERACTIVE, 0), else_=1)
_AHEAD = (
    select(func.count())
    .select_from(Grading)
    .where(
        Grading.state == State.QUEUED,
        (bindparam("own") > _RANK) | ((bindparam("own") == _RANK) & (Grading.id < bindparam("grading"))),
    )
)


def so_far(session: Session, submission_id: int) -> tuple[object, ...] | None:
    """All that a page of a submission whose grading is not final can show differently from one moment to the next: the
    same as long as it does not. None where the grading is final, or there is none.

    It costs two short queries.
    """
    row = session.execute(_SO_FAR, {"submission": submission_id}).one_or_none()
    if row is None or row.state in FINAL:
        return None
    ahead = _told(_ahead(session, row.id, row.queue)) if row.state == State.QUEUED else 0
    return (*row, ahead)


def place(session: Session, grading: Grading, graders: int) -> Place:
    """A queued grading's place; `graders` is how many gradings run at the same time."""
    ahead = _ahead(session, grading.id, grading.queue)
    recent = session.execute(
        select(Grading.started_at, Grading.finished_at)
        # Of one queue, so that the index gives the newest at once, however many were ever graded.
        .where(Grading.state == State.GRADED, Grading.queue == grading.queue)
        .order_by(Grading.id.desc())
        .limit(_RECENT)
    ).all()
    took = [(ended - began).total_seconds() for began, ended in recent if began is not None and ended is not None]
    # All `graders` are taken to be busy, each half-way through on average.
    seconds = statistics.median(took) * (ahead / graders + 0.5) if took else None
    return Place(ahead, seconds)


def _ahead(session: Session, grading_id: int, queue: str) -> int:
    own = 0 if queue == Queue.INTERACTIVE else 1
    return session.scalars(_AHEAD, {"own": own, "grading": grading_id}).one()


def _told(ahead: int) -> int:
    return ahead if ahead < _FEW_AHEAD else ahead - ahead % _STEP_AHEAD
