"""The tables. What counts (the score in the gradebook) is never stored here: it is a query (`submissions.counting`).

Times are UTC with a zone. Rows about gradings are added and finished, never overwritten with another result.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from submissions.columns import PlainJson, PlainText, UtcDateTime
from submissions.rules import Counted, Unit


def now() -> datetime:
    """The server's time, in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Named constraints, so that migrations can speak of them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: PlainText,
        datetime: UtcDateTime,
        dict[str, Any]: PlainJson,
        dict[str, float]: PlainJson,
        list[dict[str, Any]]: PlainJson,
        list[int]: PlainJson,
    }


class Role(StrEnum):
    """What a person may do in a course."""

    STUDENT = "student"
    STAFF = "staff"
    INSTRUCTOR = "instructor"


class State(StrEnum):
    """Where a grading is in its life (`submissions.lifecycle` holds the moves)."""

    QUEUED = "queued"
    RUNNING = "running"
    GRADED = "graded"
    REFUSED = "refused"
    FAULT = "grader_fault"
    SUPERSEDED = "superseded"


FINAL = (State.GRADED, State.REFUSED, State.FAULT, State.SUPERSEDED)
UNDER_WAY = (State.QUEUED, State.RUNNING)


class Phase(StrEnum):
    """Where a regrade is in its life (`submissions.regrades` holds the moves)."""

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


class CheckState(StrEnum):
    """Where a check that the service makes is in its life (`submissions.check_runs` holds the moves)."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAULT = "fault"


class User(Base):
    """A person. `login` is what they type; `password_hash` is argon2id, or empty: then no password lets them in."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Course(Base):
    """A course in one term. `timezone` is an IANA name: deadlines are shown in it.

    `grace_days` is how many each student may spend in all its assignments together.
    """

    __tablename__ = "course"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    term: Mapped[str] = mapped_column(default="")
    timezone: Mapped[str] = mapped_column(default="UTC")
    grace_days: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    assignments: Mapped[list[Assignment]] = relationship(back_populates="course", order_by="Assignment.due_at")


class Enrolment(Base):
    """A person's place in a course. `ended_at` set: they may no longer enter, and their work stays."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("course_id", "user_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str]
    section: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship()
    user: Mapped[User] = relationship()


class RosterDraft(Base):
    """A roster file as an instructor sent it, until it is confirmed; a newer one takes its place."""

    __tablename__ = "roster_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    end_missing: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=now)


class Invitation(Base):
    """A link by which somebody whose account has no password sets the first one, once.

    Only the SHA-256 of its secret is kept. `by` is the login of the instructor who made it, in its course.
    """

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship()
    user: Mapped[User] = relationship()


class Suite(Base):
    """One version of an assignment's tests and reference, named by the hash of its content; `blob` is its archive.

    `manifest` is what pages may know of it: title, expected files, tasks and tests with titles, points and visibility.
    """

    __tablename__ = "suite"
    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    assignment: Mapped[str]
    blob: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class SuiteCheck(Base):
    """What a check of a suite found (`grader.checking.Result`). Added to, never changed: the newest speaks."""

    __tablename__ = "suite_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    suite_id: Mapped[int] = mapped_column(ForeignKey("suite.id"), index=True)
    ready: Mapped[bool]
    found: Mapped[dict[str, Any]]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Assignment(Base):
    """An assignment of a course. `suite` is the published one: its gradings count.

    `hint_budget` is how many hints a student may open, each of which comes back `hint_hours` later; None: all show.
    `handout` names the blob of the zip file that students receive, since `handout_at`; "": the portal has none to give.
    It is that of the published suite, and changes with it (`submissions.courses`).
    From `opens_at` to `pause_minutes` are its rules, which `submissions.rules` explains.
    Points by a person count, and students see them, from `points_released_at` on; None: they are not released.
    """

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("course_id", "slug"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    slug: Mapped[str]
    title: Mapped[str]
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    late_percent: Mapped[float] = mapped_column(default=0.0)
    late_unit: Mapped[str] = mapped_column(default=Unit.DAY)
    takes_grace: Mapped[bool] = mapped_column(default=False)
    counted: Mapped[str] = mapped_column(default=Counted.LAST)
    most_uploads: Mapped[int | None]
    upload_hours: Mapped[int | None]
    pause_minutes: Mapped[int] = mapped_column(default=0)
    show_output: Mapped[bool] = mapped_column(default=True)
    hint_budget: Mapped[int | None]
    hint_hours: Mapped[int] = mapped_column(default=24)
    suite_id: Mapped[int | None] = mapped_column(ForeignKey("suite.id"))
    handout: Mapped[str] = mapped_column(default="")
    handout_at: Mapped[datetime | None]
    points_released_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    course: Mapped[Course] = relationship(back_populates="assignments")
    suite: Mapped[Suite | None] = relationship()


class Extension(Base):
    """A later deadline for one student or for who is in a section. Withdrawn, it stays and no longer holds."""

    __tablename__ = "extension"
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    section: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship()


class SyncedSuite(Base):
    """A suite that was brought to an assignment: the versions that can be compared, published or used in a regrade.

    `handout` names the blob that students receive once it is published, "" where they receive none; None: it was
    brought without one, and what they have stays. `folder` names the blob of the whole folder that it came from.
    """

    __tablename__ = "synced_suite"
    __table_args__ = (UniqueConstraint("assignment_id", "suite_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    suite_id: Mapped[int] = mapped_column(ForeignKey("suite.id"))
    handout: Mapped[str | None]
    folder: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    suite: Mapped[Suite] = relationship()
    assignment: Mapped[Assignment] = relationship()


class CheckRun(Base):
    """A check of a version's folder that somebody asked the service for; what it finds becomes a `SuiteCheck`.

    `folder` names the blob of what is checked, and `written` is what the portal found of written answers. `doing`,
    `tried` and `mutants` are shown while one waits; `so_far` is what the batches have brought. `faults` counts those in
    a row that failed. The lease and `wake_at` are as of a `Grading`.
    """

    __tablename__ = "check_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    synced_suite_id: Mapped[int] = mapped_column(ForeignKey("synced_suite.id"), index=True)
    folder: Mapped[str]
    state: Mapped[str] = mapped_column(default=CheckState.WAITING, index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    faults: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    wake_at: Mapped[datetime] = mapped_column(default=now)
    doing: Mapped[str] = mapped_column(default="")
    tried: Mapped[int] = mapped_column(default=0)
    mutants: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    written: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    so_far: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    version: Mapped[SyncedSuite] = relationship()
    by: Mapped[User] = relationship()


class Submission(Base):
    """One upload, kept for good. `received_at` is the server's time when it began to read it, and decides lateness.

    Of two uploads the newer is the one received later; of two received at once, the one with the greater id.

    How the rules judged it is kept with it, so that other rules move no score by themselves: `due_at` is the student's
    own deadline, `penalty` how many percent of the score lateness takes. `grace_days` is how many the student had given
    for the assignment when it came. `submissions.terms` sets them, and `submissions.rule_changes` sets them anew.
    `chosen_at` is when the student last chose it to count.
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
    chosen_at: Mapped[datetime | None]
    assignment: Mapped[Assignment] = relationship()
    user: Mapped[User] = relationship()
    gradings: Mapped[list[Grading]] = relationship(back_populates="submission", order_by="Grading.id")
    manual_scores: Mapped[list[ManualScore]] = relationship()

    @property
    def age(self) -> tuple[datetime, int]:
        """What decides which of two uploads is newer: the greater one. `older_than` says the same to the database."""
        return (self.received_at, self.id)

    @classmethod
    def older_than(cls, other: Submission) -> ColumnElement[bool]:
        """The condition on rows that are older than this upload."""
        return (cls.received_at < other.received_at) | ((cls.received_at == other.received_at) & (cls.id < other.id))


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

    `symptom` is the same for results that fail in the same way (`submissions.symptoms`), and empty for one that passed.
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


class Decision(StrEnum):
    """What staff may decide about a student's score in an assignment (`submissions.adjustments`)."""

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


class WebSession(Base):
    """A login that can be listed and revoked. The cookie holds the token; only its SHA-256 is kept."""

    __tablename__ = "web_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class ApiToken(Base):
    """A key for `curl` and `handin submit`. Shown once; only its SHA-256 is kept."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class AuditEntry(Base):
    """Who did what to which record, when, from where. Added to, never changed."""

    __tablename__ = "audit_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor: Mapped[str]
    action: Mapped[str]
    record: Mapped[str]
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str] = mapped_column(default="")


class Alert(Base):
    """Something that staff must see, such as a grader fault."""

    __tablename__ = "alert"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str]
    grading_id: Mapped[int | None] = mapped_column(ForeignKey("grading.id"))
    text: Mapped[str]
    resolved_at: Mapped[datetime | None]
    grading: Mapped[Grading | None] = relationship()


class Pulse(Base):
    """The last sign of life of a part of the service, and what it had to say then (`submissions.pulse`)."""

    __tablename__ = "pulse"
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
