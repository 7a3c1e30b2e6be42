"""What a whole check of a folder found, as it is kept: beside the folder's other files, and by a service.

It holds for the content that was checked, which it names. It is no proof: whoever may write there wrote the tests.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from grader.assignment import CHECK, suite_hash
from grader.checking.findings import Finding, Level
from grader.checking.surveyed import Survey, Survivor


class Found(msgspec.Struct, frozen=True):
    """A finding whose `file` is relative to the folder."""

    level: Level
    file: str
    key: str
    text: str


class Result(msgspec.Struct, frozen=True):
    """What a check found in the content `of`; `mutants` is None where an error ended it before they were tried."""

    of: str
    findings: tuple[Found, ...] = ()
    mutants: Survey | None = None

    @property
    def errors(self) -> tuple[Found, ...]:
        """What must be mended before the suite may be published."""
        return tuple(each for each in self.findings if each.level is Level.ERROR)

    @property
    def missed(self) -> tuple[Survivor, ...]:
        """The mutants that tests should catch, none does, and the author says nothing of."""
        survivors = self.mutants.survivors if self.mutants else ()
        return tuple(each for each in survivors if not each.equivalent and not each.named)

    @property
    def remarks(self) -> tuple[Found, ...]:
        """The findings that are not about a mutant in particular, what must be mended first."""
        missed = {(f"reference/{each.place.file}", str(each.place)) for each in self.missed}
        others = [each for each in self.findings if (each.file, each.key) not in missed]
        return tuple(sorted(others, key=lambda each: each.level is not Level.ERROR))

    @property
    def ready(self) -> bool:
        """Whether the suite may be published."""
        return self.mutants is not None and not self.errors


def content_of(folder: Path) -> str:
    """The name of all that a check looks at: of the suite, and of what students begin with."""
    digest = hashlib.sha256()
    handout = folder / "handout"
    for file in sorted(handout.rglob("*")):
        inside = file.relative_to(handout)
        if file.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in inside.parts):
            digest.update(f"{inside.as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return f"{suite_hash(folder)}-{digest.hexdigest()[:16]}"


def result(folder: Path, of: str, findings: Iterable[Finding], mutants: Survey | None) -> Result:
    """The result of a check of the folder, whose content had the name `of` when it began."""
    return Result(of, tuple(found_in(folder, each) for each in findings), mutants)


def found_in(folder: Path, finding: Finding) -> Found:
    """A finding of the folder, as it is kept."""
    return Found(finding.level, os.path.relpath(finding.file, folder), finding.key, finding.text)


def keep(folder: Path, found: Result) -> None:
    """Writes the result into the folder. Raises OSError where nothing can be written."""
    text = msgspec.json.format(msgspec.json.encode(found), indent=1)
    # Whole or not at all, whoever reads it meanwhile.
    descriptor, name = tempfile.mkstemp(prefix=".check-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text + b"\n")
        Path(name).chmod(0o644)
        Path(name).rename(folder / CHECK)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def kept(folder: Path) -> Result | None:
    """The result that the folder holds; None where it has none, or one of another content."""
    with suppress(OSError, msgspec.DecodeError):
        found = msgspec.json.decode((folder / CHECK).read_bytes(), type=Result)
        return found if found.of == content_of(folder) else None
    return None
