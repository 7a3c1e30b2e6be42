"""What staff say to a student about a submission: about all of it, about a line of a file, or about a test.

A comment is never changed; one that is withdrawn stays, and is read by nobody. Saying the same again at the same place
adds nothing, so that a button which is pressed twice does not speak twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from submissions.models import Assignment, Comment, Submission, User, now
from submissions.people.reach import Reach
from submissions.storage import audit
from submissions.storage.database import parts

LONGEST = 4_000
"""Characters of a comment."""


class BadComment(Exception):
    """This cannot be said; the message says why, and what to do."""


def standing(session: Session, submission_id: int) -> Sequence[Comment]:
    """What staff say about a submission, with who says it, the oldest first; one query."""
    asked = select(Comment).options(joinedload(Comment.by))
    return session.scalars(
        asked.where(Comment.submission_id == submission_id, Comment.withdrawn_at.is_(None)).order_by(Comment.id)
    ).all()


def has_spoken_of(session: Session, submission_id: int, path: str) -> bool:
    """Whether staff ever said something of a file, withdrawn or not."""
    said = select(Comment.id).where(Comment.submission_id == submission_id, Comment.path == path).limit(1)
    return session.scalar(said) is not None


def say(
    session: Session,
    submission: Submission,
    text: str,
    by: User,
    *,
    path: str = "",
    line: int | None = None,
    address: str = "",
) -> None:
    """Adds a comment on the whole submission, or on a line of a file. Raises BadComment."""
    text = _checked(text)
    session.get_one(Submission, submission.id, with_for_update=True)
    if not _unsaid(session, [submission.id], text, by, path=path, line=line):
        return
    session.add(Comment(submission_id=submission.id, path=path, line=line, text=text, by_id=by.id))
    detail = {"text": text, **({"path": path, "line": line} if path else {})}
    record = f"submission {submission.id}"
    course_id = submission.assignment.course_id
    audit.record(session, by.login, "comment.say", record, detail, address, course_id=course_id)


def reply(
    session: Session,
    assignment: Assignment,
    test: str,
    group_key: str,
    submissions: Sequence[int],
    text: str,
    by: User,
    address: str = "",
) -> int:
    """Says the same at one test of a group's submissions, in one transaction; returns how many had not been told so.

    Raises BadComment.
    """
    text = _checked(text)
    # Two presses of one button come one after the other.
    session.get_one(Assignment, assignment.id, with_for_update=True)
    told = _unsaid(session, submissions, text, by, test=test)
    at = now()
    said = {"test": test, "group_key": group_key, "text": text, "by_id": by.id, "at": at}
    session.add_all(Comment(submission_id=each, **said) for each in told)
    if told:
        record = f"{test} of {assignment.slug}"
        detail = {"text": text, "submissions": told}
        audit.record(session, by.login, "comment.reply", record, detail, address, course_id=assignment.course_id)
    return len(told)


def withdraw(session: Session, submission: Submission, comment_id: int, by: User, address: str = "") -> Comment | None:
    """Takes a comment of this submission back, whoever has; None when there is no such comment."""
    found = session.get(Comment, comment_id, with_for_update=True)
    if found is None or found.submission_id != submission.id:
        return None
    if found.withdrawn_at is None:
        found.withdrawn_at = now()
        record = f"comment {found.id} on submission {submission.id}"
        course_id = submission.assignment.course_id
        audit.record(session, by.login, "comment.withdraw", record, {"text": found.text}, address, course_id=course_id)
    return found


def withdraw_reply(
    session: Session, assignment: Assignment, reach: Reach, comment_id: int, by: User, address: str = ""
) -> int:
    """Takes a reply back from all of the group who are in reach, also from who has left it; `comment_id` is any of its
    comments.

    Returns how many there were.
    """
    one = session.get(Comment, comment_id)
    if one is None or not one.group_key or one.submission.assignment_id != assignment.id:
        return 0
    found = session.scalars(
        select(Comment)
        .join(Comment.submission)
        .where(
            Submission.assignment_id == assignment.id,
            Comment.group_key == one.group_key,
            Comment.by_id == one.by_id,
            Comment.text == one.text,
            Comment.withdrawn_at.is_(None),
            reach.of_submissions(assignment.course_id),
        )
        .order_by(Comment.id)
        .with_for_update(of=Comment)
    ).all()
    at = now()
    for each in found:
        each.withdrawn_at = at
    if found:
        record = f"{one.test} of {assignment.slug}"
        detail = {"text": one.text, "submissions": [each.submission_id for each in found]}
        audit.record(session, by.login, "comment.withdraw", record, detail, address, course_id=assignment.course_id)
    return len(found)


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise BadComment("Write something first: an empty comment tells the student nothing.")
    if len(text) > LONGEST:
        raise BadComment(f"This has {len(text):,} characters; up to {LONGEST:,} are kept.")
    return text


def _unsaid(
    session: Session,
    submissions: Sequence[int],
    text: str,
    by: User,
    *,
    test: str = "",
    path: str = "",
    line: int | None = None,
) -> list[int]:
    """Those of the submissions where this person has not said this, at this place, already."""
    said: set[int] = set()
    for part in parts(submissions):
        asked = select(Comment.submission_id).where(
            Comment.submission_id.in_(part),
            Comment.withdrawn_at.is_(None),
            Comment.by_id == by.id,
            Comment.test == test,
            Comment.path == path,
            Comment.line.is_(None) if line is None else Comment.line == line,
            Comment.text == text,
        )
        said.update(session.scalars(asked))
    return [each for each in submissions if each not in said]
