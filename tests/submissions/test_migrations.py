"""Migrations give the tables that the models speak of, on each kind of database, whoever runs them and how often."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from submissions.models import Assignment, Base, ManualScore, Regrade, RubricItem
from submissions.storage import migrate
from submissions.storage.database import Database
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
    program = "import sys; from submissions.storage.migrate import upgrade; upgrade(sys.argv[1])"
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


def test_what_published_regrades_of_before_left_in_the_shadow_is_what_they_held_back(empty_url):
    day = "'2026-03-02 12:00:00'"
    with migrate.migrating(empty_url) as connection:
        migrate.to_version(connection, "0005")
        for statement in (
            f"INSERT INTO course VALUES (1, 'dl', 'Deep Learning', '', 'UTC', {day})",
            f"INSERT INTO suite VALUES (1, 'a', 'hw', 'x', '{{}}', {day})",
            f"""INSERT INTO assignment (id, course_id, slug, title, show_output, hint_hours, handout, created_at)
                VALUES (1, 1, 'hw', 'HW', true, 24, '', {day})""",
            f"""INSERT INTO "user" VALUES (1, 'ada', 'Ada', '', {day}), (2, 'bo', 'Bo', '', {day})""",
            f"""INSERT INTO submission VALUES (1, 1, 1, 'b', 1, 'handin.tar', {day}, ''),
                (2, 1, 2, 'c', 1, 'handin.tar', {day}, '')""",
            f"""INSERT INTO regrade VALUES (1, 1, 1, 1, 'all', 'why', 'published', 1, {day}, {day}),
                (2, 1, 1, 1, 'all', 'why', 'reverted', 1, {day}, {day}),
                (3, 1, 1, 1, 'all', 'why', 'review', 1, {day}, NULL)""",
            # Ada's second run counts; of Bo, who would have lost points, none does. The third regrade is undecided.
            *(
                f"""INSERT INTO grading (id, submission_id, suite_id, regrade_id, shadow, again, queue, state, attempt,
                    queued_at, wake_at, phases, message)
                    VALUES ({id_}, {submission}, 1, {regrade}, {shadow}, {again}, 'regrade', 'graded', 1, {day}, {day},
                    '{{}}', '')"""
                for id_, (submission, regrade, shadow, again) in enumerate(
                    [(1, 1, "true", "false"), (1, 1, "false", "true"), (2, 1, "true", "false"), (2, 3, "true", "false")]
                )
            ),
        ):
            connection.execute(text(statement))
    migrate.upgrade(empty_url)
    db = Database(empty_url)
    with db.read() as session:
        regrades = session.scalars(select(Regrade).order_by(Regrade.id)).all()
    assert [(each.released, each.held) for each in regrades] == [("no_falls", [2]), ("all", []), ("", [])]
    db.close()


def test_what_was_found_in_answers_becomes_items_that_they_share(empty_url):
    day = "'2026-03-02 12:00:00'"
    rubric = '[{"text": "states it", "points": 3}, {"text": "breaks off", "points": -2.5}]'
    task = f'{{"id": "proof", "title": "P", "points": 8, "graded_by": "person", "rubric": {rubric}}}'
    with migrate.migrating(empty_url) as connection:
        migrate.to_version(connection, "0006")
        for statement in (
            f"INSERT INTO course VALUES (1, 'dl', 'Deep Learning', '', 'UTC', {day})",
            f"""INSERT INTO suite (id, hash, assignment, blob, manifest, created_at)
                VALUES (1, 'h', 'hw1', 'b', '{{"tasks": [{task}]}}', {day})""",
            f"""INSERT INTO assignment
                (id, course_id, slug, title, show_output, hint_hours, handout, suite_id, created_at)
                VALUES (1, 1, 'hw1', 'HW', false, 24, '', 1, {day})""",
            f"""INSERT INTO "user" VALUES (1, 'ada', 'Ada', '', {day})""",
            f"INSERT INTO submission VALUES (1, 1, 1, 'b', 1, 'handin.tar', {day}, '')",
            f"""INSERT INTO manual_score (id, submission_id, task, points, rubric, comment, grader_id, at)
                VALUES (1, 1, 'proof', 1.5, '[0, 1]', '', 1, {day})""",
        ):
            connection.exec_driver_sql(statement)
    migrate.upgrade(empty_url)
    db = Database(empty_url)
    with db.read() as session:
        items = session.scalars(select(RubricItem).order_by(RubricItem.position)).all()
        given = session.scalars(select(ManualScore)).one()
        shown = session.scalars(select(Assignment.show_output)).one()
    assert [(each.task, each.text, each.points) for each in items] == [
        ("proof", "states it", 3.0),
        ("proof", "breaks off", -2.5),
    ]
    assert (given.points, given.rubric, given.extra) == (1.5, [each.id for each in items], 1.0)
    assert shown == "never"
    db.close()


def test_points_by_hand_that_students_saw_before_stay_released(empty_url):
    day = "'2026-03-02 12:00:00'"
    with migrate.migrating(empty_url) as connection:
        migrate.to_version(connection, "0006")
        for statement in (
            f"INSERT INTO course VALUES (1, 'dl', 'Deep Learning', '', 'UTC', {day})",
            *(
                f"""INSERT INTO assignment (id, course_id, slug, title, show_output, hint_hours, handout, created_at)
                    VALUES ({id_}, 1, 'hw{id_}', 'HW', true, 24, '', {day})"""
                for id_ in (1, 2)
            ),
            f"""INSERT INTO "user" VALUES (1, 'ada', 'Ada', '', {day})""",
            f"INSERT INTO submission VALUES (1, 1, 1, 'b', 1, 'handin.tar', {day}, '')",
            f"""INSERT INTO manual_score (id, submission_id, task, points, rubric, comment, grader_id, at)
                VALUES (1, 1, 'proof', 5, '[]', '', 1, {day})""",
        ):
            connection.execute(text(statement))
    migrate.upgrade(empty_url)
    db = Database(empty_url)
    with db.read() as session:
        found = session.scalars(select(Assignment).order_by(Assignment.id)).all()
    assert [each.points_released_at is not None for each in found] == [True, False]
    db.close()
