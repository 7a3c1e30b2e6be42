"""The tables of uploads, and of what grading them brought. A grading that ended is never given another result."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.by_hand import ManualScore
from submissions.models.courses import Assignment
from submissions.models.people import User
from submissions.models.suites import Suite


class State(StrEnum):
    """Where a grading is in its life (`submissions.gradings.lifecycle` holds the moves)."""

    QUEUED = "queued"
    RUNNING = "running"
    GRADED = "graded"
    REFUSED = "refused"
    FAULT = "grader_fault"
    SUPERSEDED = "superseded"


FINAL = (State.GRADED, State.REFUSED, State.FAULT, State.SUPERSEDED)
UNDER_WAY = (State.QUEUED, State.RUNNING)


class Phase(StrEnum):
    """Where a regrade is in its life (`submissions.regrades.regrades` holds the moves)."""

    RUNNING = "running"
    PAUSED = "paused"
    REVIEW = "review"
    PUBLISHED = "published"
    DISCARDED = "discarded"
    REVERTED = "reverted"


class Queue(StrEnum):
    """Which queue wakes a worker: for a grading, or for a batch of a check."""

    INTERACTIVE = "interactive"
    REGRADE = "regrade"
    CHECK = "check"


class Submission(Base):
    """One upload, kept for good. `received_at` is the server's time when it began to read it, and decides lateness.

    Of two uploads the newer is the one received later; of two received at once, the one with the greater id.

    How the rules judged it is kept with it, so that other rules move no score by themselves: `due_at` is the student's
    own deadline, `penalty` how many percent of the score lateness takes. `grace_days` is how many the student had given
    for the assignment when it came. `submissions.handing_in.terms` sets them, and `submissions.changes.rule_changes`
    sets them anew.

    `user_id` is who uploaded it. For whom it counts say its `authors`, the uploader among them: whatever asks for the
    work of a student asks `by`.
    """

    __tablename__ = "submission"
    __table_args__ = (Index("ix_submission_assignment_user", "assignment_id", "user_id", "received_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    blob: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    filename: Mapped[str]
    received_at: Mapped[datetime]
    receipt: Mapped[str]
    due_at: Mapped[datetime | None]
    penalty: Mapped[float] = mapped_column(default=0.0)
    grace_days: Mapped[int] = mapped_column(default=0)
    assignment: Mapped[Assignment] = relationship()
    user: Mapped[User] = relationship()
    authors: Mapped[list[Author]] = relationship(back_populates="submission", order_by="Author.id")
    gradings: Mapped[list[Grading]] = relationship(back_populates="submission", order_by="Grading.id")
    manual_scores: Mapped[list[ManualScore]] = relationship()

    @property
    def age(self) -> tuple[datetime, int]:
        """What decides which of two uploads is newer: the greater one. `older_than` says the same to the database."""
        return (self.received_at, self.id)

    def is_by(self, user_id: int) -> bool:
        """Whether it counts for this student. Asks for `authors`."""
        return any(each.user_id == user_id for each in self.authors)

    @classmethod
    def by(cls, user_id: int) -> ColumnElement[bool]:
        """The condition on rows that count for this student, whoever uploaded them."""
        return cls.id.in_(select(Author.submission_id).where(Author.user_id == user_id))

    @classmethod
    def older_than(cls, other: Submission) -> ColumnElement[bool]:
        """The condition on rows that are older than this upload."""
        return (cls.received_at < other.received_at) | ((cls.received_at == other.received_at) & (cls.id < other.id))


class Author(Base):
    """A student for whom a submission counts: who was in the group when it came, or who handed it in alone.

    Written with the submission and never removed: another group later moves nothing that is there. `chosen_at` is when
    it was last chosen to count for this student, and `chosen_by` the login of who chose: theirs, or of their group.
    """

    __tablename__ = "author"
    __table_args__ = (
        UniqueConstraint("submission_id", "user_id"),
        Index("ix_author_user_submission", "user_id", "submission_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    chosen_at: Mapped[datetime | None]
    chosen_by: Mapped[str] = mapped_column(default="")
    submission: Mapped[Submission] = relationship(back_populates="authors")
    user: Mapped[User] = relationship()


class Regrade(Base):
    """One suite run over many submissions, in the shadow: its gradings count from the moment it is published.

    `chosen` says in words which submissions; `reason` is what students read once it is published. `former_suite_id`
    is the suite that was published when the regrade was, so that it can be taken back. Once it was published,
    `released` says whose scores, and `held` are the ids of the students who kept theirs.
    """

    __tablename__ = "regrade"
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    suite_id: Mapped[int] = mapped_column(ForeignKey("suite.id"))
    former_suite_id: Mapped[int | None] = mapped_column(ForeignKey("suite.id"))
    chosen: Mapped[str]
    reason: Mapped[str]
    phase: Mapped[str] = mapped_column(default=Phase.RUNNING, index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    released: Mapped[str] = mapped_column(default="")
    held: Mapped[list[int]] = mapped_column(default=list)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    assignment: Mapped[Assignment] = relationship()
    suite: Mapped[Suite] = relationship(foreign_keys=[suite_id])
    former_suite: Mapped[Suite | None] = relationship(foreign_keys=[former_suite_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    published_by: Mapped[User | None] = relationship(foreign_keys=[published_by_id])


class Grading(Base):
    """One run of one suite over one submission.

    A grading of a `regrade` is in the `shadow` until that is published: it then counts, in place of the grading
    `replaces_id`, which stays. `again` marks a second run, made to see whether the same hand-in scores the same.

    `lease_token` names the attempt that may write; `lease_until` is when the sweeper may take the grading back; from
    `wake_at` on the sweeper wakes a worker (again) for a grading that is still queued.
    """

    __tablename__ = "grading"
    __table_args__ = (Index("ix_grading_waiting", "state", "queue", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    suite_id: Mapped[int] = mapped_column(ForeignKey("suite.id"))
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("grading.id"))
    shadow: Mapped[bool] = mapped_column(default=False)
    again: Mapped[bool] = mapped_column(default=False)
    queue: Mapped[str] = mapped_column(default=Queue.INTERACTIVE)
    state: Mapped[str] = mapped_column(default=State.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    queued_at: Mapped[datetime] = mapped_column(default=now)
    wake_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    phases: Mapped[dict[str, float]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(default="")
    submission: Mapped[Submission] = relationship(back_populates="gradings")
    suite: Mapped[Suite] = relationship()
    regrade: Mapped[Regrade | None] = relationship()
    replaces: Mapped[Grading | None] = relationship(remote_side="Grading.id")
    tasks: Mapped[list[TaskScore]] = relationship(order_by="TaskScore.position")
    tests: Mapped[list[TestResult]] = relationship(order_by="TestResult.position")


class TaskScore(Base):
    """A task's score in a grading."""

    __tablename__ = "task_score"
    __table_args__ = (UniqueConstraint("grading_id", "task"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    grading_id: Mapped[int] = mapped_column(ForeignKey("grading.id"))
    position: Mapped[int]
    task: Mapped[str]
    title: Mapped[str]
    score: Mapped[float]
    max_score: Mapped[float]


class TestResult(Base):
    """A test's outcome in a grading, as `grader.report.TestReport` says it.

    `symptom` is the same for results that fail in the same way (`submissions.gradings.symptoms`), and empty for one
    that passed.
    """

    __tablename__ = "test_result"
    __table_args__ = (UniqueConstraint("grading_id", "test"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    grading_id: Mapped[int] = mapped_column(ForeignKey("grading.id"))
    position: Mapped[int]
    test: Mapped[str]
    task: Mapped[str]
    title: Mapped[str]
    points: Mapped[float]
    max_points: Mapped[float]
    verdict: Mapped[str]
    message: Mapped[str]
    hints: Mapped[list[dict[str, Any]]]
    symptom: Mapped[str] = mapped_column(default="")
    seconds: Mapped[float]
    output: Mapped[str]
    visibility: Mapped[str]
    staff: Mapped[str]
    figures: Mapped[list[dict[str, Any]]] = mapped_column(default=list)


class Progress(Base):
    """Tests ticking in while a grading runs. Shown, never counted: `TestResult`s take their place at the end."""

    __tablename__ = "progress"
    id: Mapped[int] = mapped_column(primary_key=True)
    grading_id: Mapped[int] = mapped_column(ForeignKey("grading.id"), index=True)
    lease_token: Mapped[str]
    position: Mapped[int]
    total: Mapped[int]
    test: Mapped[str]
    title: Mapped[str]
    verdict: Mapped[str] = mapped_column(default="")
