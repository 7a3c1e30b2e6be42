"""Puts a hand-in's files where the assignment expects them, or says which are missing and where they were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from grader.archive.names import shown
from grader.assignment import alternatives
from grader.listing import listed
from grader.report import Refused

_NAMED: Final = 5
_ARCHIVES: Final = (".tar", ".tar.gz", ".tgz", ".zip")


def arrange(files: Mapping[str, bytes], expected: Sequence[str], *, command: str = "") -> dict[str, bytes]:
    """The same files with the expected ones in their places, without the one folder that may be wrapped around all.

    `expected` names each file, or several of which one is enough (`answers.toml | answers.json`). Files that nobody
    expects stay: a student's own modules are imported by the others. Raises `Refused`, naming each expected file that
    is missing, where it is instead if it is somewhere, and the `command` that packs it right.
    """
    complaints: list[list[str]] = []
    for candidate in (dict(files), _without_wrapper(files)):
        missing = [entry for entry in expected if not any(path in candidate for path in alternatives(entry))]
        if not missing:
            return candidate
        complaints.append(missing)
    raise Refused(_complaint(files, min(complaints, key=len), command))


def _without_wrapper(files: Mapping[str, bytes]) -> dict[str, bytes]:
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or any("/" not in path for path in files):
        return dict(files)
    return {path.partition("/")[2]: data for path, data in files.items()}


def _complaint(held: Mapping[str, bytes], missing: Sequence[str], command: str) -> str:
    advice = f"Make the archive with `{command}`." if command else "Put each in its place and make the archive again."
    if not held:
        return f"The archive is empty: it should hold {listed(map(_either, missing), _NAMED)}. {advice}"
    inner = [path for path in held if path.endswith(_ARCHIVES)]
    if len(held) == len(inner) == 1:
        return f"The archive holds another archive, {shown(inner[0])}. Hand in that one by itself."
    found = {entry: where for entry in missing if (where := _elsewhere(entry, held))}
    lost = [entry for entry in missing if entry not in found]
    sentences = [_misplaced(*where) for where in list(found.values())[:_NAMED]]
    if len(found) > _NAMED:
        sentences.append(f"{len(found) - _NAMED} more are in the wrong place.")
    if lost:
        sentences.append(f"The archive lacks {listed(map(_either, lost), _NAMED)}.")
    if not found:
        sentences.append(f"It holds {listed(map(shown, sorted(held)), _NAMED)}.")
    return " ".join([*sentences, advice])


def _elsewhere(entry: str, held: Mapping[str, bytes]) -> tuple[str, str] | None:
    """The first path of the entry whose file is held in another place, and that place.

    It is the place of the same name, upper and lower case aside, whose folders are most like those of the path.
    """
    for path in alternatives(entry):
        wanted = PurePosixPath(path.casefold()).parts
        alike = [place for place in held if PurePosixPath(place.casefold()).name == wanted[-1]]
        if alike:
            return path, max(alike, key=lambda place: _shared(wanted, PurePosixPath(place.casefold()).parts))
    return None


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts agree, counted from the end."""
    agreeing = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        agreeing += 1
    return agreeing


def _misplaced(path: str, place: str) -> str:
    if place.casefold() == path.casefold():
        return f"{shown(place)} should be spelled {shown(path)}, in upper and lower case too."
    where = "at the top of the archive" if "/" not in place else f"at {shown(place)}"
    return f"{shown(PurePosixPath(place).name)} is {where}; it belongs in {shown(path)}."


def _either(entry: str) -> str:
    return " or ".join(map(shown, alternatives(entry)))
