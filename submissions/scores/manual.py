"""Points that a person gives: for the tasks of a suite whose written answers no test can judge.

They belong to a submission and not to a grading, so that grading again leaves them be. What they add up to is a query
(`submissions.scores.counting`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.assignment import Task
from submissions.models import ManualScore, RubricItem, Submission, Suite, User, now
from submissions.scores import rubric
from submissions.scores.points import exact, too_fine
from submissions.storage import audit

LONGEST_COMMENT = 10_000
"""Characters of one comment."""


class BadPoints(Exception):
    """These points or this comment cannot be given; the message says which can."""


class Outdated(Exception):
    """Somebody gave points for the same answer or took them back since the form was opened, and that stands."""


class Judgement(msgspec.Struct, frozen=True):
    """What a person says of one answer. `rubric`: ids of the rubric's items that were found.

    `points` None: what these items add up to, within the task's bounds. Nothing at all takes back what was given.
    """

    points: Decimal | None
    rubric: tuple[int, ...] = ()
    comment: str = ""


_NOTHING = Judgement(None)
_CHANGED = "The rubric was changed after this form was opened, and nothing was saved: look at it, and save again."


def written_tasks(suite: Suite) -> tuple[Task, ...]:
    """The tasks of a suite that a person grades, in its order."""
    return tuple(
        msgspec.convert(each, Task) for each in suite.manifest.get("tasks", ()) if each.get("graded_by") == "person"
    )


def give(
    session: Session,
    submission: Submission,
    task: Task,
    judgement: Judgement,
    grader: User,
    *,
    seen: datetime | None,
    offered: str | None = None,
    address: str = "",
) -> ManualScore | None:
    """Gives points for a written answer, in place of any that were given before, or takes these back: then it is not
    graded, and None is returned. The audit log keeps what was and what is.

    `seen` is when the points that the grader looked at were given (None: there were none); with others in their place
    nothing is changed. `offered` names the rubric that the form had (`rubric.known`), None where there was no form.
    Raises BadPoints, Outdated.
    """
    there = {each.id: each for each in rubric.items(session, submission.assignment_id, task.id, held=True)}
    given = _standing(session, submission.id, task.id)
    had = given.rubric if given is not None else []
    if judgement.rubric and offered is not None and offered != rubric.known(there.values()):
        raise BadPoints(_CHANGED)
    found = [there.get(each) for each in judgement.rubric]
    if any(each is None or (each.retired_at is not None and each.id not in had) for each in found):
        raise BadPoints(_CHANGED)
    summed = rubric.adds_up_to(task, (each for each in found if each is not None))
    points = None if seen and judgement == _NOTHING else _checked(task, judgement, summed)
    if seen != (given.at if given is not None else None):
        raise Outdated
    before = _said(given, there)
    if given is not None and points is None:
        session.delete(given)
        given = None
    elif points is not None:
        given = given or ManualScore(submission_id=submission.id, task=task.id)
        given.points, given.rubric, given.comment = float(points), list(judgement.rubric), judgement.comment
        given.extra = float(points - summed)
        given.grader_id, given.at = grader.id, now()
        _add(session, given)
    audit.record(
        session,
        grader.login,
        "grade by hand",
        f"submission {submission.id}, task {task.id}",
        {"before": before, "after": _said(given, there)},
        address,
        course_id=submission.assignment.course_id,
    )
    return given


def _add(session: Session, given: ManualScore) -> None:
    try:
        with session.begin_nested():
            session.add(given)
    except IntegrityError:
        # Two people gave the first points in the same moment, on a database that lets both begin.
        if _standing(session, given.submission_id, given.task) is None:
            raise
        raise Outdated from None


def _standing(session: Session, submission_id: int, task: str) -> ManualScore | None:
    return session.scalar(
        select(ManualScore)
        .where(ManualScore.submission_id == submission_id, ManualScore.task == task)
        # Until the commit nobody else can change what `seen` is compared with. Not the grader's row, which is joined.
        .with_for_update(of=ManualScore)
    )


def _checked(task: Task, judgement: Judgement, summed: Decimal) -> Decimal:
    if judgement.points is None and not judgement.rubric:
        raise BadPoints(
            "Give points, or tick what you found: then they are added up. To take points back, empty the comment too."
        )
    if len(judgement.comment) > LONGEST_COMMENT:
        raise BadPoints(f"The comment has {len(judgement.comment):,} characters; up to {LONGEST_COMMENT:,} are kept.")
    points = summed if judgement.points is None else judgement.points
    if not points.is_finite() or not 0 <= points <= exact(task.points):
        raise BadPoints(f"Points for this answer go from 0 to {task.points:g}.")
    if too_fine(points):
        raise BadPoints("Points have at most two decimals.")
    return points


def _said(given: ManualScore | None, items: Mapping[int, RubricItem]) -> dict[str, object] | None:
    if given is None:
        return None
    found = [items[each].text for each in given.rubric if each in items]
    return {"points": given.points, "rubric": found, "comment": given.comment}
