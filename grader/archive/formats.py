"""Tells what a file is by its first bytes, and reads it, or says what it looks like instead."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from grader.archive.contents import Contents
from grader.archive.limits import DEFAULT_LIMITS, SLIM_DOWN, ArchiveLimits, in_megabytes
from grader.archive.streams import Tape, gunzip, pieces_of
from grader.archive.tar import looks_like_tar, read_tar
from grader.archive.zip import read_zip
from grader.report import Refused

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\3\4", b"PK\5\6")
_LOOKS_LIKE: Final = (
    (b"%PDF", "a PDF"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\xfd7zXZ\0", "a file packed with xz"),
    (b"BZh", "a file packed with bzip2"),
    (b"\x28\xb5\x2f\xfd", "a file packed with zstd"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PK", "a zip"),
    (_GZIP, "a gzip"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b'{\n "cells"', "a notebook"),
    (b'{"cells"', "a notebook"),
)
_START: Final = 512


def read_archive(
    source: Path | bytes, limits: ArchiveLimits = DEFAULT_LIMITS, *, command: str = ""
) -> dict[str, bytes]:
    """The hand-in's files: relative POSIX path to bytes, junk left out; folders are only in the paths.

    `command` is what makes the right archive, told to a student who handed in something else. Raises `Refused` for
    whatever the bytes may be; `OSError` only when a path cannot be read.
    """
    data = source if isinstance(source, bytes) else load(source, limits)
    if len(data) > limits.archive_bytes:
        raise Refused(f"The file is larger than {in_megabytes(limits.archive_bytes)}. {SLIM_DOWN}")
    contents = Contents(limits)
    if data.startswith(_ZIP):
        read_zip(data, contents)
    elif data.startswith(_GZIP):
        start = Tape(gunzip(data, limits)).read(_START)
        if not looks_like_tar(start):
            raise _not_an_archive(f"a gzip of {_described(start)}", command)
        read_tar(Tape(gunzip(data, limits)), contents)
    elif looks_like_tar(data[:_START]):
        read_tar(Tape(pieces_of(data)), contents)
    else:
        raise _not_an_archive(_described(data[:_START]), command)
    return contents.files


def load(path: Path, limits: ArchiveLimits = DEFAULT_LIMITS) -> bytes:
    """A file's bytes, as many as are needed to see that it is too large."""
    with path.open("rb") as file:
        return file.read(limits.archive_bytes + 1)


def _not_an_archive(what: str, command: str) -> Refused:
    advice = f"Make it with `{command}`, and hand in what that makes." if command else "Hand in a tar, tar.gz or zip."
    return Refused(f"This is not an archive of your work, but {what}. {advice}")


def _described(start: bytes) -> str:
    if not start:
        return "an empty file"
    for magic, what in _LOOKS_LIKE:
        if start.startswith(magic):
            return what
    if _is_text(start):
        return "plain text, perhaps a single source file"
    return "a file of a kind that we do not know"


def _is_text(start: bytes) -> bool:
    # The last character may be cut in the middle.
    text = start.decode("utf-8", "ignore")
    return len(start) - len(text.encode()) < 4 and all(c.isprintable() or c in "\t\n\r\f\ufeff" for c in text)
