"""A survey is kept under the name of all that it depends on: who checks the same folder again does not wait again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

import grader
from grader.assignment import suite_hash
from grader.checking.mutants.files import KINDS
from grader.checking.mutants.survey import survey
from grader.checking.surveyed import Survey


def kept_survey(folder: Path, kept: Path, tell: Callable[[str], None]) -> Survey:
    """The survey of an assignment's folder, kept in the folder `kept`. Raises as `survey` does."""
    file = kept / f"{suite_hash(folder)}-{_of_starter(folder)}-{_of_grader()}.json"
    # One that was cut off, as when the power went, is none.
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(file.read_bytes(), type=Survey)
    found = survey(folder, tell)
    # What cannot be kept is found again the next time.
    with suppress(OSError):
        kept.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: two checks may end at once.
        whole = file.with_suffix(f".{os.getpid()}")
        whole.write_bytes(msgspec.json.encode(found))
        whole.rename(file)
    return found


@cache
def _of_grader() -> str:
    """What mutants are made, and how they are tried: the grader's own files."""
    return _digits(sorted(Path(*grader.__path__).rglob("*.py")))


def _of_starter(folder: Path) -> str:
    """What the handout gives already, of which no mutants are made."""
    return _digits(sorted(file for file in (folder / "handout").rglob("*") if file.suffix in KINDS and file.is_file()))


def _digits(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
