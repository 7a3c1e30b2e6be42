"""Names inside an archive: which are junk, which are safe, and how to show one that may be hostile.

A name arrives as text in which each byte that is not UTF-8 stands as a lone surrogate (`surrogateescape`), so that
decoding cannot fail and `safe_path` alone decides.
"""

from __future__ import annotations

import re
import unicodedata
from fnmatch import translate
from typing import Final

from grader.archive.limits import ArchiveLimits
from grader.report import Refused

_JUNK_FOLDERS: Final = frozenset(
    {
        *("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache"),  # Python's tools
        *(".venv", "venv", "node_modules"),  # installed packages
        *(".git", ".hg", ".svn", ".idea", ".vscode", ".vs"),  # version control and editors
        *("__macosx", ".trashes", ".fseventsd", ".spotlight-v100"),  # macOS
    }
)
# "Icon\r", with its carriage return, is how macOS keeps a folder's picture.
_JUNK_FILES: Final = frozenset({".ds_store", "icon\r", "thumbs.db", "desktop.ini"})
# `._x` is AppleDouble: a binary twin of the file `x` that would be a syntax error if it ran.
_JUNK_PATTERN: Final = re.compile("|".join(map(translate, ("*.pyc", "*.pyo", "._*", "*~", ".#*", "#*#", "*.sw[po]"))))

_DRIVE: Final = re.compile(r"[A-Za-z]:")
# Characters that end a line, or that make a page show a name in another order than it has.
_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_REORDERING: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_SHOWN_CHARACTERS: Final = 80
# Longer and deeper than the paths of any editor's or package's folders.
_JUNK_CHARACTERS: Final = 4096
_JUNK_DEPTH: Final = 64


def junk_in(name: str) -> str | None:
    """The first part of the name that makes it junk: left by an editor, an operating system or Python itself.

    A name may be a megabyte long, and be that of each of 20,000 members, so only so much of it is looked at: a longer
    one is no junk, and thereby refused.
    """
    if len(name) > _JUNK_CHARACTERS:
        return None
    for part in name.split("/", _JUNK_DEPTH)[:_JUNK_DEPTH]:
        folded = part.casefold()
        if folded in _JUNK_FOLDERS or folded in _JUNK_FILES or _JUNK_PATTERN.fullmatch(folded):
            return part
    return None


def safe_path(name: str, limits: ArchiveLimits) -> str:
    """The name as a relative POSIX path in Unicode's NFC, without `.` parts; empty for the archive's own root.

    Names are brought to NFC rather than refused, since macOS writes accents decomposed; whatever clashes afterwards is
    refused by `Contents`. Raises `Refused` for a name that could reach outside the hand-in, or fool its reader.
    """
    normal = unicodedata.normalize("NFC", name[: limits.name_bytes + 1])
    # Before and after: some characters take twice the bytes in NFC.
    if any(len(each.encode("utf-8", "surrogatepass")) > limits.name_bytes for each in (name, normal)):
        raise Refused(f"The name {shown(name)} is longer than {limits.name_bytes} bytes. Give it a shorter name.")
    if any(_is_hidden(character) for character in name):
        raise Refused(f"The name {shown(name)} has characters that cannot be printed. Rename the file.")
    if "\\" in name:
        raise Refused(f"The name {shown(name)} has a backslash. Folders are separated by `/`; make the archive again.")
    if name.startswith("/") or _DRIVE.match(name):
        raise Refused(f"The name {shown(name)} is an absolute path. Make the archive from inside your folder.")
    parts = [part for part in normal.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Refused(f"The name {shown(name)} leads out of its folder with `..`. Make the archive from inside it.")
    if len(parts) > limits.depth:
        raise Refused(f"{shown(name)} lies more than {limits.depth} folders deep. Put your files closer to the top.")
    return "/".join(parts)


def shown(name: str) -> str:
    """The name between backticks, safe to print anywhere: unprintable characters escaped, and cut to a sane length."""
    visible = "".join(map(_visible, name[: _SHOWN_CHARACTERS + 1]))
    if len(visible) > _SHOWN_CHARACTERS:
        visible = f"{visible[:_SHOWN_CHARACTERS]}…"
    return f"`{visible}`"


def _visible(character: str) -> str:
    if character == "`":
        return r"\x60"
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or unicodedata.bidirectional(character) in _REORDERING
