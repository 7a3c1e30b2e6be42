"""What every table is: the server's time, and how columns and constraints are named and typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from submissions.models.columns import PlainJson, PlainText, UtcDateTime


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
        list[str]: PlainJson,
    }
