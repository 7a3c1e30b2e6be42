"""The tables of groups: who hands in together in an assignment, and whom a student has asked to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from submissions.models.base import Base, now
from submissions.models.people import User


class Group(Base):
    """A group of an assignment. One whose members all left is none any more."""

    __tablename__ = "student_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    name: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    members: Mapped[list[GroupMember]] = relationship(back_populates="group", order_by="GroupMember.id")


class GroupMember(Base):
    """A student in a group, until `left_at`. In an assignment, nobody is in two at a time.

    It says for whom the next upload counts; for whom one that is there does, say its authors (`Author`).
    """

    __tablename__ = "group_member"
    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("student_group.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    left_at: Mapped[datetime | None]
    group: Mapped[Group] = relationship(back_populates="members")
    user: Mapped[User] = relationship()


class GroupInvitation(Base):
    """A student asks whoever has that `login` to hand in together, until `ended_at`.

    The login is kept as it was typed, of nobody too: what its sender sees must not tell who is in the course.
    """

    __tablename__ = "group_invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    login: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    by: Mapped[User] = relationship()
