"""What is kept of an archive: each entry is admitted by its kind, name and size before its bytes are read."""

from __future__ import annotations

import unicodedata
from collections import Counter
from enum import Enum

from grader.archive.limits import SLIM_DOWN, ArchiveLimits, in_megabytes
from grader.archive.names import junk_in, safe_path, shown
from grader.report import Refused


class Kind(Enum):
    """What an archive says that an entry is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    SPECIAL = "special"


class Contents:
    """The files of one hand-in while its archive is read.

    For everything that the archive lists, a reader calls `count`; then, for each file, folder, link or device, `admit`
    before it reads the bytes; and, when that gave a path, `keep` with exactly as many bytes as were announced. `files`
    maps each path to its bytes; no two of them differ only in case.
    """

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.files: dict[str, bytes] = {}
        self._folders: set[str] = set()
        self._spellings: dict[str, str] = {}
        self._entries = 0
        self._members = 0
        self._bytes = 0
        self._junk: Counter[str] = Counter()

    def count(self, name: str) -> None:
        """Counts one more thing that the archive lists, whatever it is."""
        self._entries += 1
        if junk := junk_in(name):
            self._junk[junk] += 1
        if self._entries > self.limits.entries:
            raise Refused(f"The archive lists more than {self.limits.entries:,} entries. {self._leave_out()}")

    def admit(self, name: str, kind: Kind, size: int) -> str | None:
        """The path under which this entry's bytes are to be kept; None when they are to be skipped.

        A file may come twice, as `tar --append` writes it: the later one counts. Raises `Refused`.
        """
        if junk_in(name):
            return None
        if kind is Kind.LINK:
            raise Refused(f"{shown(name)} is a link. Put the file itself in its place, and make the archive again.")
        if kind is Kind.SPECIAL:
            raise Refused(f"{shown(name)} is neither a file nor a folder. Leave it out.")
        path = safe_path(name, self.limits)
        if not path and kind is Kind.FOLDER:
            return None
        if not path:
            raise Refused("The archive holds a file without a name. Make the archive again.")
        self._count_member(path, kind, size)
        self._refuse_clash(path, kind)
        return path if kind is Kind.FILE else None

    def keep(self, path: str, data: bytes) -> None:
        """Keeps the bytes of a file that was admitted under this path."""
        self.files[path] = data

    def _count_member(self, path: str, kind: Kind, size: int) -> None:
        self._members += 1
        if self._members > self.limits.members:
            raise Refused(f"The archive holds more than {self.limits.members:,} files and folders. {self._leave_out()}")
        if kind is Kind.FOLDER:
            return
        if size > self.limits.file_bytes:
            raise Refused(f"{shown(path)} is larger than {in_megabytes(self.limits.file_bytes)}. {SLIM_DOWN}")
        self._bytes += size
        if self._bytes > self.limits.total_bytes:
            raise Refused(
                f"The archive's files are larger than {in_megabytes(self.limits.total_bytes)} together. {SLIM_DOWN}"
            )

    def _refuse_clash(self, path: str, kind: Kind) -> None:
        """Refuses what some file systems could not hold: two spellings of one name, or one name as file and folder."""
        parts = path.split("/")
        ancestors = ["/".join(parts[:count]) for count in range(1, len(parts))]
        for place in (*ancestors, path):
            folded = unicodedata.normalize("NFC", place.casefold())
            spelling = self._spellings.setdefault(folded, place)
            if spelling != place:
                raise Refused(f"{shown(spelling)} and {shown(place)} differ only in upper and lower case. Rename one.")
        folders = ancestors if kind is Kind.FILE else [*ancestors, path]
        self._folders.update(folders)
        both = next((folder for folder in folders if folder in self.files), None)
        if kind is Kind.FILE and path in self._folders:
            both = path
        if both is not None:
            raise Refused(f"{shown(both)} is both a file and a folder. Make the archive again in an empty place.")

    def _leave_out(self) -> str:
        if self._junk:
            junk, _ = self._junk.most_common(1)[0]
            return f"Leave out {shown(junk)}, and whatever else you did not write."
        return "Leave out whatever you did not write."
