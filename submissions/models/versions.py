"""The tables of what was brought to an assignment: its versions of a suite, and the checks that the service makes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.courses import Assignment
from submissions.models.people import User
from submissions.models.suites import Suite


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


class CheckState(StrEnum):
    """Where a check that the service makes is in its life (`submissions.suites.check_runs` holds the moves)."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAULT = "fault"


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
