"""What a failing test has in common with others: a short text that is the same for all that fail in the same way.

Pure functions of what the grader said. What differs from student to student or from layer to layer while the mistake is
one is left out: numbers, places, addresses, quoted values. Nothing here looks at a student's code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 200
"""Characters of a symptom."""

_LOOKED_AT = 10 * LONGEST  # characters of a message, which may quote whatever a student's code raised
_PLACE = re.compile(r"\[\d+\]")
_SHAPE = re.compile(r"\((?:\d+,[\d, ]*)?\)")
_LENGTH = re.compile(r"\d+")
# Not within a name: `float32` is another type than `float64`.
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)(?!\w)")
_SHAPE_OR_NUMBER = re.compile(f"{_SHAPE.pattern}|{_NUMBER.pattern}")
_QUOTED = re.compile(r"(?<!\w)(?:'[^'\n]*'|\"[^\"\n]*\")(?!\w)")
_WORDS = re.compile(r"['\"][A-Za-z_][\w.]*['\"]")
_LETTERS = "abcdefgh"
# Which file holds a misplaced class is each student's own affair.
_OWN = {"file"}


def symptom(verdict: str, message: str, hints: Sequence[Mapping[str, Any]]) -> str:
    """The symptom of a test's outcome, "" for one that passed; `hints` are plain, with kind, text and params."""
    if verdict == "passed":
        return ""
    return (_of_hint(hints[0]) if hints else _of_words(verdict, message))[:LONGEST]


def _of_hint(hint: Mapping[str, Any]) -> str:
    """The hint's kind, the name that it speaks of, and those of its facts that are no numbers."""
    subject = hint["text"].split("`")[1:2]
    facts = hint.get("params", {})
    told = [str(facts[name]) for name in facts if name not in _OWN and isinstance(facts[name], str)]
    # A relation such as `1/N` or `1/2` is a name. Beside it, other facts would only say how large N was.
    relation = facts.get("name")
    parts = [*(_PLACE.sub("", each) for each in subject), *([str(relation)] if relation else _alike(told))]
    return " ".join(dict.fromkeys([str(hint["kind"]), *filter(None, parts)]))


def _of_words(verdict: str, message: str) -> str:
    """The verdict, and the message without its places and values."""
    # Lines that are indented are those of the student's files.
    lines = [line for line in message[:_LOOKED_AT].split("\n") if line and not line[0].isspace()]
    words = _QUOTED.sub(lambda found: found[0] if _WORDS.fullmatch(found[0]) else "…", " ".join(lines))
    return " ".join(filter(None, [verdict, _NUMBER.sub("#", _SHAPE.sub("(…)", _PLACE.sub("", words)))]))


def _alike(facts: Sequence[str]) -> list[str]:
    """The facts with each length of a shape as a letter, the same length as the same one, and other numbers as `#`.

    So (20, 3) for (3, 20) stays a transposed shape whatever the sizes are. A length of 1 stays: it is an axis to keep.
    """
    lengths: dict[str, str] = {"1": "1"}

    def lettered(length: re.Match[str]) -> str:
        return lengths.setdefault(length[0], _LETTERS[(len(lengths) - 1) % len(_LETTERS)])

    def replaced(found: re.Match[str]) -> str:
        return _LENGTH.sub(lettered, found[0]) if _SHAPE.fullmatch(found[0]) else "#"

    return [_SHAPE_OR_NUMBER.sub(replaced, fact) for fact in facts]
