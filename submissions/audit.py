"""The audit log: who did what to which record, when and from where. Added to, never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from submissions.models import AuditEntry


def record(
    session: Session,
    actor: str,
    action: str,
    record: str,
    detail: dict[str, Any] | None = None,
    address: str = "",
    course_id: int | None = None,
) -> None:
    """Adds an entry to the transaction that makes the change, so that neither is kept without the other.

    `actor` is a login or a part of the service; `record` names what was changed, such as `grading 17`;
    with a `course_id` the course's instructors can read the entry.
    """
    entry = AuditEntry(
        actor=actor, action=action, record=record, detail=detail or {}, address=address, course_id=course_id
    )
    session.add(entry)
