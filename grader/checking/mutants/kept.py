"""A survey is kept under the name of all that it depends on: who checks the same folder again does not wait again."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from grader.assignment import suite_hash
from grader.checking.mutants.files import KINDS
from grader.checking.surveyed import Survey
from grader.fingerprint import of_files, of_grader


def kept_survey(folder: Path, kept: Path, survey: Callable[[], Survey]) -> Survey:
    """The survey of an assignment's folder, kept in the folder `kept` once it was made. Raises as `survey` does."""
    file = kept / f"{suite_hash(folder)}-{_of_starter(folder)}-{of_grader()}.json"
    # One that was cut off, as when the power went, is none.
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(file.read_bytes(), type=Survey)
    found = survey()
    # What cannot be kept is found again the next time.
    with suppress(OSError):
        kept.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: two checks may end at once.
        whole = file.with_suffix(f".{os.getpid()}")
        whole.write_bytes(msgspec.json.encode(found))
        whole.rename(file)
    return found


def _of_starter(folder: Path) -> str:
    """What the handout gives already, of which no mutants are made."""
    return of_files(sorted(file for file in (folder / "handout").rglob("*") if file.suffix in KINDS and file.is_file()))
