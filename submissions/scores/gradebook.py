"""The gradebook: what every student of a course has, by assignment, or in one assignment by task. Nothing here writes.

It says for all students at once what `counting.standing` and `adjustments.mark` say for one, from plain columns and in
a fixed number of queries: a course may have 1,500 students and 40 columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from grader.assignment import Task
from grader.report import summed
from submissions.models import (
    UNDER_WAY,
    Adjustment,
    Assignment,
    Author,
    Enrolment,
    Grading,
    ManualScore,
    Role,
    State,
    Submission,
    Suite,
    TaskScore,
    User,
    now,
)
from submissions.people.reach import Reach
from submissions.scores import adjustments, counting, manual


class Cell(msgspec.Struct, frozen=True, gc=False):
    """What one student has in one column. `score` is after the decisions of staff; None: not known, or `excused`.

    `state` is that of the grading that speaks for what counts, `queued` before there is one, `refused` when nothing
    that was handed in could be graded, and "" when nothing was. `late`, `waiting` (tasks that nobody has read yet) and
    `penalty` (how many percent lateness took) are of what counts; `held`: no points by a person are released yet.
    """

    state: str = ""
    submission_id: int | None = None
    score: float | None = None
    max_score: float | None = None
    late: bool = False
    waiting: int = 0
    penalty: float = 0.0
    decided: bool = False
    excused: bool = False
    held: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is a score of the grader's alone, complete and on time."""
        return self.state == State.GRADED and not (self.late or self.waiting or self.decided)


class Column(msgspec.Struct, frozen=True):
    """An assignment or a task: `key` is its slug or id, `max_score` the published tests' points; None: none are."""

    key: str
    title: str
    max_score: float | None
    of_task: bool = False
    opened: bool = True


class Row(msgspec.Struct, frozen=True):
    """One student, with a cell for each column."""

    user_id: int
    login: str
    name: str
    section: str
    cells: tuple[Cell, ...]


class Book(msgspec.Struct, frozen=True):
    """Rows by name, and the columns. `sections` are those of the course, whichever rows are left.

    `left` is how many have left the course: they have no rows here, unless these were asked for.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sections: tuple[str, ...]
    left: int = 0

    def only(self, which: Which | None = None, section: str = "", who: str = "") -> Book:
        """The rows of a section, of names or logins that contain `who`, in which an assignment's cell is `which`."""
        sought = who.casefold()
        places = self._places()
        rows = (
            row
            for row in self.rows
            if (not section or row.section == section)
            and (sought in row.name.casefold() or sought in row.login)
            and (which is None or any(_IS[which](row.cells[n]) for n in places))
        )
        return msgspec.structs.replace(self, rows=tuple(rows))

    def counts(self) -> dict[Which, int]:
        """How many of the rows `only` would leave of each kind."""
        places = self._places()
        found = dict.fromkeys(Which, 0)
        for row in self.rows:
            # Most cells are a score and nothing else.
            odd = [cell for n in places for cell in (row.cells[n],) if not cell.plain]
            for which in Which:
                found[which] += any(_IS[which](cell) for cell in odd)
        return found

    def sorted(self, by: str, down: bool = False) -> Book:
        """By `name`, `section` or a column's key after `in:`. Who has no score there comes last either way."""
        rows = list(self.rows)
        place = next((n for n, column in enumerate(self.columns) if by == f"in:{column.key}"), None)
        if place is not None:
            scores = {row.user_id: row.cells[place].score for row in rows}
            rows.sort(key=lambda row: scores[row.user_id] or 0.0, reverse=down)
            rows.sort(key=lambda row: scores[row.user_id] is None)
        elif by == "section":
            rows.sort(key=lambda row: row.section.casefold(), reverse=down)
        elif down:
            rows.reverse()
        return msgspec.structs.replace(self, rows=tuple(rows))

    def _places(self) -> list[int]:
        """Where assignments are that students can have handed something in to."""
        return [n for n, column in enumerate(self.columns) if not column.of_task and column.opened]


class Which(StrEnum):
    """What to look for in a gradebook."""

    MISSING = "missing"
    LATE = "late"
    IN_FLIGHT = "in-flight"
    FAULT = "fault"
    REFUSED = "refused"
    BY_HAND = "by-hand"
    DECIDED = "decided"


_IS: dict[Which, Callable[[Cell], bool]] = {
    Which.MISSING: lambda cell: not cell.state and not cell.excused,
    Which.LATE: lambda cell: cell.late,
    Which.IN_FLIGHT: lambda cell: cell.state in UNDER_WAY,
    Which.FAULT: lambda cell: cell.state == State.FAULT,
    Which.REFUSED: lambda cell: cell.state == State.REFUSED,
    Which.BY_HAND: lambda cell: cell.waiting > 0,
    Which.DECIDED: lambda cell: cell.decided,
}


def book(session: Session, course_id: int, reach: Reach, of: Assignment | None = None, left: bool = False) -> Book:
    """Students in reach by assignments; of one assignment, its score and then its tasks.

    `left`: of those who left the course.
    """
    assignments = [of] if of is not None else _assignments(session, course_id)
    everybody = session.execute(
        select(User.id, User.login, User.name, Enrolment.section, Enrolment.ended_at.is_not(None).label("left"))
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.course_id == course_id, Enrolment.role == Role.STUDENT, reach.of_places())
    ).all()
    students = [each for each in everybody if bool(each.left) == left]
    ids = [each.id for each in assignments]
    # Past the session, whose rows of objects take as long again where there are tens of thousands.
    counted = session.connection().execute(_counted(ids, reach, left)).all()
    suites = _suites(session, ids, {each.suite_id for each in counted})
    written = {suite_id: manual.written_tasks(suite) for suite_id, suite in suites.items()}
    held = {each.id for each in assignments if not counting.is_released(each)}
    given = _given(session, [each for each in ids if each not in held]) if any(written.values()) else {}
    refused = session.execute(_refused(ids)).all()
    cells = {(assignment, user): Cell(State.REFUSED, submission) for assignment, user, submission in refused}
    for submission, assignment, user, late, state, score, max_score, suite, penalty in counted:
        own = written.get(suite)
        if score is not None and (own or penalty):
            unreleased = bool(own) and assignment in held
            total = counting.add_up(score, max_score, own or (), given.get(submission, {}), penalty, held=unreleased)
            cell = Cell(
                State.GRADED,
                submission,
                total.score,
                total.max_score,
                bool(late),
                total.waiting,
                penalty,
                held=total.held,
            )
        else:
            cell = Cell(state or State.QUEUED, submission, score, max_score, bool(late))
        cells[assignment, user] = cell
    for key, decisions in adjustments.standing(session, ids).items():
        cells[key] = _decided(cells.get(key, _NOTHING), decisions)
    tasks: list[Column] = []
    by_task: dict[int, dict[str, Cell]] = {}
    if of is not None:
        tasks = _task_columns(suites, of)
        by_task = _by_task(session, of.id, reach, left)
        for each in counted:
            if each.state == State.GRADED:
                by_hand = _by_hand(each.id, written[each.suite_id], given.get(each.id, {}), held=of.id in held)
                by_task.setdefault(each.user_id, {}).update(by_hand)
    rows = [
        Row(
            user_id,
            login,
            name,
            section,
            (
                *(cells.get((each, user_id), _NOTHING) for each in ids),
                *(by_task.get(user_id, {}).get(task.key, _NOTHING) for task in tasks),
            ),
        )
        for user_id, login, name, section, _ in students
    ]
    rows.sort(key=lambda row: (row.name.casefold(), row.login))
    sections = sorted({row.section for row in rows if row.section}, key=str.casefold)
    columns = (*(_column(each, suites) for each in assignments), *tasks)
    return Book(columns, tuple(rows), tuple(sections), sum(bool(each.left) for each in everybody))


_NOTHING = Cell()


def _assignments(session: Session, course_id: int) -> Sequence[Assignment]:
    return session.scalars(
        select(Assignment)
        .where(Assignment.course_id == course_id)
        .order_by(Assignment.due_at.is_(None), Assignment.due_at, Assignment.id)
    ).all()


def _column(assignment: Assignment, suites: Mapping[int, Suite]) -> Column:
    suite = suites.get(assignment.suite_id or 0)
    most = summed(each["points"] for each in suite.manifest.get("tasks", ())) if suite is not None else None
    opened = assignment.opens_at is None or assignment.opens_at <= now()
    return Column(assignment.slug, assignment.title, most, opened=opened)


def _suites(session: Session, assignments: Sequence[int], used: set[int | None]) -> dict[int, Suite]:
    """Every suite that is published or made a score that counts."""
    published = select(Assignment.suite_id).where(Assignment.id.in_(assignments))
    found = select(Suite).where(Suite.id.in_(used - {None}) | Suite.id.in_(published))
    return {suite.id: suite for suite in session.scalars(found)}


def _decided(cell: Cell, decisions: Sequence[Adjustment]) -> Cell:
    awaited = cell.score is None and cell.state not in ("", State.REFUSED)
    mark = adjustments.mark(cell.score, decisions, awaited=awaited)
    return msgspec.structs.replace(cell, score=mark.score, decided=mark.decided, excused=mark.excused)


def _counted(
    assignments: Sequence[int], reach: Reach, left: bool
) -> Select[int, int, int, bool, str | None, float, float, int, float]:
    """What counts, of every student, with what its grading says."""
    counts = counting.that_count(assignments, reach, left)
    return select(
        counts.c.id,
        counts.c.assignment_id,
        counts.c.user_id,
        (counts.c.received_at > counts.c.due_at).label("late"),
        counts.c.state,
        counts.c.score,
        counts.c.max_score,
        counts.c.suite_id,
        counts.c.penalty,
    )


def _refused(assignments: Sequence[int]) -> Select[int, int, int]:
    """The last upload that was refused, of everybody: what there is to open where nothing counts."""
    return (
        select(Submission.assignment_id, Author.user_id, func.max(Submission.id))
        .join(Submission.authors)
        .join(Submission.gradings)
        .where(Submission.assignment_id.in_(assignments), Grading.state == State.REFUSED, Grading.shadow.is_(False))
        .group_by(Submission.assignment_id, Author.user_id)
    )


def _given(session: Session, assignments: Sequence[int]) -> dict[int, dict[str, float]]:
    """Points that a person gave in these assignments, by submission and task."""
    asked = (
        select(ManualScore.submission_id, ManualScore.task, ManualScore.points)
        .join(Submission, Submission.id == ManualScore.submission_id)
        .where(Submission.assignment_id.in_(assignments))
    )
    given: dict[int, dict[str, float]] = {}
    for submission, task, points in session.execute(asked):
        given.setdefault(submission, {})[task] = points
    return given


def _task_columns(suites: Mapping[int, Suite], assignment: Assignment) -> list[Column]:
    """The published tests' tasks; then those that only other tests know, where these still speak."""
    columns: dict[str, Column] = {}
    for suite in sorted(suites.values(), key=lambda each: each.id != assignment.suite_id):
        for task in suite.manifest.get("tasks", ()):
            columns.setdefault(task["id"], Column(task["id"], task["title"], task["points"], of_task=True))
    return list(columns.values())


def _by_task(session: Session, assignment: int, reach: Reach, left: bool) -> dict[int, dict[str, Cell]]:
    """What the tests gave in each task, by user and task."""
    counts = counting.that_count([assignment], reach, left)
    scored = select(counts.c.user_id, counts.c.id, TaskScore.task, TaskScore.score, TaskScore.max_score).join(
        TaskScore, TaskScore.grading_id == counts.c.grading_id
    )
    cells: dict[int, dict[str, Cell]] = {}
    for user, submission, task, score, max_score in session.connection().execute(scored):
        cells.setdefault(user, {})[task] = Cell(State.GRADED, submission, score, max_score)
    return cells


def _by_hand(submission: int, written: Sequence[Task], given: Mapping[str, float], *, held: bool) -> dict[str, Cell]:
    """What a person gave, or has not given or released yet, in each task of one submission."""
    return {
        task.id: Cell(
            State.GRADED,
            submission,
            min(given[task.id], task.points) if task.id in given else None,
            task.points,
            waiting=int(task.id not in given),
            held=held,
        )
        for task in written
    }
