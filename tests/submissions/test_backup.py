"""A backup is the service of one moment, whatever goes on meanwhile; restoring gives that service, or does nothing."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import MetaData, insert, select

from submissions import secrets
from submissions.models import Assignment, Base, Course, Grading, State, Suite, User
from submissions.people import people
from submissions.scores import counting
from submissions.service import backup
from submissions.settings import Settings
from submissions.storage import migrate
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import courses
from tests.lived import Lived
from tests.school import PASSWORD, archive
from tests.services import new_database


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def elsewhere(tmp_path) -> Settings:
    """Another machine, on which nothing is yet."""
    return Settings(data=tmp_path / "elsewhere", _env_file=None)


def backed_up(school: Lived, target: Path) -> backup.Manifest:
    return backup.write(school.database, school.blobs, school.settings, target)


def restored(school: Lived, settings: Settings) -> Lived:
    """The service that was restored there."""
    other = copy.copy(school)
    other.open(settings.data, settings.database)
    return other


def rows(db: Database) -> dict[str, list[tuple]]:
    """Everything that is recorded, but for what a worker has in hand."""
    with db.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
            if table.name not in ("progress", "grading")
        } | {
            "grading": [
                tuple(row)
                for row in session.execute(
                    select(Grading.id, Grading.submission_id, Grading.score, Grading.finished_at, Grading.phases)
                    .where(Grading.state != State.RUNNING, Grading.state != State.QUEUED)
                    .order_by(Grading.id)
                )
            ]
        }


def scores(db: Database, course: int) -> dict[tuple[str, int], object]:
    with db.read() as session:
        users = session.scalars(select(User)).all()
        return {
            (user.login, attempt.submission.id): attempt.total
            for user in users
            for standing in counting.standings(session, course, user.id)
            for attempt in standing.attempts
        }


def assert_same_service(first: Lived, second: Lived) -> None:
    assert rows(second.database) == rows(first.database)
    assert scores(second.database, first.course.id) == scores(first.database, first.course.id)
    outcome = second.verify()
    assert [str(each) for each in outcome.findings] == []
    assert outcome.counts.receipts == outcome.counts.submissions > 0
    assert people.authenticate(second.database, "ada", PASSWORD)
    assert second.secrets == first.secrets


def test_the_handout_and_the_folder_of_tests_that_wait_to_be_published_are_brought_back(lived, target, elsewhere):
    with lived.database.write() as session:
        assignment = session.scalars(select(Assignment)).one()
        suite = Suite(hash="6" * 64, assignment="hw1p1", blob=assignment.suite.blob, manifest=assignment.suite.manifest)
        session.add(suite)
        session.flush()
        kept = lived.blobs.put(io.BytesIO(b"PK what comes"), 100).sha256
        folder = lived.blobs.put(io.BytesIO(b"all of it"), 100).sha256
        courses.bring(session, assignment.id, suite, "ines", kept, folder)
    backed_up(lived, target)
    backup.restore(target, elsewhere)
    other = restored(lived, elsewhere)
    assert other.blobs.path(kept).read_bytes() == b"PK what comes"
    assert other.blobs.path(folder).read_bytes() == b"all of it"
    other.close()


def test_a_restored_service_is_the_one_that_was_backed_up(lived, target, elsewhere):
    lived.execute("UPDATE grading SET lease_until = '2026-01-02 03:04:05' WHERE id = 5")
    made = backed_up(lived, target)
    assert (made.database, made.revision, made.missing) == ("sqlite", migrate.head(), [])
    backup.restore(target, elsewhere)
    other = restored(lived, elsewhere)
    assert_same_service(lived, other)
    # What a worker had in hand waits again, and new hand-ins are numbered on.
    with other.database.read() as session:
        assert State.RUNNING not in session.scalars(select(Grading.state)).all()
    assert other.upload("bo") == 7
    assert other.verify().found == 0
    other.close()


@pytest.mark.services
def test_a_backup_of_either_database_is_restored_into_either(lived, lived_on_postgresql, postgresql, tmp_path):
    for source, name in ((lived, "sqlite"), (lived_on_postgresql, "postgresql")):
        target = tmp_path / f"backup of {name}"
        assert backed_up(source, target).database == name
        # Its tables are there, as the containers make them before anything is restored.
        with new_database(postgresql, template="pattern") as url:
            for there in (url, "") if name == "postgresql" else (url,):
                settings = Settings(data=tmp_path / f"{name} {bool(there)}", database=there, _env_file=None)
                backup.restore(target, settings)
                other = restored(source, settings)
                assert_same_service(source, other)
                assert other.upload("bo") == 7
                other.close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def test_a_backup_made_while_hand_ins_come_and_are_graded_is_of_one_moment(request, tmp_path, target, elsewhere, kind):
    school: Lived = request.getfixturevalue("lived" if kind == "sqlite" else "lived_on_postgresql")
    done, failed = threading.Event(), []

    def students() -> None:
        try:
            for number in count():
                content = f"# hand-in {number}\n" * 50
                school.graded("bo", ago=timedelta(hours=2), content=archive(**{"notes.txt": content}))
                if done.is_set():
                    return
        except Exception as error:  # noqa: BLE001 - told by the test itself, below
            failed.append(error)

    thread = threading.Thread(target=students)
    thread.start()
    made = []
    try:
        for number in range(3):
            made.append(backed_up(school, tmp_path / f"backup {number}"))
    finally:
        done.set()
        thread.join(60)
    assert not failed
    sizes = [each.tables["submission"].rows for each in made]
    assert sizes == sorted(sizes)
    assert len(school.submissions()) > sizes[0] >= 6
    backup.restore(tmp_path / "backup 2", elsewhere)
    other = restored(school, elsewhere)
    outcome = other.verify()
    assert [str(each) for each in outcome.findings] == []
    assert outcome.counts.submissions == sizes[2]
    first, second = scores(school.database, school.course.id), scores(other.database, school.course.id)
    # One that was graded just after the backup's moment has no score there yet.
    assert {key: total for key, total in first.items() if second.get(key)} == {k: v for k, v in second.items() if v}
    other.close()


def test_a_backup_is_for_its_owner_alone(lived, target):
    backed_up(lived, target)
    for path in (target, *target.rglob("*")):
        if path.is_dir():
            assert path.stat().st_mode & 0o077 == 0, path
    assert {path.stat().st_mode & 0o777 for path in (target / "secrets").iterdir()} == {0o600}


def test_no_password_of_a_database_or_broker_is_in_a_backup(lived, target):
    told = lived.settings.model_copy(
        update={"database": "postgresql+psycopg://a:hunter2@b/c", "broker": "redis://:hunter2@b", "max_upload_mb": 7}
    )
    made = backup.write(lived.database, lived.blobs, told, target)
    assert made.settings == {"max_upload_mb": 7}
    assert "hunter2" not in (target / "manifest.json").read_text()


def test_a_target_that_is_there_is_left_alone(lived, target):
    target.mkdir()
    (target / "mine").touch()
    with pytest.raises(backup.NotBackedUp, match="is there already"):
        backed_up(lived, target)
    assert [path.name for path in target.iterdir()] == ["mine"]


def test_a_backup_that_fails_leaves_nothing(lived, target):
    (lived.settings.data / "secrets" / "receipt").unlink()
    before = set(target.parent.iterdir())
    with pytest.raises(backup.NotBackedUp, match="there is no key"):
        backed_up(lived, target)
    assert set(target.parent.iterdir()) == before


def test_a_full_disk_leaves_nothing(lived, target, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "sync", full)
    before = set(target.parent.iterdir())
    with pytest.raises(OSError, match="No space left"):
        backed_up(lived, target)
    assert set(target.parent.iterdir()) == before


def test_what_was_lost_before_is_named_and_the_rest_is_restored(lived, target, elsewhere):
    name = lived.blob_of(1).name
    lived.blob_of(1).write_bytes(b"rotten")
    assert backed_up(lived, target).missing == [name]
    backup.restore(target, elsewhere)
    other = restored(lived, elsewhere)
    assert {each.seen for each in other.verify().findings} == {f"its file is not in the blob store ({name})"}
    other.close()


def test_a_file_that_the_disk_does_not_give_is_named_and_the_rest_is_backed_up(lived, target, elsewhere):
    file = lived.blob_of(1)
    file.unlink()
    file.symlink_to("/proc/self/mem")  # its first page is no memory: reading it fails as a broken disk does, by EIO
    assert backed_up(lived, target).missing == [file.name]
    assert not list(target.rglob(file.name))
    backup.restore(target, elsewhere)


def test_a_file_that_cannot_be_copied_there_ends_the_backup(lived, target, monkeypatch):
    monkeypatch.setattr(backup.manifest, "blob_file", lambda name: f"blobs/{name}/in/no/folder")
    before = set(target.parent.iterdir())
    with pytest.raises(FileNotFoundError):
        backed_up(lived, target)
    assert set(target.parent.iterdir()) == before


def test_a_backup_of_older_tables_is_brought_up_to_date(tmp_path, target, elsewhere):
    data = tmp_path / "old"
    url = f"sqlite:///{data / 'handin.sqlite3'}"
    with migrate.migrating(url) as connection:
        migrate.to_version(connection, "0001")
        tables = MetaData()
        tables.reflect(connection)
        when = {"created_at": datetime(2026, 3, 2, 12, tzinfo=UTC)}
        connection.execute(
            insert(tables.tables["course"]).values(slug="dl", title="Ω", term="", timezone="UTC", **when)
        )
    secrets.load(data)
    db = Database(url)
    made = backup.write(db, DirectoryBlobs(data / "blobs"), Settings(data=data, _env_file=None), target)
    db.close()
    assert made.revision == "0001"
    backup.restore(target, elsewhere)
    db = Database(elsewhere.database_url)
    with db.read() as session:
        assert migrate.revision(session.connection()) == migrate.head()
        course = session.scalars(select(Course)).one()
    db.close()
    assert (course.slug, course.title, course.created_at.hour) == ("dl", "Ω", 12)


def change(name: str, replace: Callable[[dict], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        file = folder / name
        said = json.loads(file.read_text())
        replace(said)
        file.write_text(json.dumps(said))

    return damage


def _first_blob(folder: Path) -> Path:
    return min((folder / "blobs").rglob("?" * 64))


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _rewrite_rows(folder: Path, table: str, edit: Callable[[list], list]) -> None:
    """A liar's backup: rows of their own, with a manifest that fits them."""
    file = folder / "tables" / f"{table}.jsonl"
    lines = "".join(json.dumps(edit(json.loads(line))) + "\n" for line in file.read_text().splitlines())
    file.write_text(lines)

    def fit(said: dict) -> None:
        said["tables"][table] |= {"sha256": hashlib.sha256(lines.encode()).hexdigest(), "size": len(lines.encode())}

    change("manifest.json", fit)(folder)


def _set(table: str, column: str, value: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        columns = json.loads((folder / "manifest.json").read_text())["tables"][table]["columns"]
        position = columns.index(column)
        _rewrite_rows(folder, table, lambda row: [*row[:position], value, *row[position + 1 :]])

    return damage


def _link(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).rename(folder.parent / "moved")
        (folder / name).symlink_to(folder.parent / "moved")

    return damage


DAMAGED = {
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is missing"),
    "half a manifest": (lambda folder: os.truncate(folder / "manifest.json", 300), "manifest.json is damaged"),
    "a manifest of something else": (lambda folder: (folder / "manifest.json").write_text("[]"), "is damaged"),
    "a newer format": (change("manifest.json", lambda said: said.update(format=2)), "reads 1: update it first"),
    "newer tables": (
        change("manifest.json", lambda said: said.update(revision="9999")),
        "made by a newer Handin .* update Handin first",
    ),
    "a table's name that leads away": (
        change("manifest.json", lambda said: said["tables"].update({"../x": said["tables"]["user"]})),
        "names a table",
    ),
    "a table too few": (
        change("manifest.json", lambda said: said["tables"].pop("user")),
        "are not those of the version",
    ),
    "a key too few": (change("manifest.json", lambda said: said["secrets"].pop("receipt")), "does not name the keys"),
    "a table cut off": (
        lambda folder: os.truncate(folder / "tables/user.jsonl", 50),
        "user.jsonl was changed, cut off",
    ),
    "a table gone": (lambda folder: (folder / "tables/user.jsonl").unlink(), "user.jsonl is missing"),
    "a bit of a table": (lambda folder: _flip(folder / "tables/grading.jsonl"), "grading.jsonl was changed"),
    "a bit of a key": (lambda folder: _flip(folder / "secrets/receipt"), "secrets/receipt was changed"),
    "a bit of a hand-in": (lambda folder: _flip(_first_blob(folder)), "blobs/.* was changed, cut off or damaged"),
    "a hand-in cut off": (lambda folder: os.truncate(_first_blob(folder), 10), "blobs/.* was changed, cut off"),
    "a hand-in gone": (lambda folder: _first_blob(folder).unlink(), "blobs/.* is missing"),
    "a table that is a link": (_link("tables/user.jsonl"), "user.jsonl is a link"),
    "a folder that is a link": (_link("blobs"), "blobs/.* is a link"),
    "a key that is a link": (_link("secrets/receipt"), "secrets/receipt is a link"),
    "a hand-in's name that leads away": (
        _set("submission", "blob", "../../../etc/passwd"),
        "name a file .* cannot be",
    ),
    "a hand-in's name that is a number": (_set("submission", "blob", 7), "name a file '7', which cannot be"),
    "a number that is a text": (_set("grading", "score", "100"), "grading.score holds a value of another kind"),
    "a time that is none": (_set("user", "created_at", "noon"), "user.created_at holds a value of another kind"),
    "the same row twice": (_set("user", "login", "ada"), "rows of its table user do not fit"),
    "rows that are none": (lambda folder: _rewrite_rows(folder, "user", lambda row: row[:2]), "a line that is no row"),
}


@pytest.fixture(scope="module")
def sound(lived_pattern, tmp_path_factory) -> Path:
    """A backup, of which each test damages a copy."""
    target = tmp_path_factory.mktemp("sound") / "backup"
    backed_up(lived_pattern, target)
    return target


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_or_hostile_backup_is_refused_in_words_and_nothing_is_half_done(sound, target, elsewhere, kind):
    shutil.copytree(sound, target)
    damage, said = DAMAGED[kind]
    damage(target)
    with pytest.raises(backup.BadBackup, match=said):
        backup.restore(target, elsewhere)
    left = [path for path in elsewhere.data.rglob("*") if path.is_file()]
    assert all(path.parent.parent.name == "blobs" for path in left), left
    # What is left, bytes under their own name, is in the way of nothing.
    backup.restore(sound, elsewhere)


def test_a_folder_that_is_no_backup_is_told(tmp_path, elsewhere):
    with pytest.raises(backup.BadBackup, match="name the folder that `handin backup` wrote"):
        backup.restore(tmp_path / "nowhere", elsewhere)


def test_nothing_is_overwritten(lived, sound, elsewhere):
    before = rows(lived.database)
    with pytest.raises(backup.NotEmpty, match="into an empty database only"):
        backup.restore(sound, lived.settings)
    assert rows(lived.database) == before
    secrets.load(elsewhere.data)
    with pytest.raises(backup.NotEmpty, match="key of another service"):
        backup.restore(sound, elsewhere)
    assert not (elsewhere.data / "handin.sqlite3").exists()


def test_tables_in_which_nothing_is_yet_are_no_obstacle(sound, lived_pattern, elsewhere):
    """The service's containers make them before there is anything to restore into."""
    migrate.upgrade(elsewhere.database_url)
    backup.restore(sound, elsewhere)
    other = restored(lived_pattern, elsewhere)
    assert_same_service(lived_pattern, other)
    other.close()
