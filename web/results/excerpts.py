"""The part of a hand-in's code that a test is about, as far as names tell: the class or function that it speaks of.

It is looked for in text and not parsed: a student chooses what stands there, and a parser of Python is no place for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

LONGEST = 30
"""Lines of an excerpt."""

_SHORTEST_NAME = 3
_MOST_BYTES = 200_000  # of all files together
_DEFINES = re.compile(r"^([ \t]*)(class|def)[ \t]+(\w+)", re.MULTILINE)
_NAMED = re.compile(r"`([^`\n]+)`")
_BETWEEN = re.compile(r"[\W_]+")


class Excerpt(msgspec.Struct, frozen=True):
    """Lines of a file from `line` on; `more` of the same part follow."""

    path: str
    line: int
    text: str
    more: int


def find(files: Mapping[str, bytes], title: str, said: str) -> Excerpt | None:
    """What the test of this title, of which this was said, is about; of the files, in their order.

    The longer the names that are spoken of, the better: `Linear.backward` goes before `Linear`. None: nothing is named.
    """
    spoken = [_squashed(title), *(_squashed(each) for each in _NAMED.findall(said))]
    best: tuple[int, Excerpt] | None = None
    room = _MOST_BYTES
    for path, content in files.items():
        if path.endswith(".py"):
            text = content[:room].decode("utf-8", "replace")
            room = max(0, room - len(content))
            for weight, start, indent in _defined(text, spoken):
                if best is None or weight > best[0]:
                    best = weight, _cut(path, text, start, indent)
    return best[1] if best is not None else None


def _defined(text: str, spoken: list[str]) -> Iterable[tuple[int, int, int]]:
    """Where something that is spoken of is defined: how much of it is named, its place, and how far it is indented."""
    owner = 0  # the characters of the class around, if that is spoken of
    for found in _DEFINES.finditer(text):
        indent, kind, name = len(found[1]), found[2], _squashed(found[3])
        weight = len(name) if len(name) >= _SHORTEST_NAME and any(name in each for each in spoken) else 0
        if not indent:
            owner = weight if kind == "class" else 0
        if weight and (owner or not indent):
            # Of methods alike in every class, only those of a class that is spoken of.
            yield weight + (owner if indent else 0), found.start(), indent


def _cut(path: str, text: str, start: int, indent: int) -> Excerpt:
    lines = text[start:].split("\n")
    inside = 1
    while inside < len(lines) and (not lines[inside].strip() or _indent(lines[inside]) > indent):
        inside += 1
    while not lines[inside - 1].strip():
        inside -= 1
    shown = "\n".join(lines[: min(inside, LONGEST)])
    return Excerpt(path, text.count("\n", 0, start) + 1, shown, max(0, inside - LONGEST))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _squashed(words: str) -> str:
    return _BETWEEN.sub("", words).lower()
