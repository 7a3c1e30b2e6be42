"""What a regrade does to each student's score: what the gradebook shows before and after. Nothing here writes.

A score is a student's, not a hand-in's: which of their hand-ins counts, points that a person gave and decisions of
staff are part of it, by the same rules as everywhere (`submissions.scores.counting`). A hand-in that the new tests
refuse leaves the place to an older one, and one that they no longer refuse takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.orm import Session, subqueryload

from submissions.models import (
    Adjustment,
    Assignment,
    Author,
    Enrolment,
    Grading,
    Regrade,
    Role,
    State,
    Submission,
    User,
)
from submissions.people.reach import Reach
from submissions.regrades import outcomes
from submissions.rules.rules import Counted
from submissions.scores import adjustments, counting
from submissions.scores.counting import Attempt, Standing
from submissions.scores.points import moved


class Move(StrEnum):
    """What a score does. The order is that of a review's rows: what hurts comes first."""

    FALLS = "falls"
    FAULT = "fault"
    RISES = "rises"
    STAYS = "stays"


class Effect(msgspec.Struct, frozen=True):
    """What becomes of one hand-in of a regrade, for one of its students.

    `old` is the grading that it replaces, and `new` the one that would count; None: the grader failed, and nothing
    changes. Where the hand-in `carries` the student's score, `before` and `after` are what the student gets; else what
    it would earn by itself, which moves nothing. `most_before` and `most_after` are the points that there are. None:
    there is no score, or none is known yet. `held_by` are the points that the student would have lost, and kept, when
    it was published where no score falls. `counted_id` and `counting_id` are the student's submissions that count
    before and after.
    """

    student: User
    submission: Submission
    old: Grading | None
    new: Grading | None
    carries: bool
    in_course: bool
    before: float | None
    after: float | None
    most_before: float | None
    most_after: float | None
    counted_id: int | None
    counting_id: int | None
    unsteady: bool
    held_by: float = 0.0

    @property
    def refused(self) -> str:
        """Why the new tests refuse it, as its student would read it; "" where they do not."""
        return self.new.message if self.new is not None and self.new.state == State.REFUSED else ""

    @property
    def counts(self) -> bool:
        """Whether this is the score of a student of the course."""
        return self.carries and self.in_course

    @property
    def by(self) -> float:
        """By how many points it moves."""
        return float(moved(self.before, self.after))

    @property
    def move(self) -> Move:
        """What it does."""
        if self.new is None:
            return Move.FAULT
        return Move.RISES if self.by > 0 else Move.FALLS if self.by < 0 else Move.STAYS


def of(session: Session, regrade: Regrade, reach: Reach) -> list[Effect]:
    """What publishing the regrade would do, for each student in reach of each hand-in; once published, what it did.

    What was handed in and decided since then, and who left, is no part of that; points of a person, and which upload a
    student chose, are those of now. In a fixed number of queries, however many hand-ins there are.
    """
    outcome = {row.submission_id: row for row in session.execute(outcomes.of(regrade.id))}
    assignment = session.get_one(Assignment, regrade.assignment_id)
    decisions = adjustments.standing(session, [assignment.id], at=regrade.ended_at)
    histories: dict[User, list[tuple[Submission, datetime | None]]] = {}
    enrolled: set[int] = set()
    for submission, student, chosen_at, in_course in _submissions(session, regrade, assignment, reach):
        histories.setdefault(student, []).append((submission, chosen_at))
        if in_course:
            enrolled.add(student.id)
    return [
        effect
        for student, history in histories.items()
        for effect in _effects(
            assignment,
            student,
            history,
            outcome,
            decisions.get((assignment.id, student.id), ()),
            in_course=student.id in enrolled,
            held=student.id in regrade.held,
        )
    ]


def falling(effects: Iterable[Effect]) -> set[int]:
    """The ids of those whose score falls, and of all who share a hand-in with one of them: one grading of it speaks,
    for all of its students.
    """
    effects = list(effects)
    found = {effect.student.id for effect in effects if effect.carries and effect.move is Move.FALLS}
    while True:
        shared = {effect.submission.id for effect in effects if effect.student.id in found}
        more = {effect.student.id for effect in effects if effect.submission.id in shared}
        if more <= found:
            return found
        found |= more


def _submissions(
    session: Session, regrade: Regrade, assignment: Assignment, reach: Reach
) -> Sequence[Row[Submission, User, datetime | None, bool]]:
    """Every hand-in of those in reach who have one in the regrade, as also one that it does not grade may count; of
    whom it is, and whether they are students of the course.
    """
    chosen = select(Grading.submission_id).where(Grading.regrade_id == regrade.id)
    theirs = select(Author.user_id).where(Author.submission_id.in_(chosen))
    told = ("submission_id", "suite_id", "state", "shadow", "score", "max_score", "message")
    here = (
        (Enrolment.user_id == Author.user_id)
        & (Enrolment.course_id == assignment.course_id)
        & (Enrolment.role == Role.STUDENT)
    )
    still = Enrolment.ended_at.is_(None)
    asked = (
        select(Submission, User, Author.chosen_at, Enrolment.id.is_not(None))
        .select_from(Submission)
        .join(Submission.authors)
        .join(Author.user)
        .options(
            subqueryload(Submission.gradings)
            .load_only(*(getattr(Grading, name) for name in told))
            .selectinload(Grading.suite),
            subqueryload(Submission.manual_scores),
        )
        .where(
            Submission.assignment_id == regrade.assignment_id,
            Author.user_id.in_(theirs),
            reach.of_people(assignment.course_id, Author.user_id),
        )
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    )
    if regrade.ended_at is None:
        return session.execute(asked.outerjoin(Enrolment, here & still)).all()
    # As it was then.
    asked = asked.where((Submission.received_at <= regrade.ended_at) | Submission.id.in_(chosen))
    return session.execute(asked.outerjoin(Enrolment, here & (still | (Enrolment.ended_at > regrade.ended_at)))).all()


def _effects(
    assignment: Assignment,
    student: User,
    history: Sequence[tuple[Submission, datetime | None]],
    outcome: Mapping[int, Any],
    decisions: Sequence[Adjustment],
    *,
    in_course: bool,
    held: bool,
) -> list[Effect]:
    """Those of one person, whose hand-ins are the `history`, each with when it was chosen to count for them."""
    sides: dict[int, tuple[Attempt, Attempt]] = {}
    for submission, chosen_at in history:
        own = {each.id: each for each in submission.gradings}
        row = outcome.get(submission.id)
        old = counting.speaking(submission) if row is None else own.get(row.replaces_id)
        new = old if row is None or row.better_id is None else own[row.better_id]
        sides[submission.id] = (
            Attempt(submission, old, chosen_at=chosen_at),
            Attempt(submission, new, chosen_at=chosen_at),
        )
    was, will = (
        Standing(assignment, attempts, counting.counting(attempts, Counted(assignment.counted)), tuple(decisions))
        for attempts in (tuple(pair[side] for pair in sides.values()) for side in (0, 1))
    )
    counted, counting_now = (each.counts.submission if each.counts else None for each in (was, will))
    carrier = _carrier([each for each in (counted, counting_now) if each is not None], outcome)
    effects = []
    for submission_id, (old_side, new_side) in sides.items():
        row = outcome.get(submission_id)
        if row is None:
            continue
        carries = submission_id == carrier
        before, most_before = (was.mark.score, was.max_score) if carries else _earned(old_side)
        after, most_after = (will.mark.score, will.max_score) if carries else _earned(new_side)
        fall = float(moved(after, before)) if held and carries else 0.0
        effects.append(
            Effect(
                student,
                old_side.submission,
                old_side.grading,
                new_side.grading if row.better_id is not None else None,
                carries,
                in_course,
                before,
                before if held else after,
                most_before,
                most_before if held else most_after,
                counted.id if counted else None,
                counted.id if counted and held else counting_now.id if counting_now else None,
                bool(row.unsteady),
                fall,
            )
        )
    return effects


def _carrier(counts: Sequence[Submission], outcome: Mapping[int, Any]) -> int | None:
    """Which hand-in of the regrade stands for a student's score: the one that counts. Where another counts afterwards,
    the newer of the two: it was refused, or is no longer.
    """
    graded = [each for each in sorted(counts, key=lambda each: each.age, reverse=True) if each.id in outcome]
    moves = [each for each in graded if outcome[each.id].better_id is not None]
    return next((each.id for each in (*moves, *graded)), None)


def _earned(attempt: Attempt) -> tuple[float | None, float | None]:
    total = attempt.total
    return (None, None) if total is None else (total.score, total.max_score)
