"""Alerts: what staff must see, such as a grader fault that ended a grading. Open until somebody says it is resolved.

They are made where the trouble is recorded (`submissions.lifecycle`), and read and resolved here.
"""

from __future__ import annotations

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, joinedload

from submissions.models import Alert, Assignment, Grading, Submission, now


def open_alerts(session: Session, course_id: int, limit: int) -> list[Alert]:
    """A course's open alerts, the newest first, each with its grading, submission, student and assignment."""
    submission = joinedload(Alert.grading).joinedload(Grading.submission)
    return list(
        session.scalars(
            select(Alert)
            .options(submission.joinedload(Submission.user), submission.joinedload(Submission.assignment))
            .where(Alert.id.in_(_open_in(course_id)))
            .order_by(Alert.id.desc())
            .limit(limit)
        )
    )


def count_open(session: Session) -> int:
    """How many alerts are open in the whole service."""
    return session.scalars(select(func.count()).select_from(Alert).where(Alert.resolved_at.is_(None))).one()


def resolve(session: Session, course_id: int, alert_id: int) -> int | None:
    """Closes one alert of the course and returns its grading's id. None: the course has no such open alert."""
    return session.scalars(
        update(Alert)
        .where(Alert.id == alert_id, Alert.id.in_(_open_in(course_id)))
        .values(resolved_at=now())
        .returning(Alert.grading_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def _open_in(course_id: int) -> Select[int]:
    return (
        select(Alert.id)
        .join(Alert.grading)
        .join(Grading.submission)
        .join(Submission.assignment)
        .where(Assignment.course_id == course_id, Alert.resolved_at.is_(None))
    )
