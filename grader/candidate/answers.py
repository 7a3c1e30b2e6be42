"""Reads a hand-in's answer file, TOML or JSON, into plain values by dotted key.

It runs in the sandbox, as the parsers of two languages meet a student's bytes here, and must give nothing but what they
build. Whether an answer is right is judged on the other side.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader import wire
from grader.candidate import described

# tomllib takes the square of a key's length in time: seconds for a file that is one key of this length.
MOST_BYTES = 16 << 10
SUFFIXES = (".toml", ".json")
# tomllib says the place of an error in its text alone.
_PLACE = re.compile(r" \((?:at line (\d+), column \d+|at end of document)\)$")
# As much of the world writes 3,5.
_DECIMAL_COMMA = re.compile(r"=\s*([+-]?\d+),(\d+)\s*(?:#.*)?$")


class Answers:
    """The answers of a hand-in, once `load` has read its file."""

    def __init__(self) -> None:
        self._file = "the hand-in"
        self._values: dict[str, Any] = {}
        self._failed: wire.Raised | None = None

    def load(self, root: str, name: str) -> wire.Answer:
        """Reads the file `name` under the folder `root`. What is wrong with it is an answer, with its line."""
        self._file = name
        try:
            self._values = dict(_by_dotted_key(_read(Path(root, name)), ""))
        except (OSError, ValueError, SyntaxError, RecursionError) as error:
            self._failed = described.exception(error, root)
            return self._failed
        return wire.Return()

    def find(self, key: str) -> Any:
        """The answer of that key: `q4.y` stands in a table `q4`, or is spelled out. Raises Answered without one."""
        if self._failed:
            raise described.Answered(wire.NotImported(self._file, self._failed))
        if key not in self._values:
            raise described.Answered(described.missing(key, self._file, self._values))
        return self._values[key]


def _read(file: Path) -> dict[str, Any]:
    if file.stat().st_size > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES >> 10} kB")
    # Windows editors put a mark of the encoding before the text, which neither parser takes.
    text = file.read_text(encoding="utf-8-sig")
    try:
        table = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except json.JSONDecodeError as error:
        raise _at(file, error.lineno, error.msg) from None
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        lines = text.splitlines()
        comma = _DECIMAL_COMMA.search(lines[line - 1]) if line <= len(lines) else None
        advice = f"; a number is written with a point: {comma[1]}.{comma[2]}" if comma else ""
        raise _at(file, line, _PLACE.sub("", str(error)) + advice) from None
    if not isinstance(table, dict):
        raise _at(file, 1, "the file must hold an object: { ... }")
    return table


def _at(file: Path, line: int, text: str) -> SyntaxError:
    return SyntaxError(text, (str(file), line, None, None))


def _by_dotted_key(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        yield prefix + key, value
        if isinstance(value, dict):
            yield from _by_dotted_key(value, f"{prefix}{key}.")
