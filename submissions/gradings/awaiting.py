"""What can be told of a hand-in whose grading is awaited: its place in the queue, and whether anything has changed.

Pages ask for it again and again before a deadline, so each question is short.
"""

from __future__ import annotations

import statistics

import msgspec
from sqlalchemy import Case, bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

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


# Put together once: pages that wait ask them hundreds of times a minute.
_OTHER = aliased(Grading)


def _rank(of: type[Grading]) -> Case[int]:
    return case((of.queue == Queue.INTERACTIVE, 0), else_=1)


_AHEAD = (
    select(func.count())
    .where(
        _OTHER.state == State.QUEUED,
        (_rank(Grading) > _rank(_OTHER)) | ((_rank(Grading) == _rank(_OTHER)) & (_OTHER.id < Grading.id)),
    )
    .scalar_subquery()
)
_AHEAD_OF = select(_AHEAD).where(Grading.id == bindparam("grading"))
# A test that begins adds a row, and one that ends its verdict.
_MOVES = select(func.count() + func.count(case((Progress.verdict != "", 1)))).where(Progress.grading_id == Grading.id)
_SO_FAR = (
    select(
        Grading.id,
        Grading.state,
        Grading.attempt,
        _MOVES.scalar_subquery(),
        case((Grading.state == State.QUEUED, _AHEAD), else_=0).label("ahead"),
    )
    .where(Grading.submission_id == bindparam("submission"), Grading.shadow.is_(False))
    .order_by(Grading.id.desc())
    .limit(1)
)


def so_far(session: Session, submission_id: int) -> tuple[object, ...] | None:
    """All that a grading on its way changes in the page of its submission: the same as long as it does not. None where
    the grading is final, or there is none.

    What people change meanwhile (a deadline, a name) is not in it: that shows with the next step of the grading.

    It costs one short query.
    """
    # Without objects, which cost as much as the query.
    row = session.connection().execute(_SO_FAR, {"submission": submission_id}).one_or_none()
    if row is None or row.state in FINAL:
        return None
    return (*row[:-1], _told(row.ahead))


def place(session: Session, grading: Grading, graders: int) -> Place:
    """A queued grading's place; `graders` is how many gradings run at the same time."""
    ahead = session.scalars(_AHEAD_OF, {"grading": grading.id}).one()
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


def _told(ahead: int) -> int:
    return ahead if ahead < _FEW_AHEAD else ahead - ahead % _STEP_AHEAD
