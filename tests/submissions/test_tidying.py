"""What killed uploads leave goes in time; what a row names, or what nobody marked, never does."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from sqlalchemy import update

from submissions.models import Assignment, Base, Suite, SyncedSuite
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.tidying import NAMING, tidy
from submissions.suites import courses

HOUR = 3600.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder):
    return DirectoryBlobs(folder)


def put(blobs, content: bytes, *, unsettled: bool = True) -> str:
    return blobs.put(io.BytesIO(content), 100, unsettled=unsettled).sha256


def grow_old(folder: Path) -> None:
    """As if two hours had passed since all that is there was written."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * HOUR))


def there(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_the_blob_of_an_upload_that_was_killed_before_its_row_goes(cast, blobs, folder):
    put(blobs, b"never committed")
    grow_old(folder)
    assert tidy(cast.db, blobs, HOUR) == 1
    assert there(folder) == set()


def test_an_upload_between_its_blob_and_its_row_is_left_alone(cast, blobs, folder):
    name = put(blobs, b"just now")
    assert tidy(cast.db, blobs, HOUR) == 0
    assert name in there(folder)


def test_a_blob_whose_row_was_committed_in_the_last_moment_loses_its_mark_alone(cast, blobs, folder):
    name = put(blobs, b"a hand-in")
    cast.upload(content=b"a hand-in")
    grow_old(folder)
    assert tidy(cast.db, blobs, HOUR) == 0
    assert there(folder) == {name}


@pytest.mark.parametrize("column", [Suite.blob, Assignment.handout, SyncedSuite.handout, SyncedSuite.folder])
def test_bytes_that_something_else_names_stay(cast, blobs, folder, column):
    name = put(blobs, b"a student hands in what staff published")
    with cast.db.write() as session:
        courses.bring(session, cast.assignment_id, session.get_one(Suite, cast.suite_id), "ines")
        session.execute(update(column.class_).values({column.key: name}))
    grow_old(folder)
    tidy(cast.db, blobs, HOUR)
    assert there(folder) == {name}


def test_a_blob_that_nobody_marked_stays_for_a_database_that_is_restored_later(cast, blobs, folder):
    name = put(blobs, b"its rows are in a backup")
    blobs.settle(name)
    grow_old(folder)
    assert tidy(cast.db, blobs, 0) == 0
    assert there(folder) == {name}


def test_what_is_put_for_good_is_not_taken_for_an_earlier_upload_of_the_same_bytes(cast, blobs, folder):
    put(blobs, b"the same")
    grow_old(folder)
    name = put(blobs, b"the same", unsettled=False)
    assert tidy(cast.db, blobs, HOUR) == 0
    assert there(folder) == {name}


def test_bytes_that_come_again_while_they_are_discarded_stay(blobs, folder):
    name = put(blobs, b"again")
    grow_old(folder)
    assert blobs.unsettled(HOUR) == [name]
    put(blobs, b"again")
    assert not blobs.discard(name, HOUR)
    assert name in there(folder)


def test_every_column_that_names_a_blob_is_asked():
    asked = {(column.class_.__tablename__, column.key) for column in NAMING}
    columns = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.c}
    assert asked == {(table, name) for table, name in columns if name in ("blob", "handout", "folder")}
