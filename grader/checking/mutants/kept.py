"""A survey is kept under the name of the suite, so that who checks the same folder again need not wait again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

import grader
from grader.assignment import suite_hash
from grader.checking.mutants.survey import Survey, survey


def kept_survey(folder: Path, kept: Path, tell: Callable[[str], None]) -> Survey:
    """The survey of an assignment's folder, kept in the folder `kept`. Raises as `survey` does."""
    file = kept / f"{suite_hash(folder)}-{_of_grader()}.json"
    if file.is_file():
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
    """What mutants are made, and how they are tried: 16 digits of the hash of the grader's own files."""
    digest = hashlib.sha256()
    for file in sorted(Path(*grader.__path__).rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
