"""The data folder: who else can read it, and whether there is room in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from grader.sandbox.doctor import Finding, Level
from submissions.settings import Settings

_SCARCE_GB = 2
_SCARCE_FILES = 20_000
# SQLite's log beside the database needs memory shared between processes, which these do not give.
_OVER_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph"}


def examine(table: Settings) -> list[Finding]:
    """The folder of the settings, or the nearest above it that is there."""
    folder = table.data.resolve()
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        seen = f"{folder} is a file, where a folder is needed"
        return [Finding("disk", Level.FAIL, seen, "Set HANDIN_DATA to a folder.")]
    findings = [_room(folder)]
    if folder == table.data.resolve():
        findings += [_readers(folder), *_secrets(folder)]
    if not table.database and (kind := _file_system(folder)) in _OVER_NETWORK:
        seen = f"SQLite lies on {kind}, where it can be damaged"
        findings.append(Finding("disk", Level.CAUTION, seen, "Use a disk of this machine, or PostgreSQL."))
    return findings


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free / 1e9
    if free < _SCARCE_GB:
        return Finding("disk", Level.CAUTION, f"{free:.1f} GB free at {folder}", "Free some, or move HANDIN_DATA.")
    told = os.statvfs(folder)
    # File systems that make inodes as they need them say 0 of 0.
    if told.f_files and told.f_favail < _SCARCE_FILES:
        seen = f"room for {told.f_favail} more files at {folder}"
        return Finding("disk", Level.CAUTION, seen, "Remove files that are not needed, or move HANDIN_DATA.")
    return Finding("disk", Level.PASS, f"{free:.0f} GB free at {folder}")


def _readers(folder: Path) -> Finding:
    state = folder.stat()
    if state.st_uid != os.geteuid() and os.geteuid() != 0:
        seen = f"{folder} is user {state.st_uid}'s, who can change what is in it"
        return Finding("data folder", Level.CAUTION, seen, f"chown -R {os.geteuid()} {folder}")
    if state.st_mode & 0o077:
        seen = f"other users of this machine can look into {folder} (mode {state.st_mode & 0o777:o})"
        return Finding("data folder", Level.CAUTION, seen, f"chmod 700 {folder}")
    return Finding("data folder", Level.PASS, f"{folder} is for its owner alone")


def _secrets(folder: Path) -> Iterator[Finding]:
    kept = folder / "secrets"
    try:
        files = [kept, *kept.iterdir()] if kept.exists() else []
    except OSError as error:
        yield Finding("secrets", Level.FAIL, f"cannot be read: {error}", f"chown -R {os.geteuid()} {kept}")
        return
    open_to_others = [str(path) for path in files if path.stat().st_mode & 0o077]
    if open_to_others:
        seen = (
            f"other users may read or replace {', '.join(open_to_others)}: who has the key of receipts can forge them"
        )
        remedy = (
            f"chmod -R go= {kept}; if somebody may have read them, remove the file for a new key (old receipts fail)"
        )
        yield Finding("secrets", Level.FAIL, seen, remedy)
    elif files:
        yield Finding("secrets", Level.PASS, "for their owner alone")


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder is on, such as ext4."""
    mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    above = [
        (len(place), kind) for place, kind in mounts if folder.is_relative_to(place.encode().decode("unicode_escape"))
    ]
    return max(above)[1] if above else ""
