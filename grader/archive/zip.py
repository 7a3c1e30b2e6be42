"""Reads zip, by PKWARE's APPNOTE 6.3.10: stored and deflated entries, as every ordinary tool writes them.

The central directory at the end says what the archive holds. Each claim of it is checked against the file: entries may
not overlap (which makes a small file huge), must begin with a header of their own that agrees, and must inflate to
exactly the size and checksum announced.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from grader.archive.contents import Contents, Kind
from grader.archive.names import shown
from grader.report import Refused

_END: Final = struct.Struct("<4s 4H 2L H")
_END_MARK: Final = b"PK\5\6"
_COMMENT_BYTES: Final = 2**16 - 1
_CENTRAL: Final = struct.Struct("<4s 2B 2x 2H 4x 3L 3H 2x 2x 2L")
_CENTRAL_MARK: Final = b"PK\1\2"
_LOCAL: Final = struct.Struct("<4s 2x 2H 4x 3L 2H")
_LOCAL_MARK: Final = b"PK\3\4"

_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_SIZES_FOLLOW: Final = 0x0008
_UTF8: Final = 0x0800
_STORED, _DEFLATED = 0, 8
_ZIP64: Final = 0xFFFFFFFF
_ZIP64_MARK: Final = b"PK\6\7"
_ZIP64_LOCATOR_BYTES: Final = 20
_UNIX: Final = (3, 19)  # 19 is macOS


class _Entry(msgspec.Struct, frozen=True):
    """A row of the central directory; `offset` is where its own header begins."""

    raw_name: bytes
    name: str
    kind: Kind
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int


def read_zip(data: bytes, contents: Contents) -> None:
    """Puts the zip's files into `contents`. Raises `Refused`."""
    start, end, count = _central_directory(data)
    directory = sorted(_entries(data, start, end, count, contents), key=lambda entry: entry.offset)
    free_from = 0
    for entry in directory:
        body = _body(data, entry, start)
        if entry.offset < free_from:
            raise _damaged(f"{shown(entry.name)} overlaps another file")
        free_from = body + entry.packed
        path = contents.admit(entry.name, entry.kind, entry.size)
        if path is not None:
            contents.keep(path, _unpacked(entry, memoryview(data)[body:free_from]))


def _central_directory(data: bytes) -> tuple[int, int, int]:
    """Where the central directory starts and ends, and how many entries it has."""
    lowest = max(0, len(data) - _END.size - _COMMENT_BYTES)
    at = data.rfind(_END_MARK, lowest)
    while at >= 0 and len(data) - at >= _END.size:
        _, disk, first_disk, here, total, size, start, comment = _END.unpack_from(data, at)
        if at + _END.size + comment == len(data):
            break
        at = data.rfind(_END_MARK, lowest, at)
    else:
        raise _damaged("its end is missing, so it may have been cut off")
    if _ZIP64 in (size, start) or data.startswith(_ZIP64_MARK, max(0, at - _ZIP64_LOCATOR_BYTES)):
        raise _zip64()
    if disk or first_disk or here != total:
        raise Refused("The zip is one part of several. Make it in one piece.")
    if start + size != at:
        raise _damaged("its list of files is not where it should be")
    return start, at, total


def _entries(data: bytes, start: int, end: int, count: int, contents: Contents) -> Iterator[_Entry]:
    position = start
    for _ in range(count):
        if end - position < _CENTRAL.size or not data.startswith(_CENTRAL_MARK, position):
            raise _damaged("its list of files is broken")
        (_, _, system, flags, method, checksum, packed, size, name, extra, comment, mode, offset) = (
            _CENTRAL.unpack_from(data, position)
        )
        raw_name = data[position + _CENTRAL.size : position + _CENTRAL.size + name]
        position += _CENTRAL.size + name + extra + comment
        if position > end:
            raise _damaged("its list of files is broken")
        text = _decoded(raw_name, flags)
        contents.count(text)
        if _ZIP64 in (packed, size, offset):
            raise _zip64()
        yield _Entry(raw_name, text, _kind(text, system, mode), flags, method, checksum, packed, size, offset)
    if position != end:
        raise _damaged("its list of files has another length than it says")


def _decoded(raw_name: bytes, flags: int) -> str:
    """The name. Without the flag it should be code page 437; macOS writes UTF-8 all the same."""
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError:
        return raw_name.decode("utf-8", "surrogateescape") if flags & _UTF8 else raw_name.decode("cp437")


def _kind(name: str, system: int, attributes: int) -> Kind:
    mode = attributes >> 16 if system in _UNIX else 0
    if stat.S_ISLNK(mode):
        return Kind.LINK
    if name.endswith("/"):
        return Kind.FOLDER
    # Many tools write permissions without a file type.
    return Kind.FILE if stat.S_IFMT(mode) in (0, stat.S_IFREG) else Kind.SPECIAL


def _body(data: bytes, entry: _Entry, directory: int) -> int:
    """Where the entry's own bytes begin, once its header agrees with the central directory."""
    if entry.offset + _LOCAL.size > directory or not data.startswith(_LOCAL_MARK, entry.offset):
        raise _damaged(f"{shown(entry.name)} is not where the list says")
    _, flags, method, checksum, packed, size, name, extra = _LOCAL.unpack_from(data, entry.offset)
    if (entry.flags | flags) & _ENCRYPTED:
        raise Refused(f"{shown(entry.name)} is locked with a password. Make the zip without one.")
    begin = entry.offset + _LOCAL.size
    body: int = begin + name + extra
    agrees = data[begin : begin + name] == entry.raw_name and method == entry.method
    if not flags & _SIZES_FOLLOW:
        agrees = agrees and (checksum, packed, size) == (entry.checksum, entry.packed, entry.size)
    if not agrees or body + entry.packed > directory:
        raise _damaged(f"{shown(entry.name)} does not agree with the list")
    return body


def _unpacked(entry: _Entry, body: memoryview) -> bytes:
    if entry.method == _STORED:
        plain = bytes(body)
    elif entry.method == _DEFLATED:
        plain = _inflated(entry, body)
    else:
        raise Refused(f"{shown(entry.name)} is packed in a rare way (method {entry.method}). Make an ordinary zip.")
    if len(plain) != entry.size or zlib.crc32(plain) != entry.checksum:
        raise _damaged(f"{shown(entry.name)} does not unpack to what the list says")
    return plain


def _inflated(entry: _Entry, body: memoryview) -> bytes:
    """At most one byte more than announced, so that a lie shows and costs nothing."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(body, entry.size + 1)
    except zlib.error:
        raise _damaged(f"{shown(entry.name)} cannot be unpacked") from None
    if not inflater.eof or inflater.unused_data:
        raise _damaged(f"{shown(entry.name)} does not unpack to what the list says")
    return plain


def _zip64() -> Refused:
    return Refused("The zip is in the form for more than 4 GB (zip64). Make an ordinary one.")


def _damaged(what: str) -> Refused:
    return Refused(f"The zip is damaged: {what}. Make it again, and hand in the new file.")
