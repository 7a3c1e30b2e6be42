"""Pictures that came with a hand-in: PNG and JPEG alone, told by their bytes and not by what is said of them."""

from __future__ import annotations

import base64
import binascii
import struct

import msgspec

LARGEST = 4_000_000
"""Bytes of one picture."""

MOST_PIXELS = 40_000_000
"""A few kilobytes of PNG can unfold into gigabytes in the reader's browser."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Start of frame, in each of JPEG's codings: the segments that hold height and width.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


class Picture(msgspec.Struct, frozen=True):
    """A picture whose kind and size were checked; `media` is its media type."""

    media: str
    data: bytes


def picture(encoded: str) -> Picture | None:
    """The picture in this base64; None for whatever is no PNG or JPEG of a size that a page can show."""
    if len(encoded) > LARGEST * 3 // 2:
        return None
    try:
        return checked(base64.b64decode(encoded))
    except (binascii.Error, ValueError):
        return None


def checked(data: bytes) -> Picture | None:
    """The picture in these bytes; None for whatever is no PNG or JPEG of a size that a page can show."""
    if data.startswith(_PNG):
        media, size = "image/png", _png_size(data)
    elif data.startswith(_JPEG):
        media, size = "image/jpeg", _jpeg_size(data)
    else:
        return None
    if len(data) > LARGEST or size is None or not 0 < size[0] * size[1] <= MOST_PIXELS:
        return None
    return Picture(media, data)


def _png_size(data: bytes) -> tuple[int, int] | None:
    # The header must be the first chunk, so its place is known.
    if len(data) < 24 or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        # A length counts itself: a smaller one would let the walk stand still.
        at += 2 + max(length, 2)
    return None
