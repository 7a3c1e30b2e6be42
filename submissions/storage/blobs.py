"""The blob store: bytes under the name of their own SHA-256, written once and never changed.

A blob is on the disk, and its folder entry too, before `put` returns. A row that names it is committed after that: no
row ever names bytes that a power cut could take away. No name is trusted: only 64 hex digits open a file.

What is put `unsettled` has a mark beside it until its row is committed (`settle`). A mark that stays says that somebody
was killed between the two, and only what is marked is ever removed: a blob without a row may also be one whose database
was restored from an old backup, and that must wait for its rows.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

_NAME = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 18
_PREFIX = ".incoming-"
_MARK = ".unsettled-"


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

    def put(self, stream: BinaryIO, max_bytes: int, check: Check = accept_any, *, unsettled: bool = False) -> Blob:
        """Stores the stream. `check` sees the finished file before it gets its name; what it raises undoes everything.

        `unsettled`: somebody will call `settle`. Raises TooLarge as soon as the limit is passed, and whatever reading
        the stream raises.
        """

    def settle(self, sha256: str) -> None:
        """A row that names the blob has been committed."""

    def path(self, sha256: str) -> Path:
        """A local file with the blob's bytes, to read and not to keep. Raises NoBlob."""

    def open(self, sha256: str) -> BinaryIO:
        """The blob's bytes. Raises NoBlob."""

    def sweep(self, older_than_seconds: float) -> int:
        """Removes what cut-off uploads left behind; returns how many."""

    def unsettled(self, older_than_seconds: float) -> list[str]:
        """The blobs that were put so long ago and are not settled."""

    def discard(self, sha256: str, older_than_seconds: float) -> bool:
        """Removes a blob that no row names, unless somebody puts the same bytes again meanwhile. True: it is gone."""

    def names(self, older_than_seconds: float) -> Iterator[str]:
        """The blobs that were put so long ago, in no order."""


class DirectoryBlobs:
    """A store in one folder, which gives each blob's first two digits a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, stream: BinaryIO, max_bytes: int, check: Check = accept_any, *, unsettled: bool = False) -> Blob:
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
            with _locked(home.parent):
                if unsettled:
                    self._mark(blob.sha256).touch(mode=0o600)
                else:
                    self.settle(blob.sha256)  # an earlier upload of these bytes may have marked them
                # The same bytes again replace themselves: no moment in which the name is absent or half written.
                incoming.rename(home)
        except BaseException:
            incoming.unlink(missing_ok=True)
            raise
        _sync_folder(home.parent)
        _sync_folder(self._folder)
        return blob

    def settle(self, sha256: str) -> None:
        """See BlobStore.settle."""
        self._mark(sha256).unlink(missing_ok=True)

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
        removed = 0
        for leftover in self._folder.glob(f"{_PREFIX}*"):
            try:
                if _is_older(leftover, older_than_seconds):
                    leftover.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # its upload ended in this moment, well or badly
        return removed

    def unsettled(self, older_than_seconds: float) -> list[str]:
        """See BlobStore.unsettled."""
        found = []
        for mark in self._folder.glob(f"{_MARK}*"):
            try:
                if _is_older(mark, older_than_seconds):
                    found.append(mark.name.removeprefix(_MARK))
            except FileNotFoundError:
                continue  # settled in this moment
        return found

    def discard(self, sha256: str, older_than_seconds: float) -> bool:
        """See BlobStore.discard."""
        home, mark = self._home(sha256), self._mark(sha256)
        home.parent.mkdir(mode=0o700, exist_ok=True)
        with _locked(home.parent):
            try:
                if not _is_older(mark, older_than_seconds):
                    return False
            except FileNotFoundError:
                return False
            home.unlink(missing_ok=True)
            # Last: whoever is killed before has left the mark for the next round.
            mark.unlink(missing_ok=True)
        return True

    def _mark(self, sha256: str) -> Path:
        return self._folder / f"{_MARK}{self._home(sha256).name}"

    def names(self, older_than_seconds: float) -> Iterator[str]:
        """See BlobStore.names."""
        for file in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            try:
                if _is_older(file, older_than_seconds):
                    yield file.name
            except FileNotFoundError:
                continue  # discarded in this moment

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


def _is_older(file: Path, seconds: float) -> bool:
    return file.stat().st_mtime < time.time() - seconds


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Putting a blob and discarding it exclude each other, in whichever processes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
