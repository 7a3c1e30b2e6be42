"""What a backup says of itself, and reading its parts without trusting a byte of them."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 1
FILE = "manifest.json"
_MOST_BYTES = 64_000_000
_BLOB = re.compile(r"[0-9a-f]{64}")
_TABLE = re.compile(r"[a-z_]{1,63}")


class BadBackup(Exception):
    """The folder is no backup, or a damaged one, or one that this version cannot read; the message says which."""


class Part(msgspec.Struct, frozen=True):
    """One file of a backup: the SHA-256 of its bytes, in hex, and their number."""

    sha256: str
    size: int


class TablePart(Part, frozen=True):
    """A table's file: each line a JSON array of the values of `columns`."""

    columns: list[str]
    rows: int


class Manifest(msgspec.Struct, frozen=True):
    """`revision` is the version of the tables, `program` that of Handin. `missing` are blobs that were lost before.

    `settings` are those that were in force, without the secret ones: for whoever sets up the next machine.
    """

    format: int
    program: str
    revision: str
    made_at: datetime
    database: str
    tables: dict[str, TablePart]
    secrets: dict[str, Part]
    blobs: int
    blob_bytes: int
    missing: list[str]
    settings: dict[str, Any]


def read(source: Path) -> Manifest:
    """The manifest of the backup in that folder. Raises BadBackup."""
    if not source.is_dir():
        raise BadBackup(f"{source} is no folder: name the folder that `handin backup` wrote")
    with opened(source, FILE) as file:
        text = file.read(_MOST_BYTES)
    try:
        said = msgspec.json.decode(text)
        made = said.get("format") if isinstance(said, dict) else None
        if isinstance(made, int) and made > FORMAT:
            raise BadBackup(
                f"the backup is of format {made}, and this version of Handin reads {FORMAT}: update it first"
            )
        found = msgspec.convert(said, Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadBackup(f"{FILE} is damaged ({error}); take another copy of the backup") from None
    for name in found.tables:
        if not _TABLE.fullmatch(name):
            raise BadBackup(f"{FILE} names a table {name[:80]!r}, which cannot be; take another copy of the backup")
    return found


def opened(source: Path, name: str) -> BufferedReader:
    """A part of the backup, to read. `name` is its path in it. Raises BadBackup."""
    path = source / name
    # By its resolved path: a link, in whatever part of it, would have us read what is no part of the backup.
    if path.resolve() != source.resolve() / name:
        raise BadBackup(f"{name} is a link in this backup, which none is; take another copy of it")
    if not path.is_file():
        raise BadBackup(f"{name} is missing in this backup; take another copy of it")
    return path.open("rb")


def check(source: Path, name: str, part: Part) -> None:
    """Raises BadBackup unless the file is, byte for byte, the one that was written."""
    if measured(source, name) != Part(part.sha256, part.size):
        raise BadBackup(f"{name} was changed, cut off or damaged since the backup was made; take another copy of it")


def measured(source: Path, name: str) -> Part:
    """A part as it is now."""
    with opened(source, name) as file:
        digest = hashlib.file_digest(file, "sha256")
        return Part(digest.hexdigest(), file.tell())


def table_file(table: str) -> str:
    """Where a table's rows are."""
    return f"tables/{table}.jsonl"


def secret_file(name: str) -> str:
    """Where a key is."""
    return f"secrets/{name}"


def blob_file(sha256: str) -> str:
    """Where a blob is. Raises BadBackup for what is no name of one."""
    if not isinstance(sha256, str) or not _BLOB.fullmatch(sha256):
        raise BadBackup(
            f"its records name a file {str(sha256)[:80]!r}, which cannot be; take another copy of the backup"
        )
    return f"blobs/{sha256[:2]}/{sha256}"
