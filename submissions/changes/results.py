"""Publishing the results of an assignment: from then on its students see their scores, whatever tests are in them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from submissions.changes.rule_changes import locked
from submissions.models import Assignment, User, now
from submissions.storage import audit


def publish(session: Session, assignment_id: int, by: User, address: str = "") -> bool:
    """Shows the scores. False: they were published before, and nothing was changed."""
    assignment = locked(session, assignment_id)
    if assignment.results_published_at is not None:
        return False
    assignment.results_published_at = now()
    _record(session, assignment, by, "results.publish", address)
    return True


def take_back(session: Session, assignment_id: int, by: User, address: str = "") -> bool:
    """Lets the rules alone say what is shown, as before. False: so it was."""
    assignment = locked(session, assignment_id)
    if assignment.results_published_at is None:
        return False
    assignment.results_published_at = None
    _record(session, assignment, by, "results.take_back", address)
    return True


def _record(session: Session, assignment: Assignment, by: User, action: str, address: str) -> None:
    record = f"assignment {assignment.slug}"
    audit.record(session, by.login, action, record, {}, address, course_id=assignment.course_id)
