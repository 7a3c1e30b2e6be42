"""Whether the database itself is whole: tables of this version, a sound file, a row behind every reference."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from submissions.models import Base
from submissions.service.verify.finding import FROM_OUTSIDE, Finding
from submissions.storage import migrate


def outdated(session: Session) -> Finding | None:
    """What keeps a verification from beginning: tables of another version. None: they are of this one."""
    found, wanted = migrate.revision(session.connection()), migrate.head()
    if found == wanted:
        return None
    seen = f"its tables are of version {found}, and this program's are {wanted}" if found else "it has no tables"
    return Finding("database", seen, "Run `handin migrate`, or the version of Handin that the database is of.")


def unsound(session: Session) -> Iterator[Finding]:
    """What SQLite finds when it reads its file whole; PostgreSQL is not asked."""
    if session.connection().dialect.name == "sqlite":
        for (said,) in session.connection().exec_driver_sql("PRAGMA integrity_check(1)"):
            if said != "ok":
                yield unreadable(said.replace("\n", " "))


def unreadable(said: str) -> Finding:
    """The database, by its own words, cannot be read."""
    return Finding("database", f"it is damaged: {said}", "Restore it from a backup; nothing more can be said of it.")


def dangling(session: Session) -> Iterator[Finding]:
    """A finding for each reference without its row.

    Both databases refuse such a reference when it is made; a failing disk, or a hand that switched that off, does not.
    """
    for table in Base.metadata.sorted_tables:
        yield from _dangling(session, table)


def _dangling(session: Session, table: Table) -> Iterator[Finding]:
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        there, parent = key.parent, key.column
        other = parent.table.alias()
        lost = (
            select(table.c.id, there)
            .outerjoin(other, other.c[parent.name] == there)
            .where(there.is_not(None), other.c[parent.name].is_(None))
        )
        for row in session.execute(lost.execution_options(yield_per=500)):
            seen = f"its {there.name} is {row[1]}, and there is no such {parent.table.name}"
            yield Finding(f"{table.name} {row[0]}", seen, FROM_OUTSIDE)
