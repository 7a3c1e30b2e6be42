"""How much of an archive is read before it is refused."""

from __future__ import annotations

from typing import Final

import msgspec

MEGABYTE: Final = 2**20


class ArchiveLimits(msgspec.Struct, frozen=True):
    """Limits on one hand-in. Sizes are in bytes.

    Junk (see `names.is_junk`) is dropped unread, so it counts against `entries` and `unpacked_bytes` alone: a stray
    `.git` folder costs a student nothing, and a virtual environment is refused only when it is absurd.
    """

    archive_bytes: int = 32 * MEGABYTE
    """The archive itself, as it came."""
    unpacked_bytes: int = 128 * MEGABYTE
    """All that a compressed tar unpacks to: headers, junk and padding too."""
    entries: int = 20_000
    """Everything that the archive lists: files, folders, junk, and the headers that only describe another entry."""
    members: int = 2_000
    """Files and folders that are kept."""
    file_bytes: int = 8 * MEGABYTE
    """One file."""
    total_bytes: int = 32 * MEGABYTE
    """All files that are kept."""
    depth: int = 12
    """Parts of a path, the file's own name among them."""
    name_bytes: int = 240
    """A whole path in UTF-8; below the 255 that Linux allows for one part."""


DEFAULT_LIMITS: Final = ArchiveLimits()
SLIM_DOWN: Final = (
    "Leave out data, plots, saved models, `.git` and `.venv`, and clear a notebook's outputs; only source is graded."
)


def in_megabytes(size: int) -> str:
    """A size for people: `8 MB`."""
    return f"{size / MEGABYTE:.4g} MB"
