"""The tables of grading by hand: what graders look for, what a person gave an answer, and who has one open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.people import User


class ManualScore(Base):
    """What a person gave a written answer: of a submission, not of a grading, so that grading again leaves it be.

    `rubric` holds the ids of the rubric's items that were found; `points` is what counts: what these add up to, and
    `extra` that the grader gave beside them (or took, below 0).
    """

    __tablename__ = "manual_score"
    __table_args__ = (UniqueConstraint("submission_id", "task"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    task: Mapped[str]
    points: Mapped[float]
    rubric: Mapped[list[int]]
    extra: Mapped[float] = mapped_column(default=0.0)
    comment: Mapped[str] = mapped_column(default="")
    grader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    grader: Mapped[User] = relationship(lazy="joined")


class RubricItem(Base):
    """What graders look for in the answers to a task of an assignment, worth `points` (a deduction: below 0).

    Retired, it is offered no more, and stays with the answers in which it was found.
    """

    __tablename__ = "rubric_item"
    __table_args__ = (Index("ix_rubric_item_assignment_task", "assignment_id", "task"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    task: Mapped[str]
    position: Mapped[int]
    text: Mapped[str]
    points: Mapped[float]
    at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]


class OpenAnswer(Base):
    """A grader has an answer open `until` then, so that nobody else gets it as their next one meanwhile.

    It decides nothing: whoever gives points for an answer gives them, whoever has it open.
    """

    __tablename__ = "open_answer"
    __table_args__ = (UniqueConstraint("submission_id", "task"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    task: Mapped[str]
    grader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    since: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime]
    grader: Mapped[User] = relationship(lazy="joined")
