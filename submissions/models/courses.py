"""The tables of courses: who is in one, its assignments with their rules, and later deadlines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.people import User
from submissions.models.suites import Suite
from submissions.rules.rules import Counted, Shown, Unit


class Role(StrEnum):
    """What a person may do in a course."""

    STUDENT = "student"
    STAFF = "staff"
    INSTRUCTOR = "instructor"


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
    """A person's place in a course. `ended_at` set: they may no longer enter, and their work stays.

    Until `news_seen_at` the person has seen what changed (`submissions.talk.news`).

    `limited_to` are the sections that one of the staff is limited to, and of nobody else; none: they see all of them.
    """

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("course_id", "user_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str]
    section: Mapped[str] = mapped_column(default="")
    limited_to: Mapped[list[str]] = mapped_column(default=list)
    ended_at: Mapped[datetime | None]
    news_seen_at: Mapped[datetime | None]
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


class Assignment(Base):
    """An assignment of a course. `suite` is the published one: its gradings count.

    `hint_budget` is how many hints a student may open, each of which comes back `hint_hours` later; None: all show.
    `handout` names the blob of the zip file that students receive, since `handout_at`; "": the portal has none to give.
    It is that of the published suite, and changes with it (`submissions.suites.courses`). From `opens_at` to
    `show_output` are its rules, which `submissions.rules.rules` explains. Since `results_published_at` students see
    their scores, whatever tests are in them (`submissions.scores.sight`). Points by a person count, and students see
    them, from `points_released_at` on; None: they are not released.
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
    group_size: Mapped[int] = mapped_column(default=1)
    show_tests: Mapped[str] = mapped_column(default=Shown.ALWAYS)
    show_output: Mapped[str] = mapped_column(default=Shown.ALWAYS)
    results_published_at: Mapped[datetime | None]
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


class Announcement(Base):
    """What staff tell a course: on its page or, with an assignment, on that one's. Markdown.

    Students read it from `shown_from` on. `edits` counts its changes. Withdrawn, it stays and nobody reads it.
    """

    __tablename__ = "announcement"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"))
    title: Mapped[str]
    text: Mapped[str]
    pinned: Mapped[bool] = mapped_column(default=False)
    shown_from: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    edits: Mapped[int] = mapped_column(default=0)
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    assignment: Mapped[Assignment | None] = relationship()
    by: Mapped[User] = relationship()
