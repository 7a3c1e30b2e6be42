"""The tables of the service itself: what people did, what staff must see, which parts are alive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.gradings import Grading


class AuditEntry(Base):
    """Who did what to which record, when, from where. Added to, never changed."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_course_action", "course_id", "action", "at"),)
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
    """The last sign of life of a part of the service, and what it had to say then (`submissions.service.pulse`)."""

    __tablename__ = "pulse"
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
