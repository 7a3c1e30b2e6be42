"""Connections and transactions: SQLite (WAL) or PostgreSQL behind one `Database`.

Writers on SQLite begin with BEGIN IMMEDIATE: a transaction that first reads and then writes would otherwise fail with
"database is locked" as soon as two of them meet, whatever the busy timeout says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Engine, Update, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

_MOST_VALUES = 500
_Value = TypeVar("_Value")


class Database:
    """One engine. `read()` gives a session that is rolled back at its end; `write()` commits or undoes."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(self.engine.execution_options(handin_write=True), expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking; nothing done in it is kept."""
        with self._reading() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for looking, in which every query sees the same moment, however long it takes."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            # SQLite's readers have it so anyway.
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: all of it is kept, or none."""
        with self._writing() as session, session.begin():
            yield session

    def close(self) -> None:
        """Closes every pooled connection."""
        self.engine.dispose()


def changed(session: Session, statement: Update) -> int:
    """Sends a guarded UPDATE, and says how many rows it found; objects that the session has read stay as they are."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def parts(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """A list for a statement, in parts: databases take only so many values at once."""
    for start in range(0, len(values), _MOST_VALUES):
        yield values[start : start + _MOST_VALUES]


def _engine(url: str) -> Engine:
    # No bound of the pool's own: a request reads and writes at once, and where every thread holds the connection it
    # reads by, each would wait for another to give one back. The threads bound it, at two for each.
    engine = create_engine(
        url,
        pool_pre_ping=not url.startswith("sqlite"),
        max_overflow=-1,
        # Letters as they are: a search in what is kept knows upper from lower case in no escape.
        json_serializer=partial(json.dumps, ensure_ascii=False),
        # Errors without the values: they are hashes of passwords and tokens, answers, scores, and end in logs.
        hide_parameters=True,
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: `_sqlite_begin` chooses their kind.
    connection.isolation_level = None
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite's own knows the case of ASCII letters alone.
    connection.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)


def _sqlite_begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("handin_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
