"""Brings a database to the tables of this version. Run at every start; several processes may start at once.

The whole upgrade is one transaction that first takes a lock: a second process waits and then finds nothing to do, and
a migration that fails leaves the database as it was.

`python -m submissions.storage.migrate MESSAGE` writes a new migration for what changed in the models.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, inspect, make_url, text

from submissions.models.columns import PlainJson, PlainText, UtcDateTime
from submissions.storage.database import Database

if TYPE_CHECKING:
    # Loaded where it is used: most processes that import this never migrate, and Alembic takes long to load.
    from alembic.config import Config

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x68616E64696E  # PostgreSQL's advisory locks are numbers: "handin"


def upgrade(database_url: str) -> None:
    """Applies every migration that is missing. Creates the folder of an SQLite file."""
    with migrating(database_url) as connection:
        # What nearly every start finds; Alembic itself takes longer to load than most commands need.
        if revision(connection) != head():
            to_version(connection, "head")


@contextmanager
def migrating(database_url: str) -> Iterator[Connection]:
    """One transaction in which tables may change, and which no other of its kind runs beside.

    On SQLite foreign keys are not looked after in it. Creates the folder of an SQLite file.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = Database(database_url)
    try:
        engine = db.engine.execution_options(handin_write=True)
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                # Rebuilding a table drops it for a moment, which must not count as deleting its rows' parents. The
                # pragma works outside of a transaction only, hence on the driver's own connection.
                connection.connection.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                yield connection
    finally:
        db.close()


def to_version(connection: Connection, version: str) -> None:
    """Applies the migrations that lead to a version of the tables, in the transaction that `migrating` began."""
    from alembic import command

    command.upgrade(_config(connection), version)


def revision(connection: Connection) -> str | None:
    """The version of the tables that a database has; None: it has none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    kept: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return kept


def head() -> str:
    """The version of the tables that this program works on."""
    return max(file.name[:4] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def versions() -> list[str]:
    """Every version of the tables that this program knows, the newest first."""
    from alembic.script import ScriptDirectory

    return [each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()]


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """How a migration writes our column types: as the plain types they are stored as, so that it outlives our code."""
    if kind == "type":
        for ours, plain in (
            (PlainText, "sa.Text()"),
            (PlainJson, "sa.JSON()"),
            (UtcDateTime, "sa.DateTime(timezone=True)"),
        ):
            if isinstance(item, ours):
                return plain
    return False


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _write_migration(message: str) -> None:
    from alembic import command

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/new.sqlite3"
        upgrade(url)
        db = Database(url)
        with db.engine.connect() as connection, connection.begin():
            command.revision(_config(connection), message, autogenerate=True)
        db.close()


if __name__ == "__main__":
    _write_migration(" ".join(sys.argv[1:]) or "unnamed")
