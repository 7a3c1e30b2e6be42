"""Connections: as many as are asked for at once."""

from __future__ import annotations

from contextlib import ExitStack

from sqlalchemy import text

from submissions.storage.database import Database


def test_whoever_reads_can_write_besides_however_many_do(database: Database) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(database.read()).execute(text("SELECT 1"))
        with database.write() as writing:
            assert writing.scalar(text("SELECT 1")) == 1
