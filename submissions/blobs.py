"""The blob store: bytes under the name of their own SHA-256, written once and never changed.

A blob is on the disk, and its folder entry too, before `put` returns. A row that names it is committed after that: no
row ever names bytes that a power cut could take away. No name is trusted: only 64 hex digits open a file.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

_NAME = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 18
_PREFIX = ".incoming-"


class Blob(msgspec.Struct, frozen=True):
    """What was stored: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


class TooLarge(Exception):
    """More bytes came than are allowed; nothing was kept."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        super().__init__(f"the file is larger than the limit of {max_bytes / 1_000_000:g} MB; nothing was kept")


class NoBlob(Exception):
    """No blob has that name: it was never stored, or the data folder was not restored whole."""


Check = Callable[[Path], None]


def accept_any(_path: Path) -> None:
    """The check that takes every blob."""


class BlobStore(Protocol):
    """What intake and workers need of a store."""

    def put(self, stream: BinaryIO, max_bytes: int, check: Check = accept_any) -> Blob:
        """Stores the stream. `check` sees the finished file before it gets its name; what it raises undoes everything.

        Raises TooLarge as soon as the limit is passed, and whatever reading the stream raises.
        """

    def path(self, sha256: str) -> Path:
        """A local file with the blob's bytes, to read and not to keep. Raises NoBlob."""

    def open(self, sha256: str) -> BinaryIO:
        """The blob's bytes. Raises NoBlob."""

    def sweep(self, older_than_seconds: float) -> int:
        """Removes what cut-off uploads left behind; returns how many."""


class DirectoryBlobs:
    """A store in one folder, which gives each blob's first two digits a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, stream: BinaryIO, max_bytes: int, check: Check = accept_any) -> Blob:
        """See BlobStore.put."""
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, dir=self._folder)
        incoming = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                blob = _copy(stream, file, max_bytes)
                file.flush()
                os.fsync(file.fileno())
            check(incoming)
            home = self._home(blob.sha256)
            home.parent.mkdir(mode=0o700, exist_ok=True)
            # The same bytes again replace themselves: no moment in which the name is absent or half written.
            incoming.rename(home)
        except BaseException:
            incoming.unlink(missing_ok=True)
            raise
        _sync_folder(home.parent)
        _sync_folder(self._folder)
        return blob

    def path(self, sha256: str) -> Path:
        """See BlobStore.path."""
        home = self._home(sha256)
        if not home.is_file():
            raise NoBlob(f"no blob {sha256} in {self._folder}: was the data folder restored whole?")
        return home

    def open(self, sha256: str) -> BinaryIO:
        """See BlobStore.open."""
        return self.path(sha256).open("rb")

    def sweep(self, older_than_seconds: float) -> int:
        """See BlobStore.sweep."""
        oldest = time.time() - older_than_seconds
        removed = 0
        for leftover in self._folder.glob(f"{_PREFIX}*"):
            try:
                if leftover.stat().st_mtime < oldest:
                    leftover.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # its upload ended in this moment, well or badly
        return removed

    def _home(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise NoBlob("a blob's name is 64 lower-case hex digits")
        return self._folder / sha256[:2] / sha256


def _copy(stream: BinaryIO, file: BinaryIO, max_bytes: int) -> Blob:
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(max_bytes)
        digest.update(chunk)
        file.write(chunk)
    return Blob(digest.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
