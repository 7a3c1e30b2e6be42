"""Rows out of a database, and into another, as lines of plain values.

Tables are taken as they are in the database, not as the models say: a backup can be made of one that was not brought up
to date yet, and is restored into tables of the version that it is of.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import JSON, Column, Connection, Integer, MetaData, Table, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, StatementError

from submissions.service.backup.manifest import BadBackup, TablePart, opened, table_file
from submissions.steps import OnStep

_VERSIONS = "alembic_version"  # where migrations keep what they have done
_TRANSIENT = {_VERSIONS, "pulse"}
_BATCH = 500
_LONGEST_LINE = 256_000_000  # bytes; what a test prints and draws is bounded far below


def dump(connection: Connection, folder: Path, on_step: OnStep) -> dict[str, TablePart]:
    """Writes every table of the database into `folder`, a file each. `connection` must see one moment throughout."""
    tables = _tables(connection)
    total = sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
    (folder / "tables").mkdir(mode=0o700)
    parts: dict[str, TablePart] = {}
    done = 0
    for table in tables:
        digest, size, rows = hashlib.sha256(), 0, 0
        ordered = select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
        with (folder / table_file(table.name)).open("xb") as file:
            for row in connection.execute(ordered):
                line = msgspec.json.encode([_plain(value) for value in row]) + b"\n"
                digest.update(line)
                file.write(line)
                size, rows, done = size + len(line), rows + 1, done + 1
                if not done % _BATCH:
                    on_step("records", done, total)
        columns = [str(column.name) for column in table.columns]
        parts[str(table.name)] = TablePart(digest.hexdigest(), size, columns, rows)
    return parts


def values(source: Path, parts: dict[str, TablePart], table: str, column: str) -> Iterator[Any]:
    """A column's values in a backup, row by row; none where its version has no such column. Raises BadBackup."""
    part = parts.get(table)
    if part is None or column not in part.columns:
        return
    position = part.columns.index(column)
    for row in _rows(source, table, part):
        yield row[position]


def clear_if_empty(connection: Connection) -> bool:
    """Drops all tables of a database whose tables hold nothing. False: something is in it, and nothing was done."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        if table.name not in _TRANSIENT and connection.execute(select(table).limit(1)).first() is not None:
            return False
    metadata.drop_all(connection)
    return True


def load(connection: Connection, source: Path, parts: dict[str, TablePart], on_step: OnStep) -> None:
    """Fills the empty tables of the version that the backup is of. Raises BadBackup."""
    tables = _tables(connection)
    if {table.name for table in tables} != set(parts):
        raise BadBackup(
            "its tables are not those of the version that it says it is of; take another copy of the backup"
        )
    total, done = sum(part.rows for part in parts.values()), 0
    for table in tables:
        part = parts[table.name]
        if sorted(part.columns) != sorted(column.name for column in table.columns):
            raise BadBackup(
                f"the columns of its table {table.name} are not those of its version; take another copy of it"
            )
        columns = [table.columns[name] for name in part.columns]
        for column in columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
        rows = (_values(columns, row) for row in _rows(source, table.name, part))
        while batch := list(islice(rows, _BATCH)):
            try:
                connection.execute(insert(table), batch)
            except (DataError, IntegrityError, StatementError) as error:
                raise BadBackup(f"rows of its table {table.name} do not fit there ({error.args[0]})") from None
            done += len(batch)
            on_step("records", done, total)
        _continue_numbers(connection, table)


def _tables(connection: Connection) -> list[Table]:
    """Parents before those that refer to them."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _VERSIONS]


def _rows(source: Path, table: str, part: TablePart) -> Iterator[list[Any]]:
    with opened(source, table_file(table)) as file:
        while line := file.readline(_LONGEST_LINE):
            try:
                row = msgspec.json.decode(line, type=list[Any])
            except (msgspec.DecodeError, msgspec.ValidationError):
                row = []
            if len(row) != len(part.columns):
                raise BadBackup(f"{table_file(table)} holds a line that is no row; take another copy of the backup")
            yield row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # SQLite keeps no zone: what is stored there is in UTC.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"a number in the database is {value}, which none may be; run `handin verify`")
    return value


def _values(columns: list[Column[Any]], row: list[Any]) -> dict[str, Any]:
    return {column.name: _value(column, value) for column, value in zip(columns, row, strict=True)}


def _value(column: Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, JSON):
        return value
    wanted = column.type.python_type
    try:
        # Strict: a number that is written as text, or true for 1, is none of ours.
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        raise BadBackup(
            f"its column {column.table.name}.{column.name} holds a value of another kind ({error})"
        ) from None


def _continue_numbers(connection: Connection, table: Table) -> None:
    """PostgreSQL would begin to number new rows from 1 again; SQLite goes on after the greatest."""
    (key,) = table.primary_key
    if connection.dialect.name == "postgresql" and isinstance(key.type, Integer):
        highest = connection.scalar(select(func.max(key)))
        if highest is not None:
            sequence = text("SELECT setval(pg_get_serial_sequence(:table, :key), :highest)")
            quoted = connection.dialect.identifier_preparer.format_table(table)
            connection.execute(sequence, {"table": quoted, "key": key.name, "highest": highest})
