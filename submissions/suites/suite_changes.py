"""What is other in one suite than in an earlier one: files, tests and points. For staff alone: it shows hidden tests.

Only read, from the packed suites in the blob store; nothing is unpacked on the disk, and nothing of it runs.
"""

from __future__ import annotations

import difflib
import tarfile
from collections.abc import Mapping
from typing import Any

import msgspec

from grader.report import summed
from submissions.models import Suite
from submissions.storage.blobs import BlobStore

_MOST_COMPARED = 200_000
"""Bytes of a file up to which its lines are compared: the time for it grows with their square."""

_MOST_LINES = 400
"""Lines of one file's difference that are kept; the rest is counted."""


class ChangedFile(msgspec.Struct, frozen=True):
    """A file that was `added`, `removed` or `changed`. `lines` is its difference, empty for what is long or no text."""

    path: str
    how: str
    lines: tuple[str, ...] = ()
    more: int = 0


class ChangedTest(msgspec.Struct, frozen=True):
    """A test that was added (`before` None), removed (`after` None), or whose points moved."""

    test: str
    title: str
    before: float | None
    after: float | None


class Changes(msgspec.Struct, frozen=True):
    """Everything that is other; `before` and `after` are the points of all tests together."""

    files: tuple[ChangedFile, ...]
    tests: tuple[ChangedTest, ...]
    before: float
    after: float


def changes(blobs: BlobStore, old: Suite, new: Suite) -> Changes:
    """What the new suite has that the old one has not, and the other way round. Raises blobs.NoBlob."""
    tests = _tests(old.manifest, new.manifest)
    was, now = _files(blobs, old.blob), _files(blobs, new.blob)
    files = tuple(
        _file_change(path, was.get(path), now.get(path))
        for path in sorted({*was, *now})
        if was.get(path) != now.get(path)
    )
    return Changes(files, tests, _points(old.manifest), _points(new.manifest))


def _tests(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[ChangedTest, ...]:
    was = {test["id"]: test for test in old["tests"]}
    now = {test["id"]: test for test in new["tests"]}
    found = []
    for test in [*now, *(each for each in was if each not in now)]:
        before = was[test]["points"] if test in was else None
        after = now[test]["points"] if test in now else None
        if before != after:
            found.append(ChangedTest(test, (now.get(test) or was[test])["title"], before, after))
    return tuple(found)


def _points(manifest: Mapping[str, Any]) -> float:
    return summed(test["points"] for test in manifest["tests"])


def _files(blobs: BlobStore, blob: str) -> dict[str, bytes]:
    with blobs.open(blob) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        contents = ((member.name, archive.extractfile(member)) for member in archive if member.isfile())
        return {name: content.read() for name, content in contents if content is not None}


def _file_change(path: str, old: bytes | None, new: bytes | None) -> ChangedFile:
    how = "added" if old is None else "removed" if new is None else "changed"
    if max(len(old or b""), len(new or b"")) > _MOST_COMPARED:
        return ChangedFile(path, how)
    try:
        was, now = ((each or b"").decode().splitlines() for each in (old, new))
    except UnicodeDecodeError:
        return ChangedFile(path, how)
    # The first two lines name the files, which the reader knows.
    lines = [*difflib.unified_diff(was, now, lineterm="", n=2)][2:]
    return ChangedFile(path, how, tuple(lines[:_MOST_LINES]), max(0, len(lines) - _MOST_LINES))
