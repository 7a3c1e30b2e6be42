"""The tables of grading by hand: what a person gave an answer, and who has one open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.people import User


class ManualScore(Base):
    """What a person gave a written answer: of a submission, not of a grading, so that grading again leaves it be.

    `rubric` holds the positions of the rubric's items that were found; `points` is what counts.
    """

    __tablename__ = "manual_score"
    __table_args__ = (UniqueConstraint("submission_id", "task"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    task: Mapped[str]
    points: Mapped[float]
    rubric: Mapped[list[int]]
    comment: Mapped[str] = mapped_column(default="")
    grader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    grader: Mapped[User] = relationship(lazy="joined")


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
