"""A service in which one of everything has happened, to be looked at, damaged, and copied elsewhere."""

from __future__ import annotations

import copy
import io
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, update

from grader.assignment import suite_hash
from submissions import secrets
from submissions.models import Decision, Submission, Suite
from submissions.service import verify
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import courses
from tests.school import FILES, School


class Lived(School):
    """A school whose suite can be unpacked, with these submissions."""

    def __init__(self, folder: Path, url: str = "") -> None:
        super().__init__(folder, database=url)
        packed = folder / "hw1p1"
        packed.mkdir()
        (packed / "assignment.toml").write_text("# read by no one here\n")
        (packed / "test_it.py").write_text("# the same\n")
        self.packed = self.blobs.put(io.BytesIO(courses._pack(packed)), 1 << 20).sha256
        with self.database.write() as session:
            session.execute(update(Suite).values(hash=suite_hash(packed), blob=self.packed))
        shutil.rmtree(packed)
        self.graded("ada", ago=timedelta(hours=1))  # 1
        self.faulty("bo")  # 2
        self.refused("chidi")  # 3
        self.upload("ada")  # 4, superseded by 5
        self.running("ada")  # 5
        self.graded("chidi", ago=timedelta(minutes=1))  # 6
        self.withdrawn(self.decided("chidi", Decision.OVERRIDE, 12.5), "chidi")
        self.decided("bo", Decision.EXCUSE)
        self.answered_request(self.asked(6), "answered", "It is as the tests say.")
        self.asked(6, "And this one?")
        self.say(1, "Well done.")
        self.say(1, "Why?", path=FILES[0], line=1)

    def copied(self, folder: Path) -> Lived:
        """The same service in another folder; of one on SQLite."""
        self.database.close()
        shutil.copytree(self.settings.data, folder)
        other = copy.copy(self)
        other.open(folder, "")
        return other

    def open(self, folder: Path, url: str) -> None:
        """From now on this is the service of that data folder and database."""
        self.settings = Settings(data=folder, database=url, _env_file=None)
        self.database = Database(self.settings.database_url)
        self.blobs = DirectoryBlobs(folder / "blobs")
        self.secrets = secrets.load(folder)

    def execute(self, statement: str) -> None:
        """Changes the records as nothing of ours would: constraints do not hold."""
        url = make_url(self.settings.database_url)
        if url.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(url.database)) as connection, connection:
                connection.execute(statement)
        else:
            text = url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(text) as connection:
                connection.execute("SET session_replication_role = replica")
                connection.execute(statement)

    def blob_of(self, submission: int) -> Path:
        """The file of a submission's bytes."""
        with self.database.read() as session:
            return self.blobs.path(session.get_one(Submission, submission).blob)

    def verify(self, quick: bool = False) -> verify.Outcome:
        """What there is to say of it."""
        return verify.verify(self.database, self.blobs, self.secrets.receipt_key, quick)


@pytest.fixture(scope="module")
def lived_pattern(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """One of which each test gets a copy."""
    school = Lived(tmp_path_factory.mktemp("pattern") / "data")
    yield school
    school.close()


@pytest.fixture
def lived(lived_pattern: Lived, tmp_path: Path) -> Iterator[Lived]:
    """A service of the test's own, on SQLite."""
    school = lived_pattern.copied(tmp_path / "lived")
    yield school
    school.close()


@pytest.fixture
def lived_on_postgresql(postgresql_url: str, tmp_path: Path) -> Iterator[Lived]:
    """The same on PostgreSQL."""
    school = Lived(tmp_path / "lived on postgresql", postgresql_url)
    yield school
    school.close()
