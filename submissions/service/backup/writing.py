"""Writes a backup while uploads go on: the records of one moment first, then the bytes that they name.

Bytes are stored before their row is committed and never changed, so whatever the records of that moment name is there
when it is looked for. The folder gets its name when all is in it and on the disk: one that has the name is whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import msgspec

from submissions import secrets
from submissions.models import now
from submissions.service.backup import manifest, tables
from submissions.service.backup.manifest import Manifest, Part, TablePart
from submissions.settings import Settings
from submissions.steps import OnStep, silent
from submissions.storage import migrate
from submissions.storage.blobs import BlobStore, NoBlob
from submissions.storage.database import Database
from submissions.storage.tidying import NAMING

_CHUNK = 1 << 18
_OF_THIS_MACHINE = {"data", "database", "broker"}  # where things are; two of them may hold a password


class NotBackedUp(Exception):
    """No backup was written, and nothing is left of the attempt; the message says why."""


def write(db: Database, blobs: BlobStore, settings: Settings, target: Path, on_step: OnStep = silent) -> Manifest:
    """Writes a backup of the service with these parts into the new folder `target`.

    Blobs that are lost, damaged or cannot be read are left out and named in the manifest: a backup of the rest is
    worth having all the more. Raises NotBackedUp, and OSError when the disk is full or cannot be written.
    """
    if target.exists():
        raise NotBackedUp(f"{target} is there already: name a folder that is not")
    if not target.parent.is_dir():
        raise NotBackedUp(f"there is no folder {target.parent} to make the backup in")
    # For its owner alone: it holds hidden tests, students' work and the keys.
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        made = _fill(partial, db, blobs, settings, on_step)
        # One for all is quicker than one for each of many small files.
        os.sync()
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return made


def _fill(folder: Path, db: Database, blobs: BlobStore, settings: Settings, on_step: OnStep) -> Manifest:
    made_at = now()
    with db.snapshot() as connection:
        revision = migrate.revision(connection)
        if revision is None:
            raise NotBackedUp("the database has no tables yet: there is nothing to back up")
        rows = tables.dump(connection, folder, on_step)
    keys = _copy_secrets(settings.data / "secrets", folder)
    number, size, missing = _copy_blobs(folder, rows, blobs, on_step)
    made = Manifest(
        format=manifest.FORMAT,
        program=version("handin"),
        revision=revision,
        made_at=made_at,
        database=db.engine.dialect.name,
        tables=rows,
        secrets=keys,
        blobs=number,
        blob_bytes=size,
        missing=missing,
        settings=settings.model_dump(mode="json", exclude=_OF_THIS_MACHINE, exclude_defaults=True),
    )
    (folder / manifest.FILE).write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    return made


def _copy_secrets(kept: Path, folder: Path) -> dict[str, Part]:
    (folder / "secrets").mkdir(mode=0o700)
    parts = {}
    for name in secrets.NAMES:
        try:
            key = (kept / name).read_bytes()
        except FileNotFoundError:
            raise NotBackedUp(
                f"there is no key {kept / name}: run this with the portal's HANDIN_DATA, or start the service once"
            ) from None
        file = folder / manifest.secret_file(name)
        file.touch(mode=0o600)
        file.write_bytes(key)
        parts[name] = Part(hashlib.sha256(key).hexdigest(), len(key))
    return parts


def _copy_blobs(
    folder: Path, rows: dict[str, TablePart], blobs: BlobStore, on_step: OnStep
) -> tuple[int, int, list[str]]:
    """Copies what the rows of the backup name; returns how many, how many bytes, and the names of those missing."""
    (folder / "blobs").mkdir(mode=0o700)
    number, size, missing = 0, 0, set[str]()
    at_most = sum(rows[column.class_.__tablename__].rows for column in NAMING if column.class_.__tablename__ in rows)
    for column in NAMING:
        for name in tables.values(folder, rows, column.class_.__tablename__, column.key):
            if not name or name in missing:
                continue
            try:
                file = blobs.path(name)
            except (NoBlob, OSError):
                missing.add(name)
                continue
            copy = folder / manifest.blob_file(name)
            if copy.exists():
                continue
            copied = _copy(file, copy)
            if copied is None or copied.sha256 != name:
                copy.unlink()
                missing.add(name)
                continue
            number, size = number + 1, size + copied.size
            on_step("files", number, at_most)
    return number, size, sorted(missing)


def _copy(file: Path, copy: Path) -> Part | None:
    """None: not all of the file can be read. Raises OSError where the copy cannot be written."""
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256()
    with copy.open("xb") as out:
        try:
            for chunk in _chunks(file):
                digest.update(chunk)
                out.write(chunk)
        except _Unreadable:
            return None
        return Part(digest.hexdigest(), out.tell())


class _Unreadable(Exception):
    pass


def _chunks(file: Path) -> Iterator[bytes]:
    """The file's bytes. What whoever takes them raises does not come through here, so this is about reading alone."""
    try:
        with file.open("rb") as content:
            while chunk := content.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise _Unreadable from error
