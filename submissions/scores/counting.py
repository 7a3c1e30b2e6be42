"""What counts: queries for pages. Nothing here writes, and each asks a fixed number of queries.

A submission can count unless it was refused or superseded. One that still waits, runs or met a grader fault can: its
score is then not known yet, which is not the same as none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Subquery, case, false, func, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from grader.assignment import Task
from grader.report import summed
from submissions.models import (
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
)
from submissions.people.reach import Reach
from submissions.rules.rules import Counted, kept, rank
from submissions.scores import adjustments, manual, sight
from submissions.scores.adjustments import Mark
from submissions.scores.points import moved

TOTALS = (
    selectinload(Submission.gradings).options(selectinload(Grading.suite), joinedload(Grading.regrade)),
    selectinload(Submission.manual_scores),
)
"""What `speaking`, `total` and `regraded` ask of submissions, loaded for all of them at once."""

NEWS = timedelta(days=14)
"""So long after a regrade was published, students are told of it where their scores stand."""

_OUT = {State.REFUSED, State.SUPERSEDED}


class Attempt(msgspec.Struct, frozen=True):
    """A student's submission with the grading that speaks for it (`speaking`). `hidden`: they do not see the score.

    `chosen_at` is when it was last chosen to count for them, by whoever has the login `chosen_by`.
    """

    submission: Submission
    grading: Grading | None
    hidden: bool = False
    chosen_at: datetime | None = None
    chosen_by: str = ""

    @property
    def total(self) -> Total | None:
        """Its score so far; None while the tests have given none, or it is hidden."""
        return None if self.hidden else total(self.submission, self.grading)


class Total(msgspec.Struct, frozen=True):
    """What a submission scores: by tests and, as far as they were given, by points of a person.

    `max_score` is of all tasks; `ungraded` of it are the points of the `waiting` tasks that nobody has read yet, or,
    while `held`, of all that a person grades: what was given is not released.
    Where lateness took `penalty` percent, `score` is what it left of `whole`.
    """

    score: float
    max_score: float
    ungraded: float = 0.0
    waiting: int = 0
    penalty: float = 0.0
    whole: float | None = None
    held: bool = False


class Standing(msgspec.Struct, frozen=True):
    """How a student stands in an assignment: every attempt, the newest first, the one that counts, and what staff
    decided about the score, in the order in which they did.
    """

    assignment: Assignment
    attempts: tuple[Attempt, ...]
    counts: Attempt | None
    decisions: tuple[Adjustment, ...] = ()

    @property
    def mark(self) -> Mark:
        """What the student gets: the total of what counts, after all decisions."""
        earned = self.counts.total if self.counts is not None else None
        awaited = (self.counts is not None and earned is None) or any(each.hidden for each in self.attempts)
        return adjustments.mark(earned.score if earned is not None else None, self.decisions, awaited=awaited)

    @property
    def max_score(self) -> float | None:
        """The points of all tasks, by the tests that graded what counts or else by the published ones."""
        earned = self.counts.total if self.counts is not None else None
        if earned is not None:
            return earned.max_score
        suite = self.assignment.suite
        return summed(task["points"] for task in suite.manifest["tasks"]) if suite is not None else None


def counting(attempts: Iterable[Attempt], counted: Counted) -> Attempt | None:
    """The attempt that counts, of one student's in one assignment: the newest that can, or the best of those that can;
    None when there is none.
    """
    able = (each for each in attempts if each.grading is None or each.grading.state not in _OUT)
    return max(able, key=lambda each: _rank(each, counted), default=None)


def _rank(attempt: Attempt, counted: Counted) -> tuple[object, ...]:
    score = attempt.grading.score if attempt.grading is not None else None
    submission = attempt.submission
    return rank(counted, submission.age, score, submission.penalty, attempt.chosen_at)


def past_due(due_at: datetime | None, at: datetime) -> bool:
    """Whether a time is after the deadline: an upload received then is late. At the deadline itself it is on time."""
    return due_at is not None and at > due_at


def standings(session: Session, course_id: int, user_id: int) -> list[Standing]:
    """A student's standing in each assignment of a course, in the order in which they are due."""
    assignments = session.scalars(
        select(Assignment)
        .options(joinedload(Assignment.suite))
        .where(Assignment.course_id == course_id)
        .order_by(Assignment.due_at.is_(None), Assignment.due_at, Assignment.id)
    ).all()
    return _standings(session, assignments, user_id)


def standing(session: Session, assignment: Assignment, user_id: int) -> Standing:
    """A student's standing in one assignment."""
    return _standings(session, [assignment], user_id)[0]


def seen(standing: Standing, settled: datetime) -> Standing:
    """The standing as its student may see it; `settled` as of `sight.Sight`.

    Where the best counts and a score is hidden, which of the uploads counts is hidden too: it would tell the better.
    """
    attempts = tuple(msgspec.structs.replace(each, hidden=is_hidden(each, settled)) for each in standing.attempts)
    if not any(each.hidden for each in attempts):
        return standing
    chosen = standing.counts.submission.id if standing.counts is not None else None
    if standing.assignment.counted == Counted.BEST:
        chosen = None
    counts = next((each for each in attempts if each.submission.id == chosen), None)
    return msgspec.structs.replace(standing, attempts=attempts, counts=counts)


def is_hidden(attempt: Attempt, settled: datetime) -> bool:
    """Whether the student does not see the score that there is."""
    submission, grading = attempt.submission, attempt.grading
    if grading is None or grading.score is None:
        return False
    return not sight.of(submission.assignment, submission.due_at, settled).total(grading.suite.manifest)


def speaking(submission: Submission) -> Grading | None:
    """The grading that speaks for a submission: the newest that is not in the shadow.

    By whichever suite: publishing another one for new uploads moves no score, and what a regrade would move counts from
    its publication on.
    """
    able = (each for each in submission.gradings if not each.shadow)
    return max(able, key=lambda each: each.id, default=None)


def total(submission: Submission, grading: Grading | None) -> Total | None:
    """What a submission scores with the grading that speaks for it; None while the tests have given no score.

    Asks for the submission's `manual_scores` and the grading's `suite`: load `TOTALS` with many submissions.
    """
    if grading is None or grading.score is None or grading.max_score is None:
        return None
    written = manual.written_tasks(grading.suite)
    given = {task: each.points for task, each in released(submission).items()}
    held = bool(written) and not is_released(submission.assignment)
    return add_up(grading.score, grading.max_score, written, given, submission.penalty, held=held)


def is_released(assignment: Assignment) -> bool:
    """Whether points by a person count and are the students' to see: all of an assignment's together, or none."""
    return assignment.points_released_at is not None


def released(submission: Submission) -> dict[str, ManualScore]:
    """What a person gave, by task, as far as it counts and is the student's to see. Asks for `manual_scores`."""
    return {each.task: each for each in submission.manual_scores} if is_released(submission.assignment) else {}


def regraded(grading: Grading | None, at: datetime) -> bool:
    """Whether a regrade has changed what the tests give, and that is news; of a grading that speaks."""
    if grading is None or grading.regrade is None or grading.regrade.ended_at is None:
        return False
    old = grading.replaces
    moves = old is None or old.state != grading.state or bool(moved(old.score, grading.score))
    return moves and at - grading.regrade.ended_at < NEWS


def add_up(
    score: float,
    max_score: float,
    written: Sequence[Task],
    given: Mapping[str, float],
    penalty: float = 0.0,
    *,
    held: bool = False,
) -> Total:
    """The points of tests, and those `given` by a person, by task, for a suite's `written` tasks; less the penalty."""
    left = [task.points for task in written if task.id not in given]
    # A suite published later may give a task fewer points than somebody had given.
    earned = summed((score, *(min(given[task.id], task.points) for task in written if task.id in given)))
    most = summed((max_score, *(task.points for task in written)))
    return Total(kept(earned, penalty), most, summed(left), len(left), penalty, earned if penalty else None, held)


def ungraded(session: Session, course_id: int, reach: Reach) -> Subquery:
    """The hand-ins that wait for a person, each once, to be counted or searched in a query: id, assignment_id and
    received_at.

    Those that count, only of students who are in the course, and only where the published suite has tasks that a
    person grades.
    """
    suites = session.execute(
        select(Assignment.id, Suite).join(Assignment.suite).where(Assignment.course_id == course_id)
    ).all()
    tasks = {assignment: [task.id for task in manual.written_tasks(suite)] for assignment, suite in suites}
    tasks = {assignment: written for assignment, written in tasks.items() if written}
    counts = that_count(list(tasks), reach)
    # A suite that was published earlier may have had other tasks: points for these do not count here.
    asked = [(assignment, task) for assignment, written in tasks.items() for task in written]
    given = (
        select(func.count())
        .select_from(ManualScore)
        .where(
            ManualScore.submission_id == counts.c.id,
            tuple_(counts.c.assignment_id, ManualScore.task).in_(asked),
        )
        .correlate(counts)
        .scalar_subquery()
    )
    wanted = [(counts.c.assignment_id == assignment, len(written)) for assignment, written in tasks.items()]
    waiting = given < case(*wanted, else_=0) if wanted else false()
    return select(counts.c.id, counts.c.assignment_id, counts.c.received_at).where(waiting).distinct().subquery()


def speaking_of(assignments: Sequence[int]) -> Subquery:
    """What `speaking` says, as a query, of every upload that has a grading which speaks for it.

    Columns: submission_id, grading_id, state, score, max_score and suite_id.
    """
    return (
        select(Grading.submission_id, *_SPOKEN)
        .join(Submission, _speaks())
        .where(Submission.assignment_id.in_(assignments))
        .subquery()
    )


def that_count(assignments: Sequence[int], reach: Reach, left: bool = False) -> Subquery:
    """What `counting` says, as a query: what counts of every student in reach who is in the course, or of those who
    `left` it.

    A row for each student: what several handed in together stands there for each of them.
    Columns: id, assignment_id, user_id, received_at, due_at and penalty of the submission, and those of `speaking_of`,
    without a value where there is no grading yet.
    """
    # As `rules.rank` and `rules.kept` say it.
    by_score = (Assignment.counted == Counted.BEST) & Grading.score.is_not(None)
    by_choice = (Assignment.counted == Counted.CHOSEN) & Author.chosen_at.is_not(None)
    best_first = (
        case((by_score | by_choice, 0), else_=1),
        case((by_score, Grading.score - Grading.score * (Submission.penalty / 100.0)), else_=0.0).desc(),
        case((by_choice, Author.chosen_at), else_=None).desc(),
    )
    newest_first = (Submission.received_at.desc(), Submission.id.desc())
    ranked = (
        select(
            Submission.id,
            Submission.assignment_id,
            Author.user_id,
            Submission.received_at,
            Submission.due_at,
            Submission.penalty,
            *_SPOKEN,
            func.row_number()
            .over(partition_by=(Submission.assignment_id, Author.user_id), order_by=(*best_first, *newest_first))
            .label("rank"),
        )
        .join(Submission.assignment)
        .join(Submission.authors)
        .join(Enrolment, (Enrolment.course_id == Assignment.course_id) & (Enrolment.user_id == Author.user_id))
        .outerjoin(Grading, _speaks())
        .where(
            Submission.assignment_id.in_(assignments),
            Grading.state.is_(None) | Grading.state.not_in(_OUT),
            Enrolment.role == Role.STUDENT,
            Enrolment.ended_at.is_not(None) if left else Enrolment.ended_at.is_(None),
            reach.of_places(),
        )
        .subquery()
    )
    return select(ranked).where(ranked.c.rank == 1).subquery()


_SPOKEN = (Grading.id.label("grading_id"), Grading.state, Grading.score, Grading.max_score, Grading.suite_id)


def _speaks() -> ColumnElement[bool]:
    """The condition on a grading that it speaks for the submission beside it; an index finds it, row by row."""
    each = aliased(Grading)
    newest = select(func.max(each.id)).where(each.submission_id == Submission.id, each.shadow.is_(False))
    return Grading.id == newest.correlate(Submission).scalar_subquery()


SPEAKING_STATE = select(Grading.state).where(_speaks()).correlate(Submission).scalar_subquery()
"""Of the submission beside it in a query: the state of the grading that speaks for it, or no value."""


def _standings(session: Session, assignments: Sequence[Assignment], user_id: int) -> list[Standing]:
    rows = session.execute(
        select(Submission, Author.chosen_at, Author.chosen_by)
        .join(Submission.authors)
        .options(joinedload(Submission.assignment), joinedload(Submission.user), *TOTALS)
        .where(Submission.assignment_id.in_([each.id for each in assignments]), Author.user_id == user_id)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    ).all()
    decided = adjustments.standing(session, [each.id for each in assignments], user_id)
    attempts: dict[int, list[Attempt]] = {assignment.id: [] for assignment in assignments}
    for submission, chosen_at, chosen_by in rows:
        attempt = Attempt(submission, speaking(submission), chosen_at=chosen_at, chosen_by=chosen_by)
        attempts[submission.assignment_id].append(attempt)
    return [
        Standing(
            assignment,
            tuple(attempts[assignment.id]),
            counting(attempts[assignment.id], Counted(assignment.counted)),
            tuple(decided.get((assignment.id, user_id), ())),
        )
        for assignment in assignments
    ]
