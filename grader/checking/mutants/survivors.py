"""The mutants that no test catches, and what the author says of them in `survivors.toml`.

An entry names a piece of the reference, and why mutants of it may survive: since no test of values can tell them
(`equivalent`), or since the assignment does not ask for what they change. One that fits no survivor is stale, and a
finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from grader.assignment import AssignmentError, read_toml
from grader.checking.mutants.files import cells
from grader.checking.surveyed import Entry, Survivor

FILE = "survivors.toml"


class _Entries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    survivor: tuple[Entry, ...] = ()


class Named:
    """What the author says of survivors. Raises AssignmentError for an entry that names nothing."""

    def __init__(self, folder: Path) -> None:
        file = folder / FILE
        self._entries = read_toml(file, _Entries).survivor if file.is_file() else ()
        self._places = [_place(file, folder / "reference", entry) for entry in self._entries]

    def applied(self, survivors: Iterable[Survivor]) -> tuple[tuple[Survivor, ...], tuple[Entry, ...]]:
        """The survivors, with the author's reasons where there are any, and the entries that mean none of them."""
        said = [(survivor, self._entry_of(survivor)) for survivor in survivors]
        told = tuple(entry.told_of(survivor) if entry else survivor for survivor, entry in said)
        used = [entry for _survivor, entry in said]
        return told, tuple(entry for entry in self._entries if entry not in used)

    def _entry_of(self, survivor: Survivor) -> Entry | None:
        place = survivor.place
        for entry, (cell, lines) in zip(self._entries, self._places, strict=True):
            is_there = (entry.file, cell) == (place.file, place.cell) and place.line in lines
            if is_there and (not entry.after or survivor.after in entry.after):
                return entry
        return None


def _place(file: Path, reference: Path, entry: Entry) -> tuple[int, range]:
    """The cell and the lines of an entry's text."""
    source = reference / entry.file
    if not source.resolve().is_relative_to(reference.resolve()) or not source.is_file():
        raise AssignmentError(file, "survivor.file", f"`{entry.file}` is no file of the reference")
    found = [(cell, text.partition(entry.text)[0], text.count(entry.text)) for cell, text in cells(source)]
    if (times := sum(count for _cell, _before, count in found)) != 1:
        expected = f"must stand exactly once in `{entry.file}`, and stands {times} times: {entry.text!r}"
        raise AssignmentError(file, "survivor.text", expected)
    cell, before = next((cell, before) for cell, before, count in found if count)
    first = before.count("\n") + 1
    return cell, range(first, first + len(entry.text.splitlines()))
