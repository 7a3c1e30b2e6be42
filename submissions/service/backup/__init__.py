"""Backups: one folder that holds all that the service keeps, of one moment, made while it runs and restored elsewhere.

    manifest.json           what is in it, by whom, of which version, with the SHA-256 of each part
    tables/TABLE.jsonl      the rows of a table, one a line
    blobs/ab/abcdef…        hand-ins, suites and handouts, each under its SHA-256
    secrets/NAME            the keys

Rows are kept as plain values and not as a database's own dump: so a backup of SQLite can be restored into PostgreSQL,
one of an older version is brought up to date on the way in, no program of the database's version is needed, and reading
a backup runs nothing: only names that were expected are opened, and no link is followed. What is restored is then
trusted, its maker's keys, logins and suites among it, and the examiner runs those suites: restore only your own.
"""

from __future__ import annotations

from submissions.service.backup.manifest import BadBackup, Manifest
from submissions.service.backup.restoring import NotEmpty, restore
from submissions.service.backup.writing import NotBackedUp, write

__all__ = ["BadBackup", "Manifest", "NotBackedUp", "NotEmpty", "restore", "write"]
