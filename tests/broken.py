"""A table of assignments that must not be published as they are, each a sound one with a mistake in it.

A row is a file of `broken_assignments`: what it changes, adds or takes away in the folder `sound`, and what a check
finds then.
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import msgspec

from grader.checking import Level
from tests.bundled import Change

TABLE = Path(__file__).parent / "broken_assignments"
SOUND = TABLE / "sound"


class Broken(msgspec.Struct, forbid_unknown_fields=True):
    """`added` has new files, path to content; `without` lists paths that are gone. The finding is of `file`, `key` and
    `level`, and `text` is part of what it says."""

    text: str
    file: str = "."
    key: str = ""
    level: Level = Level.ERROR
    change: list[Change] = []
    added: dict[str, str] = {}
    without: list[str] = []

    def write(self, folder: Path) -> None:
        """Makes the assignment's folder, which must not exist yet."""
        shutil.copytree(SOUND, folder)
        for change in self.change:
            change.make(folder)
        for path, content in self.added.items():
            file = folder / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(content)
        for path in self.without:
            gone = folder / path
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()


BROKEN = {file.stem: msgspec.convert(tomllib.loads(file.read_text()), Broken) for file in sorted(TABLE.glob("*.toml"))}
