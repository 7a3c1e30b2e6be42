"""Alerts: what staff must see, such as a grader fault that ended a grading. Open until somebody says it is resolved.

They are made where the trouble is recorded (`submissions.gradings.lifecycle`), and read and resolved here.
"""

from __future__ import annotations

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, joinedload

from submissions.models import Alert, Assignment, Grading, Submission, now
from submissions.people.reach import Reach


def open_alerts(session: Session, course_id: int, reach: Reach, limit: int) -> list[Alert]:
    """The open alerts in reach, the newest first, each with its grading, submission, student and assignment."""
    submission = joinedload(Alert.grading).joinedload(Grading.submission)
    return list(
        session.scalars(
            select(Alert)
            .options(submission.joinedload(Submission.user), submission.joinedload(Submission.assignment))
            .where(Alert.id.in_(_open_in(course_id, reach)))
            .order_by(Alert.id.desc())
            .limit(limit)
        )
    )


def count_open(session: Session) -> int:
    """How many alerts are open in the whole service."""
    return session.scalars(select(func.count()).select_from(Alert).where(Alert.resolved_at.is_(None))).one()


def resolve(session: Session, course_id: int, reach: Reach, alert_id: int) -> int | None:
    """Closes one alert of the course and returns its grading's id. None: there is no such open alert in reach."""
    return session.scalars(
        update(Alert)
        .where(Alert.id == alert_id, Alert.id.in_(_open_in(course_id, reach)))
        .values(resolved_at=now())
        .returning(Alert.grading_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def _open_in(course_id: int, reach: Reach) -> Select[int]:
    return (
        select(Alert.id)
        .join(Alert.grading)
        .join(Grading.submission)
        .join(Submission.assignment)
        .where(Assignment.course_id == course_id, Alert.resolved_at.is_(None), reach.of_submissions(course_id))
    )
