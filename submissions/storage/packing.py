"""Folders as tars in the blob store, and back: the same content packs to the same bytes, wherever and whenever.

What is unpacked was packed here, and is looked at all the same: no file of it may land outside of its folder.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from grader.assignment import folder_files
from submissions.storage.blobs import BlobStore

_MAX_BYTES = 1 << 30
_DAMAGED = "what was packed is damaged in the blob store; restore the blob from a backup"


class Damaged(Exception):
    """What was packed does not unpack to the content that its name says: the blob store is damaged. For staff."""


def pack(folder: Path, files: Iterable[Path]) -> bytes:
    """A tar of these files of the folder, without times and owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in files:
            member = tarfile.TarInfo(str(PurePosixPath(path.relative_to(folder))))
            content = path.read_bytes()
            # As in the zip file that students receive: the archive may be made by a script.
            member.size, member.mode = len(content), 0o755 if path.suffix == ".sh" else 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def keep_folder(blobs: BlobStore, folder: Path) -> str:
    """The name of the blob that holds the whole folder of an assignment, the handout with it: what a check needs."""
    return blobs.put(io.BytesIO(pack(folder, folder_files(folder))), _MAX_BYTES).sha256


def kept_folder(blobs: BlobStore, blob: str, cache: Path) -> Path:
    """The folder on this machine, unpacked once under `cache`. Raises blobs.NoBlob, Damaged."""
    return unpacked(blobs, blob, blob, cache, _blob_of)


def unpacked(blobs: BlobStore, blob: str, name: str, cache: Path, name_of: Callable[[Path], str]) -> Path:
    """The packed folder under its `name` in `cache`, unpacked once, if `name_of` says that it has this name.

    Raises blobs.NoBlob, Damaged.
    """
    home = cache / name
    if home.is_dir():
        return home
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Readable by the worker's own user alone: these are the hidden tests.
    incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=cache))
    try:
        with blobs.open(blob) as file:
            _unpack(file, incoming)
        if name_of(incoming) != name:
            raise Damaged(_DAMAGED)
        try:
            incoming.rename(home)
        except OSError:
            # A folder that is not empty cannot be replaced: another worker was first, with the same content.
            if not home.is_dir():
                raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return home


def _blob_of(folder: Path) -> str:
    return hashlib.sha256(pack(folder, folder_files(folder))).hexdigest()


def _unpack(file: BinaryIO, folder: Path) -> None:
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            # By hand: the first releases of Python 3.11, Debian 12's among them, know no extraction filter.
            for member in archive:
                target = folder / member.name
                content = archive.extractfile(member) if member.isfile() else None
                if content is None or not target.resolve().is_relative_to(folder.resolve()):
                    raise Damaged(_DAMAGED)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())
                if member.mode & 0o100:
                    target.chmod(0o755)
    except tarfile.TarError as error:
        raise Damaged(_DAMAGED) from error
