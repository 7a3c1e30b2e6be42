"""The work of grading by hand: what is left of each task, who graded how much, and who has which answer open.

Work is what counts of every student who is in the course, in the tasks that a person grades. That somebody has an
answer open keeps two people from reading the same one unknowingly, and is forgotten after some minutes; it must never
decide who may give points (`submissions.scores.manual`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Subquery, case, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.assignment import Task
from submissions.models import Assignment, ManualScore, OpenAnswer, Suite, User, now
from submissions.people.reach import WHOLE, Reach
from submissions.scores import counting, manual
from submissions.storage import audit
from submissions.storage.database import changed

OPEN_FOR = timedelta(minutes=10)
"""So long after a grader opened an answer it is kept from the others' next ones."""


class Share(msgspec.Struct, frozen=True):
    """How many answers somebody has graded, or has open."""

    name: str
    answers: int


class Work(msgspec.Struct, frozen=True):
    """One task: how many answers there are, how many are graded, and by whom; `open` are others' that are not yet."""

    task: Task
    answers: int
    shares: tuple[Share, ...]
    open: tuple[Share, ...]

    @property
    def graded(self) -> int:
        """How many have points."""
        return sum(each.answers for each in self.shares)

    @property
    def left(self) -> int:
        """How many nobody has graded yet."""
        return self.answers - self.graded


class Place(msgspec.Struct, frozen=True):
    """Where an answer stands in the work: `before` and `after` it, by submission. Not `counted`: it is no work."""

    answers: int
    left: int
    before: int | None
    after: int | None
    counted: bool


def overview(session: Session, assignment: Assignment, reach: Reach, reader_id: int, at: datetime) -> list[Work]:
    """Every task of the published suite that a person grades, in its order, with the work in reach."""
    if assignment.suite is None:
        return []
    suites = _suites(session, assignment, reach)
    counts = counting.that_count([assignment.id], reach)
    answers = session.execute(
        select(counts.c.suite_id, func.count(counts.c.id.distinct())).group_by(counts.c.suite_id)
    ).all()
    # Of each task, by suite and person.
    graded = session.execute(
        select(ManualScore.task, counts.c.suite_id, User.id, User.name, func.count(counts.c.id.distinct()))
        .join(User, User.id == ManualScore.grader_id)
        .join(counts, counts.c.id == ManualScore.submission_id)
        .group_by(ManualScore.task, counts.c.suite_id, User.id, User.name)
    ).all()
    given = exists().where(ManualScore.submission_id == OpenAnswer.submission_id, ManualScore.task == OpenAnswer.task)
    opened = session.execute(
        select(OpenAnswer.task, counts.c.suite_id, User.id, User.name, func.count(counts.c.id.distinct()))
        .join(User, User.id == OpenAnswer.grader_id)
        .join(counts, counts.c.id == OpenAnswer.submission_id)
        .where(OpenAnswer.until > at, OpenAnswer.grader_id != reader_id, ~given)
        .group_by(OpenAnswer.task, counts.c.suite_id, User.id, User.name)
    ).all()
    found = []
    for task in manual.written_tasks(assignment.suite):
        having = _having(task.id, suites)
        found.append(
            Work(
                task,
                sum(number for suite, number in answers if suite in having),
                _shares(row[2:] for row in graded if row[0] == task.id and row[1] in having),
                _shares(row[2:] for row in opened if row[0] == task.id and row[1] in having),
            )
        )
    return found


def place(session: Session, assignment: Assignment, reach: Reach, task_id: str, submission_id: int) -> Place:
    """Where a submission's answer stands among those of its task that are in reach."""
    work = _answers(session, assignment, reach, task_id)
    rows = session.execute(select(work.c.id, _given(work, task_id)).order_by(work.c.id)).all()
    return Place(
        answers=len(rows),
        left=sum(not given for _, given in rows),
        before=max((number for number, _ in rows if number < submission_id), default=None),
        after=min((number for number, _ in rows if number > submission_id), default=None),
        counted=any(number == submission_id for number, _ in rows),
    )


def next_answer(
    session: Session, assignment: Assignment, reach: Reach, task_id: str, grader_id: int, at: datetime, after: int = 0
) -> int | None:
    """Opens for this grader the next answer in reach after that submission, then from the first, that nobody has graded
    and nobody else has open; its submission, or None when there is none. Of two who ask at once, each gets another one.
    """
    work = _answers(session, assignment, reach, task_id)
    taken = exists().where(
        OpenAnswer.submission_id == work.c.id,
        OpenAnswer.task == task_id,
        OpenAnswer.grader_id != grader_id,
        OpenAnswer.until > at,
    )
    free = (
        select(work.c.id)
        .where(~_given(work, task_id), ~taken)
        .order_by(case((work.c.id > after, 0), else_=1), work.c.id)
        .limit(1)
    )
    while (found := session.scalars(free).first()) is not None:
        if open_answer(session, found, task_id, grader_id, at):
            return int(found)
        # Somebody else opened it since the question was asked: it is not free any more.
    return None


def open_answer(session: Session, submission_id: int, task_id: str, grader_id: int, at: datetime) -> bool:
    """Notes for some minutes that this grader has the answer open, unless somebody else has: then False."""
    still = (OpenAnswer.grader_id == grader_id) & (OpenAnswer.until > at)
    renewed = (
        update(OpenAnswer)
        .where(_of(submission_id, task_id), (OpenAnswer.grader_id == grader_id) | (OpenAnswer.until <= at))
        .values(since=case((still, OpenAnswer.since), else_=at), grader_id=grader_id, until=at + OPEN_FOR)
    )
    if changed(session, renewed):
        return True
    try:
        with session.begin_nested():
            session.add(
                OpenAnswer(
                    submission_id=submission_id, task=task_id, grader_id=grader_id, since=at, until=at + OPEN_FOR
                )
            )
    except IntegrityError:
        return False
    return True


def elsewhere(session: Session, submission_id: int, task_id: str, reader_id: int, at: datetime) -> OpenAnswer | None:
    """Who else has this answer open."""
    return session.scalar(
        select(OpenAnswer).where(_of(submission_id, task_id), OpenAnswer.grader_id != reader_id, OpenAnswer.until > at)
    )


def close_answer(session: Session, submission_id: int, task_id: str, grader_id: int) -> None:
    """This grader does not have it open any more."""
    session.execute(delete(OpenAnswer).where(_of(submission_id, task_id), OpenAnswer.grader_id == grader_id))


def release(session: Session, assignment_id: int, by: User, address: str = "") -> int | None:
    """From now on the points given by hand count and students see them; returns how many answers have none yet, or None
    when they were released before. The audit log keeps both.
    """
    assignment = _held(session, assignment_id)
    if counting.is_released(assignment):
        return None
    at = now()
    left = sum(each.left for each in overview(session, assignment, WHOLE, by.id, at))
    assignment.points_released_at = at
    _record(session, assignment, by, "release points by hand", {"ungraded": left}, address)
    return left


def take_back(session: Session, assignment_id: int, by: User, address: str = "") -> bool:
    """From now on the points given by hand count nowhere and no student sees them; they are kept. False: so it was."""
    assignment = _held(session, assignment_id)
    if not counting.is_released(assignment):
        return False
    assignment.points_released_at = None
    _record(session, assignment, by, "take back points by hand", {}, address)
    return True


def _held(session: Session, assignment_id: int) -> Assignment:
    # Of two who press at once the second finds it done.
    return session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)


def _record(
    session: Session, assignment: Assignment, by: User, action: str, detail: dict[str, Any], address: str
) -> None:
    record = f"assignment {assignment.slug}"
    audit.record(session, by.login, action, record, detail, address, course_id=assignment.course_id)


def _of(submission_id: int, task_id: str) -> ColumnElement[bool]:
    return (OpenAnswer.submission_id == submission_id) & (OpenAnswer.task == task_id)


def _suites(session: Session, assignment: Assignment, reach: Reach) -> Sequence[Suite]:
    """The suites whose tasks the assignment's hand-ins answer."""
    counts = counting.that_count([assignment.id], reach)
    return session.scalars(select(Suite).where(Suite.id.in_(select(counts.c.suite_id)))).all()


def _having(task_id: str, suites: Sequence[Suite]) -> set[int]:
    return {each.id for each in suites if any(task.id == task_id for task in manual.written_tasks(each))}


def _answers(session: Session, assignment: Assignment, reach: Reach, task_id: str) -> Subquery:
    """The submissions whose answers to a task are work: those that count, where the suite that speaks has the task.

    What several students handed in together is one answer.
    """
    having = _having(task_id, _suites(session, assignment, reach))
    counts = counting.that_count([assignment.id], reach)
    return select(counts.c.id).where(counts.c.suite_id.in_(having)).distinct().subquery()


def _given(work: Subquery, task_id: str) -> ColumnElement[bool]:
    return exists().where(ManualScore.submission_id == work.c.id, ManualScore.task == task_id)


def _shares(rows: Iterable[Sequence[Any]]) -> tuple[Share, ...]:
    """Rows of a person's id, name and number, added up by person; the most first."""
    added: dict[int, Share] = {}
    for person, name, number in rows:
        before = added[person].answers if person in added else 0
        added[person] = Share(name, before + number)
    return tuple(sorted(added.values(), key=lambda each: (-each.answers, each.name)))
