"""Whether each mistake that the assignment knows is told to a student who makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from grader.assignment import AssignmentError
from grader.checking.findings import Finding, warning
from grader.checking.processes import process
from grader.examiner.mistakes import FOLDER
from grader.examiner.protocol import Broken, Shown, listen
from grader.report import GraderFault

NEVER_TOLD = (
    "whoever makes exactly this mistake is not told: no test that it may show in fails with it on a second input too, "
    "or another mistake gives the same results there. Widen `tasks` or `tests`, or leave the file out"
)


def untold(folder: Path, tell: Callable[[str], None]) -> Iterator[Finding]:
    """The files of mistakes that nobody will be told of. `tell` hears which one is made.

    Raises AssignmentError, GraderFault.
    """
    files = sorted((folder / FOLDER).glob("*.toml"))
    with process("grader.examiner.showing", folder) as channel:
        for file in files:
            tell(f"the mistake {file.stem} is made")
            match listen(channel):
                case Shown(told):
                    if not told:
                        yield warning(file, "", NEVER_TOLD)
                case Broken(where, key, expected):
                    raise AssignmentError(Path(where), key, expected)
                case other:
                    raise GraderFault(f"the mistakes could not be shown: {other}")
