"""What the archives are made of: members of a tar, byte by byte."""

from __future__ import annotations

import tarfile
from collections.abc import Callable

Files = dict[str, bytes]
Maker = Callable[[Files], bytes]

END = b"\0" * 1024
FORGED_TEST = b"def test_blend(): pass\ndef test_total(): pass\ndef test_apply(): pass\ndef test_double(): pass\n"


def member(name: str, content: bytes = b"", **fields: object) -> bytes:
    """A header and its content, padded. `fields` are TarInfo's: `type`, `linkname`, `mode`, `pax_headers`, …"""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape") + content + b"\0" * (-len(content) % 512)


def honest(files: Files) -> bytes:
    """The members of the honest part."""
    return b"".join(member(name, content) for name, content in files.items())


def changed(header: bytes, at: int, data: bytes) -> bytes:
    """A header with other bytes at a place, and the checksum that goes with them."""
    raw = bytearray(header)
    raw[at : at + len(data)] = data
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    return bytes(raw)
