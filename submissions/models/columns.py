"""Column types that hold on every database: times with a zone, and text and JSON that it takes whatever was printed.

A student's program may print a NUL or half a surrogate pair, and a hint may speak of NaN. SQLite would take them and
PostgreSQL would refuse the whole transaction: a grading that can never be recorded. So they are replaced on the way in.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text, TypeDecorator

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(value: Any) -> Any:
    """The same JSON-like value without what a database or a page cannot hold: NUL, lone surrogates, NaN, infinities."""
    if isinstance(value, str):
        encodable = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if not value.isascii() else value
        return encodable.replace("\0", _REPLACEMENT)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


class PlainText(TypeDecorator[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(plain(value))


class PlainJson(TypeDecorator[Any]):
    """JSON as the standard has it."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        return plain(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC on every database; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
