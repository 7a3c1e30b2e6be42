"""Alembic's entry: runs in the connection and the transaction that `submissions.storage.migrate` holds."""

from __future__ import annotations

from alembic import context

from submissions.models import Base
from submissions.storage.migrate import render_item

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    render_item=render_item,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
