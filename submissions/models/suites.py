"""The tables of suites: versions of tests and reference, named by their content, and what checks found in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from submissions.models.base import Base, now


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
