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
SUITE = HERE / "suite"
# A file that a tool on this machine could act on (conftest.py, pytest.ini) is kept under its name and this.
DISARMED = ".attack"


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expect.toml`: the score and the verdicts (by a test's name) that the honest part earns, or the `refused` words;
    `stopped_by`, the reason that nothing more is won; `says`, words in what the program itself printed or raised,
    which proves that it got as far as it claims.

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
        first = self._files["blending.py"].decode().splitlines()[0]
        return first.removeprefix("#").strip()

    @property
    def possible_here(self) -> bool:
        """Whether this machine has the system calls that it makes."""
        return not self.expect.only_on or platform.machine() == self.expect.only_on

    def archive(self) -> bytes:
        """What it hands in."""
        honest = {"doubling.py": (SUITE / "reference" / "doubling.py").read_bytes()}
        if self.family == "archives":
            return ARCHIVES[self.name](honest | {"blending.py": b""})
        return tar(honest | self._files)


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
