"""Migrations give the tables that the models speak of, on each kind of database, whoever runs them and how often."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from submissions import migrate
from submissions.database import Database
from submissions.models import Base
from tests.services import new_database


def test_migrations_give_exactly_the_tables_of_the_models(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_made_by_the_models_alone_is_told_apart(tmp_path):
    """The comparison above can fail: a column that no migration made is found."""
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    migrate.upgrade(url)
    db = Database(url)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE course ADD COLUMN motto TEXT")
        (change,) = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    db.close()
    assert change[0] == "remove_column"


def test_the_last_migration_by_number_is_the_last_of_their_chain():
    assert migrate.head() == migrate.versions()[0]
    assert migrate.versions() == sorted(migrate.versions(), reverse=True)


def test_an_upgrade_of_an_upgraded_database_changes_nothing(cast, database_url):
    migrate.upgrade(database_url)
    assert cast.state(cast.queued()) == "queued"


def _start_upgrade(url: str) -> subprocess.Popen[bytes]:
    program = "import sys; from submissions.migrate import upgrade; upgrade(sys.argv[1])"
    return subprocess.Popen([sys.executable, "-c", program, url], stderr=subprocess.PIPE)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def empty_url(request, tmp_path: Path):
    """The URL of a database in which nothing is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder that is not there' / 'handin.sqlite3'}"
        return
    with new_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.mark.slow
def test_processes_that_upgrade_at_once_all_succeed(empty_url):
    upgrades = [_start_upgrade(empty_url) for _ in range(4)]
    for process in upgrades:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error.decode()
    db = Database(empty_url)
    assert set(inspect(db.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    db.close()


def test_the_folder_of_an_sqlite_file_is_for_its_owner_alone(tmp_path):
    migrate.upgrade(f"sqlite:///{tmp_path / 'var' / 'handin.sqlite3'}")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_published_version_of_before_keeps_the_handout_that_students_have(empty_url):
    with migrate.migrating(empty_url) as connection:
        migrate.to_version(connection, "0005")
        day = "'2026-03-02 12:00:00'"
        for statement in (
            f"INSERT INTO course VALUES (1, 'dl', 'Deep Learning', '', 'UTC', {day})",
            f"INSERT INTO suite VALUES (1, 'a', 'hw', 'x', '{{}}', {day}), (2, 'b', 'hw', 'y', '{{}}', {day})",
            """INSERT INTO assignment
                (id, course_id, slug, title, show_output, hint_hours, suite_id, handout, created_at)
                VALUES (1, 1, 'hw', 'HW', true, 24, 1, 'given', '2026-03-02 12:00:00')""",
            f"INSERT INTO synced_suite VALUES (1, 1, 1, '', {day}), (2, 1, 2, '', {day})",
        ):
            connection.execute(text(statement))
    migrate.upgrade(empty_url)
    with migrate.migrating(empty_url) as connection:
        kept = connection.execute(text("SELECT suite_id, handout FROM synced_suite ORDER BY suite_id")).all()
    assert kept == [(1, "given"), (2, None)]
