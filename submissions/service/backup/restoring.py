"""Restores a backup into an empty service, or does nothing: all is checked before anything is written.

The records come last, in one transaction. Until it commits, what was written is bytes that no row names and keys that
nobody uses: after a failure the same restore can simply be run again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, make_url

from submissions import secrets
from submissions.gradings import lifecycle
from submissions.service.backup import manifest, tables
from submissions.service.backup.manifest import BadBackup, Manifest
from submissions.settings import Settings
from submissions.steps import OnStep, silent
from submissions.storage import migrate
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.storage.tidying import NAMING
from submissions.suites import check_runs


class NotEmpty(Exception):
    """There is something where the backup would go, and it was left as it is; the message says what to do."""


def restore(source: Path, settings: Settings, on_step: OnStep = silent) -> Manifest:
    """Restores the backup in `source` into the data folder and the database of these settings.

    Gradings and checks whose lease has run out since wait again. Raises BadBackup, NotEmpty, and OSError when the disk
    is full or cannot be written.
    """
    made = manifest.read(source)
    if made.revision not in migrate.versions():
        raise BadBackup(
            f"it was made by a newer Handin ({made.program}, tables of version {made.revision}; "
            f"this one knows them up to {migrate.head()}): update Handin first"
        )
    _check(source, made, on_step)
    data = settings.data.resolve()
    _check_keys(source, made, data)
    with _emptied(settings.database_url) as connection:
        migrate.to_version(connection, made.revision)
        tables.load(connection, source, made.tables, on_step)
        _restore_blobs(source, made, data, on_step)
        secrets.keep(data, secrets.Secrets(*(_key(source, name) for name in secrets.NAMES)))
        migrate.to_version(connection, "head")
    db = Database(settings.database_url)
    try:
        # Their workers are elsewhere. That is no fault, so here no number of attempts is one too many.
        while lifecycle.sweep(db, max_attempts=sys.maxsize):
            continue
        check_runs.sweep(db, sys.maxsize, settings.lease_seconds)
    finally:
        db.close()
    return made


def _check(source: Path, made: Manifest, on_step: OnStep) -> None:
    """Reads every part whole. Raises BadBackup."""
    for table, part in made.tables.items():
        manifest.check(source, manifest.table_file(table), part)
    if set(made.secrets) != set(secrets.NAMES):
        raise BadBackup(f"{manifest.FILE} does not name the keys that a service has; take another copy of the backup")
    for name, key in made.secrets.items():
        manifest.check(source, manifest.secret_file(name), key)
    for number, name in enumerate(_blobs(source, made), 1):
        file = manifest.blob_file(name)
        if manifest.measured(source, file).sha256 != name:
            raise BadBackup(
                f"{file} was changed, cut off or damaged since the backup was made; take another copy of it"
            )
        on_step("checking files", number, made.blobs)


def _blobs(source: Path, made: Manifest) -> Iterator[str]:
    """The names of the blobs that must be in the backup, each once."""
    done = {"", None, *made.missing}
    for column in NAMING:
        for name in tables.values(source, made.tables, column.class_.__tablename__, column.key):
            if name not in done:
                done.add(name)
                yield name


def _check_keys(source: Path, made: Manifest, data: Path) -> None:
    for name in made.secrets:
        kept = data / "secrets" / name
        if kept.exists() and kept.read_bytes() != _key(source, name):
            raise NotEmpty(
                f"{kept} is the key of another service: set HANDIN_DATA to a new folder; or, if that service was never "
                f"used, delete {kept.parent}"
            )


def _key(source: Path, name: str) -> bytes:
    with manifest.opened(source, manifest.secret_file(name)) as file:
        return file.read()


@contextmanager
def _emptied(database_url: str) -> Iterator[Connection]:
    """A transaction on the database, in which it has no tables. A file that is made for it goes again with an error."""
    url = make_url(database_url)
    made_here = url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
    try:
        with migrate.migrating(database_url) as connection:
            if not tables.clear_if_empty(connection):
                shown = url.render_as_string(hide_password=True)
                raise NotEmpty(f"there are records in {shown}: a backup is restored into an empty database only")
            yield connection
    except BaseException:
        if made_here:
            for ending in ("", "-wal", "-shm"):
                Path(f"{url.database}{ending}").unlink(missing_ok=True)
        raise


def _restore_blobs(source: Path, made: Manifest, data: Path, on_step: OnStep) -> None:
    blobs = DirectoryBlobs(data / "blobs")
    for number, name in enumerate(_blobs(source, made), 1):
        with manifest.opened(source, manifest.blob_file(name)) as file:
            if blobs.put(file, sys.maxsize).sha256 != name:
                raise BadBackup(f"{manifest.blob_file(name)} was changed while it was restored")
        on_step("files", number, made.blobs)
