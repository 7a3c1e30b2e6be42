"""Text on pages: how a number, a size, a hint and a program's own output are written.

Whatever comes in may be a student's: every function here returns plain text, or markup whose parts were escaped first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from markupsafe import Markup, escape

from grader.listing import listed

# The first that matches: Chrome's agent also says Safari, and Edge's also says both.
_PROGRAMS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_MOST_SECTIONS = 6
_CODE = re.compile(r"`([^`\n]+)`")


def points(number: float) -> str:
    """Points without needless digits: 12, 2.5, 33.33."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def size(number: int) -> str:
    """Bytes in decimal units, as file managers show them."""
    if number < 1000:
        return f"{number} bytes"
    if number < 1_000_000:
        return f"{number / 1000:.0f} kB"
    return f"{number / 1_000_000:.1f}".removesuffix(".0") + " MB"


def prose(text: str) -> Markup:
    """A sentence whose `backticked` parts become code; all of it is escaped before that."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(shown(text)))))  # noqa: S704 - escaped in this very line


def shown(text: str) -> str:
    """The same text with each control character made visible.

    An escape sequence could otherwise hide text, and a bidirectional control could reorder what staff read.
    """
    return "".join(_visible(character) for character in text.replace("\r\n", "\n"))


def sections(names: Sequence[str]) -> str:
    """Sections as a sentence says them: section A; sections A and “Lab 3, room 2”. At least one is needed."""
    called = (shown(name) if name.isalnum() else f"“{shown(name)}”" for name in names)
    return f"{'section' if len(names) == 1 else 'sections'} {listed(called, _MOST_SECTIONS)}"


def anchor(name: str) -> str:
    """A test's id as an element's: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


def browser(agent: str) -> str:
    """A User-Agent as a person would say it, such as `Firefox on Linux`; guessed, and never relied upon."""
    program = next((name for mark, name in _PROGRAMS if mark in agent), "An unknown browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{program} on {system}" if system else program


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    # Cc: the rest of the control characters; Cf: bidirectional controls and other invisible ones; Cs: lone surrogates.
    if code > 0x7F and unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in "\u200c\u200d":
        return f"\\u{code:04x}"
    return character
