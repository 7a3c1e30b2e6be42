"""Bytes in order, plain or gunzipped piece by piece, so that a bomb is noticed at the limit and not after it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from grader.archive.limits import SLIM_DOWN, ArchiveLimits, in_megabytes
from grader.report import Refused

_PIECE: Final = 64 * 1024
_GZIP_WRAPPER: Final = 16 + zlib.MAX_WBITS


class Tape:
    """Reads forward through pieces of bytes. It holds no more than one piece beside what it is asked for."""

    def __init__(self, pieces: Iterator[bytes | memoryview]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        parts = list(self._forward(size))
        return bytes(parts[0]) if len(parts) == 1 else b"".join(parts)

    def skip(self, size: int) -> int:
        """Passes over `size` bytes, keeping none. How many there were: fewer only at the end."""
        return sum(map(len, self._forward(size)))

    def ends_in_zeros(self) -> bool:
        """Whether nothing but NUL bytes is left. Reads to the end."""
        return not any(part.tobytes().strip(b"\0") for part in self._forward(None))

    def _forward(self, size: int | None) -> Iterator[memoryview]:
        while size is None or size > 0:
            if not self._piece:
                following = next(self._pieces, None)
                if following is None:
                    return
                self._piece = memoryview(following)
            part = self._piece[:size]
            self._piece = self._piece[len(part) :]
            if size is not None:
                size -= len(part)
            yield part


def pieces_of(data: bytes | memoryview) -> Iterator[memoryview]:
    """The bytes as they stand, in pieces of at most 64 kB and without a copy."""
    source = memoryview(data)
    for position in range(0, len(source), _PIECE):
        yield source[position : position + _PIECE]


def gunzip(data: bytes, limits: ArchiveLimits) -> Iterator[bytes]:
    """What a gzip file unpacks to, in pieces of at most 64 kB.

    Several members after one another count as one, as in gzip itself; so do zeros at the end, which tapes and some
    file systems leave. Raises `Refused` for anything else, and at the limit on unpacked bytes.
    """
    room = limits.unpacked_bytes
    source = memoryview(data)
    position = 0
    for _ in range(limits.members):
        member = zlib.decompressobj(_GZIP_WRAPPER)
        pending = b""
        while not member.eof:
            if not pending:
                pending = bytes(source[position : position + _PIECE])
                position += len(pending)
            if not pending:
                raise Refused("The gzip file is cut off before its end. Make it again, and hand in the whole file.")
            try:
                piece = member.decompress(pending, _PIECE)
            except zlib.error:
                raise Refused("The gzip file is damaged. Make it again, and hand in the new file.") from None
            pending = member.unconsumed_tail
            room -= len(piece)
            if room < 0:
                raise Refused(f"The archive unpacks to more than {in_megabytes(limits.unpacked_bytes)}. {SLIM_DOWN}")
            yield piece
        position -= len(member.unused_data)
        if position == len(source):
            return
        if source[position] == 0:
            _require_zeros(source[position:])
            return
    raise Refused("The gzip file is made of too many pieces. Make it again with `tar -czf`.")


def _require_zeros(rest: memoryview) -> None:
    if not Tape(pieces_of(rest)).ends_in_zeros():
        raise Refused("Something follows the end of the gzip file. Make it again, and hand in the new file.")
