"""Which submissions a regrade takes: what an instructor may choose, as a query and in words."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select

from submissions.models import Assignment, TaskScore, User
from submissions.people.reach import WHOLE
from submissions.scores import counting, error_groups
from submissions.scores.error_groups import Group
from submissions.scores.points import NEAR


class Chosen(StrEnum):
    """Which submissions are graded again."""

    COUNTING = "counting"
    EVERY = "every"
    FAILING = "failing"
    STUDENT = "student"
    ALIKE = "alike"


def submissions_of(assignment: Assignment, chosen: Chosen, task: str, login: str, alike: Group | None) -> Select[Any]:
    """Submissions to grade again, with the grading that speaks for each now."""
    if chosen is Chosen.EVERY:
        spoken = counting.speaking_of([assignment.id])
        return select(spoken.c.submission_id, spoken.c.grading_id).order_by(spoken.c.submission_id)
    counts = counting.that_count([assignment.id], WHOLE)
    found = select(counts.c.id.label("submission_id"), counts.c.grading_id).distinct().order_by(counts.c.id)
    found = found.where(counts.c.grading_id.is_not(None))
    if chosen is Chosen.FAILING:
        return found.join(TaskScore, TaskScore.grading_id == counts.c.grading_id).where(
            TaskScore.task == task, TaskScore.max_score - TaskScore.score > NEAR
        )
    if chosen is Chosen.STUDENT:
        return found.join(User, User.id == counts.c.user_id).where(User.login == login)
    if alike is not None:
        members = error_groups.failing(assignment, WHOLE, alike.test, alike.symptom).subquery()
        return found.where(counts.c.id.in_(select(members.c.submission_id)))
    return found


def in_words(chosen: Chosen, task: str, login: str, alike: Group | None) -> str:
    """What was chosen, as the regrade's page and the audit log say it."""
    return {
        Chosen.COUNTING: "the submissions that count",
        Chosen.EVERY: "every submission",
        Chosen.FAILING: f"the submissions that count and miss points in {task}",
        Chosen.STUDENT: f"the submission of {login} that counts",
        Chosen.ALIKE: f"the submissions that count and fail “{alike.title if alike is not None else ''}” alike",
    }[chosen]
