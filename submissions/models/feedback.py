"""The tables of what staff and students say and decide about a score and a submission."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.courses import Assignment
from submissions.models.gradings import Submission
from submissions.models.people import User


class Decision(StrEnum):
    """What staff may decide about a student's score in an assignment (`submissions.scores.adjustments`)."""

    OVERRIDE = "override"
    POINTS = "points"
    EXCUSE = "excuse"


class Adjustment(Base):
    """What staff decided about a student's score in an assignment, and why; the student reads both.

    `points` of an override are the score, of additional points what is added (or taken, below 0); an excuse has none.
    Withdrawn, it stays and no longer counts.
    """

    __tablename__ = "adjustment"
    __table_args__ = (Index("ix_adjustment_assignment_user", "assignment_id", "user_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decision: Mapped[str]
    points: Mapped[float | None]
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    assignment: Mapped[Assignment] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])


class Comment(Base):
    """What staff say to a student about a submission: all of it, one test (`test`), or one `line` of the file `path`.

    `group_key` names the error group that was told so, all of it at once. Withdrawn, it stays and is no longer shown.
    """

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    test: Mapped[str] = mapped_column(default="")
    group_key: Mapped[str] = mapped_column(default="")
    path: Mapped[str] = mapped_column(default="")
    line: Mapped[int | None]
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    submission: Mapped[Submission] = relationship()
    by: Mapped[User] = relationship()


class Request(Base):
    """A student asks staff to look at a submission again. `outcome` is empty until it is answered."""

    __tablename__ = "request"
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    task: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    outcome: Mapped[str] = mapped_column(default="", index=True)
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    submission: Mapped[Submission] = relationship()
    answered_by: Mapped[User | None] = relationship()


class HintUse(Base):
    """A student opened the hints of one test in one grading, where the assignment has a hint budget."""

    __tablename__ = "hint_use"
    __table_args__ = (UniqueConstraint("user_id", "test_result_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    test_result_id: Mapped[int] = mapped_column(ForeignKey("test_result.id"))
    at: Mapped[datetime] = mapped_column(default=now)
