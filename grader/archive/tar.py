"""Reads tar: POSIX ustar, pax extended headers, and GNU long names.

The layout is that of POSIX.1-2017, `pax`, "ustar Interchange Format" and "pax Header Block"; the GNU types are those of
the manual of GNU tar, "Basic Tar Format". Owners, modes and times are ignored: nothing here reaches a file system.
"""

from __future__ import annotations

import re
import struct
from typing import Final

import msgspec

from grader.archive.contents import Contents, Kind
from grader.archive.names import shown
from grader.archive.streams import Tape
from grader.report import Refused

_BLOCK: Final = 512
# name, (mode, uid, gid), size, (mtime), checksum, type, (link name), magic, (version, owner, group, device), prefix
_HEADER: Final = struct.Struct("100s 24x 12s 12x 8s c 100x 6s 82x 155s 12x")
_CHECKSUM: Final = slice(148, 156)
_OCTAL: Final = re.compile(rb"[ \0]*([0-7]{0,12})[ \0]*")

_FILES: Final = (b"0", b"\0", b"7")
_PAX, _PAX_GLOBAL, _GNU_NAME, _GNU_LINK, _GNU_SPARSE = b"x", b"g", b"L", b"K", b"S"
_DESCRIPTIONS: Final = (_PAX, _PAX_GLOBAL, _GNU_NAME, _GNU_LINK, b"X")
_KINDS: Final = {
    **dict.fromkeys(_FILES, Kind.FILE),
    b"5": Kind.FOLDER,
    b"1": Kind.LINK,
    b"2": Kind.LINK,
}
_WITHOUT_DATA: Final = (b"1", b"2", b"3", b"4", b"5", b"6")

# One description, such as a file's extended attributes; and how many records it may have. Python's own reader takes
# quadratic time over such a header (CVE-2024-6232); here the work for each is bounded.
_DESCRIPTION_BYTES: Final = 2**20
_DESCRIPTION_RECORDS: Final = 100
_LENGTH_DIGITS: Final = 8


class _Header(msgspec.Struct, frozen=True):
    name: str
    type: bytes
    size: int


def read_tar(tape: Tape, contents: Contents) -> None:
    """Puts the tape's files into `contents`. Raises `Refused`."""
    for_all: dict[str, str] = {}
    for_next: dict[str, str] = {}
    while (header := _next_header(tape)) is not None:
        contents.count(header.name)
        if header.type in _DESCRIPTIONS:
            records = _description(header, tape)
            (for_all if header.type == _PAX_GLOBAL else for_next).update(records)
            continue
        _read_member(header, {**for_all, **for_next}, tape, contents)
        for_next = {}
    if for_next:
        raise _cut_off()


def looks_like_tar(start: bytes) -> bool:
    """Whether a file that starts so is a tar: by its first header's checksum, or by being nothing but an end mark."""
    block = start[:_BLOCK]
    return len(block) == _BLOCK and (not block.strip(b"\0") or _checksum_holds(block))


def _read_member(header: _Header, described: dict[str, str], tape: Tape, contents: Contents) -> None:
    name = described.get("path", header.name)
    size = _decimal(described["size"]) if "size" in described else header.size
    if header.type == _GNU_SPARSE or "sparse" in described:
        raise Refused(f"{shown(name)} is stored as a sparse file. Make the archive again without `--sparse`.")
    kind = _KINDS.get(header.type, Kind.SPECIAL)
    if kind is Kind.FILE and name.endswith("/"):
        kind = Kind.FOLDER  # how tars older than POSIX marked one
    path = contents.admit(name, kind, size)
    if path is not None:
        contents.keep(path, _padded(tape, size, name))
    elif header.type not in _WITHOUT_DATA and tape.skip(_rounded(size)) < size:
        raise _cut_off(name)


def _next_header(tape: Tape) -> _Header | None:
    """The next header, or None at the end of the archive, which GNU tar marks by zeros and others by nothing."""
    block = tape.read(_BLOCK)
    if not block.strip(b"\0"):
        if not tape.ends_in_zeros():
            raise Refused(
                "Something follows the end of the tar, perhaps a second one. Put everything into one archive."
            )
        return None
    if len(block) < _BLOCK:
        raise _cut_off()
    if not _checksum_holds(block):
        raise Refused("The tar is damaged: a header's checksum is wrong. Make it again, and hand in the new file.")
    name, size, _, type_, magic, prefix = _HEADER.unpack(block)
    full = _text(name)
    # GNU's own magic ends in a space, and keeps other things where POSIX has the prefix.
    if magic == b"ustar\0" and prefix[0]:
        full = f"{_text(prefix)}/{full}"
    return _Header(full, type_, _octal(size, full))


def _checksum_holds(block: bytes) -> bool:
    field = block[_CHECKSUM]
    digits = _OCTAL.fullmatch(field)
    # The sum is taken as though the field itself held eight spaces.
    return digits is not None and int(digits[1] or b"0", 8) == sum(block) - sum(field) + 8 * ord(" ")


def _description(header: _Header, tape: Tape) -> dict[str, str]:
    if header.size > _DESCRIPTION_BYTES:
        raise Refused(
            f"A header of the tar is longer than {_DESCRIPTION_BYTES:,} bytes. Make it again without --xattrs."
        )
    data = _padded(tape, header.size, header.name)
    if header.type == _GNU_NAME:
        return {"path": _text(data)}
    if header.type == _GNU_LINK:
        return {}
    return _pax_records(data)


def _pax_records(data: bytes) -> dict[str, str]:
    """What matters of the records `LENGTH KEY=VALUE\\n`, where LENGTH counts the whole record with its digits."""
    records: dict[str, str] = {}
    position = 0
    for _ in range(_DESCRIPTION_RECORDS + 1):
        if position == len(data):
            return records
        length, space, _ = data[position : position + _LENGTH_DIGITS + 1].partition(b" ")
        if not (space and length.isdigit()):
            break
        end = position + int(length)
        key, equals, value = data[position + len(length) + 1 : end - 1].partition(b"=")
        if not equals or data[end - 1 : end] != b"\n":
            break
        if meaning := _meaning(key):
            records[meaning] = value.decode("utf-8", "surrogateescape")
        position = end
    raise Refused("A pax header of the tar is damaged. Make it again, and hand in the new file.")


def _meaning(key: bytes) -> str:
    """What a record tells that matters here: its path, its size, or that it is sparse."""
    if key.startswith(b"GNU.sparse."):
        return "sparse"
    return key.decode() if key in (b"path", b"size") else ""


def _padded(tape: Tape, size: int, name: str) -> bytes:
    """The next `size` bytes, past the padding that fills their last block. A last padding may be missing."""
    data = tape.read(size)
    if len(data) < size:
        raise _cut_off(name)
    tape.skip(_rounded(size) - size)
    return data


def _rounded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _octal(field: bytes, name: str) -> int:
    """A size. GNU's base-256 numbers are not read: they begin at 8 GB, and can be negative (CVE-2025-8194)."""
    digits = _OCTAL.fullmatch(field)
    if digits is None:
        raise Refused(f"{shown(name)} has a size that a hand-in's file cannot have. Make the archive again.")
    return int(digits[1] or b"0", 8)


def _decimal(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LENGTH_DIGITS * 2):
        raise Refused("A pax header of the tar gives a size that is no number. Make the archive again.")
    return int(text)


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _cut_off(name: str = "") -> Refused:
    where = f" inside {shown(name)}" if name else ""
    return Refused(f"The tar is cut off{where}, before its end. Make it again, and hand in the whole file.")
