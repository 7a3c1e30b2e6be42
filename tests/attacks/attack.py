"""An attack of the corpus: a folder with the files that it hands in, and `expect.toml`, which says what it must get.

Nothing in here, and nothing that uses it, may ever import or run a file of the corpus outside of a sandbox.
"""

from __future__ import annotations

import io
import platform
import tarfile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from tests.attacks.archives import ARCHIVES

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
# The assignments that attacks are handed in for, by id.
SUITES = {file.parent.name: file.parent for file in sorted(HERE.glob("suites/*/assignment.toml"))}
# Families for the second one; all others are for the first, which an ordinary grader can grade as well.
WRITTEN = ("answers", "drawings", "functions", "notebooks")
# A file that a tool on this machine could act on (conftest.py, pytest.ini) is kept under its name and this.
DISARMED = ".attack"

PROGRAM = {"attacked": "blending.py", "written": "work.py"}
# What stands in where an attack brings no program, or no answers, of its own.
DULL = {"work.py": b"", "answers.toml": b"weight = 1.0\n"}


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expect.toml`: the score and the verdicts (by a test's name) that the honest part earns, or the `refused` words;
    `stopped_by`, the reason that nothing more is won; `says`, words in what its author is told (what the program
    printed or raised, what its result was found to be), which prove that it got as far as it claims, or `silent`, why
    there can be none; `tries`, what it tries, where no program says it.

    `or_less`: it may spoil its own honest part, depending on a race. `machine`: it aims at the machine, so that it is
    never run without the real sandbox. `slow`: it takes its whole time limit, so that the short run leaves it out.
    `only_on`: the architecture whose system calls it numbers.
    """

    stopped_by: Annotated[str, Meta(min_length=10)]
    score: float | None = None
    or_less: bool = False
    verdicts: dict[str, str] = {}
    refused: str = ""
    says: str = ""
    silent: str = ""
    tries: str = ""
    machine: bool = False
    slow: bool = False
    only_on: str = ""


class Attack:
    """One attack. `family` and `name` are its folders; `tries` is the first line of its program, or of its maker."""

    def __init__(self, folder: Path) -> None:
        self.family, self.name = folder.parent.name, folder.name
        self.expect = msgspec.toml.decode((folder / "expect.toml").read_bytes(), type=Expectation)
        self._files = {
            str(path.relative_to(folder)).removesuffix(DISARMED): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "expect.toml"
        }

    @property
    def id(self) -> str:
        """Its name with its family's."""
        return f"{self.family}/{self.name}"

    @property
    def tries(self) -> str:
        """What it tries, in a sentence of its own."""
        if self.family == "archives":
            return " ".join((ARCHIVES[self.name].__doc__ or "").split())
        if self.expect.tries:
            return self.expect.tries
        first = self._files[PROGRAM[self.suite]].decode().splitlines()[0]
        return first.removeprefix("#").strip()

    @property
    def suite(self) -> str:
        """The assignment that it is handed in for."""
        return "written" if self.family in WRITTEN else "attacked"

    @property
    def possible_here(self) -> bool:
        """Whether this machine has the system calls that it makes."""
        return not self.expect.only_on or platform.machine() == self.expect.only_on

    def archive(self) -> bytes:
        """What it hands in."""
        honest = {"doubling.py": (SUITES[self.suite] / "reference" / "doubling.py").read_bytes()}
        if self.family == "archives":
            return ARCHIVES[self.name](honest | {"blending.py": b""})
        if self.suite == "written":
            honest |= {name: text for name, text in DULL.items() if not any(map(name.startswith, self._stems()))}
        return tar(honest | self._files)

    def _stems(self) -> set[str]:
        return {f"{Path(name).stem}." for name in self._files}


def tar(files: dict[str, bytes]) -> bytes:
    """An ordinary tar of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def corpus() -> list[Attack]:
    """All attacks, family by family."""
    return [Attack(file.parent) for file in sorted(CORPUS.glob("*/*/expect.toml"))]
