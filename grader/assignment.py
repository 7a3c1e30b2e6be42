"""An assignment's folder: `assignment.toml` read into types, its mistakes told with file, key and what was expected.

Loading runs no code of the folder: collecting its suite does, and is `grader.grading.manifest`'s.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from grader.report import summed

FILE = "assignment.toml"
CHECK = "check.json"
"""What a check found, beside FILE (`grader.checking.result`); no part of the suite."""
ANSWER_FILES = (".toml", ".json")
Identifier = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
# What TOML's whole numbers hold.
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Record = TypeVar("Record", bound=msgspec.Struct)


def alternatives(entry: str) -> tuple[str, ...]:
    """The paths of which one is enough: "answers.toml | answers.json"."""
    return tuple(path.strip() for path in entry.split("|"))


class AssignmentError(Exception):
    """The folder cannot be used: the message names the file, the key and what was expected."""

    def __init__(self, file: Path, key: str, expected: str) -> None:
        super().__init__(f"{file}: {key}: {expected}" if key else f"{file}: {expected}")
        self.file, self.key, self.expected = file, key, expected


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class HandinRules(_Table, frozen=True):
    """What a hand-in must hold (`files`, relative paths) and the `command` that makes it.

    Where one of several files is enough, they stand in one entry: "proofs.pdf | proofs.md".
    """

    files: Annotated[tuple[str, ...], Meta(min_length=1)]
    command: str = ""


class StudentModules(_Table, frozen=True):
    """Which folders of the hand-in are importable, and the modules in which `student.NAME` is looked for, in order.

    `answers` is the entry of `handin.files` that names the answer file, if there is one.
    """

    modules: Annotated[tuple[str, ...], Meta(min_length=1)]
    path: tuple[str, ...] = (".",)
    answers: str = ""

    def imported(self, is_file: Callable[[str], bool]) -> tuple[str, ...]:
        """What is imported of a solution, in order; `is_file` tells which paths it has. The answer file comes first:
        no module of a student's has run when it is read."""
        if not self.answers:
            return self.modules
        paths = alternatives(self.answers)
        return (next(filter(is_file, paths), paths[0]), *self.modules)


class Tolerance(_Table, frozen=True):
    """|got - expected| <= atol + rtol * |expected|, as in numpy.allclose."""

    rtol: NotNegative = 1e-4
    atol: NotNegative = 1e-8


class TestLimits(_Table, frozen=True):
    """What one test may use. `test_seconds` is processor time (wall: three times that).

    `import_seconds` is wall time for importing one module, `total_seconds` for all tests together.
    """

    test_seconds: Positive = 5
    import_seconds: Positive = 15
    total_seconds: Positive = 180
    memory_mb: Count = 1024
    processes: Count = 16
    output_kb: Count = 64
    disk_mb: Count = 64


class Starter(_Table, frozen=True):
    """What the handout's starter code must score."""

    score: NotNegative = 0


class RubricItem(_Table, frozen=True):
    """What a person looks for in a written answer, and the points that it is worth; fewer than 0: a deduction."""

    text: Annotated[str, Meta(min_length=1)]
    points: float


class Task(_Table, frozen=True):
    """What a hand-in earns points for: by tests, whose points must add up to `points`, or by a person.

    A person reads the written `answer`: the heading that it stands under (`Q1.1`) in the notebook or in a Markdown
    file of the hand-in, or the path of a file that is all of it: Markdown, a PDF, a picture, code or plain text.
    """

    id: Identifier
    title: Annotated[str, Meta(min_length=1)]
    points: NotNegative
    graded_by: Literal["tests", "person"] = "tests"
    answer: str = ""
    rubric: tuple[RubricItem, ...] = ()


class Notebook(_Table, frozen=True):
    """Which cells of a notebook run: those that hold one of the `markers` or define one of the `names`, and what these
    need."""

    markers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class HandoutRules(_Table, frozen=True):
    """What of the suite students receive with the handout, as a local autograder in `autograder/<autograder>/`.

    `tests` are patterns of the test files that may leave the server: none without any. `files` are patterns of other
    files of the suite that these tests read.
    """

    autograder: Identifier | None = None
    tests: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Assignment(_Table, frozen=True):
    """`assignment.toml`. `seed` is what the suite's random inputs are drawn from."""

    id: Identifier
    title: Annotated[str, Meta(min_length=1)]
    handin: HandinRules
    student: StudentModules
    tasks: Annotated[tuple[Task, ...], Meta(min_length=1)] = msgspec.field(name="task")
    summary: str = ""
    seed: Seed = 0
    compare: Tolerance = Tolerance()
    limits: TestLimits = TestLimits()
    starter: Starter = Starter()
    notebook: Notebook = Notebook()
    handout: HandoutRules = HandoutRules()

    @property
    def tested(self) -> tuple[Task, ...]:
        """The tasks that tests grade."""
        return tuple(task for task in self.tasks if task.graded_by == "tests")

    @property
    def points(self) -> float:
        """Full marks, as far as tests give them."""
        return summed(task.points for task in self.tested)


def load(folder: Path) -> Assignment:
    """Reads `folder`'s assignment.toml. Raises AssignmentError."""
    file = folder / FILE
    try:
        assignment = read_toml(file, Assignment)
    except FileNotFoundError:
        raise AssignmentError(file, "", "there is no such file; an assignment is a folder that has one") from None
    _check(file, assignment)
    return assignment


def read_toml(file: Path, kind: type[Record]) -> Record:
    """One of an assignment's TOML files. Raises AssignmentError, and OSError when it cannot be read."""
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), kind)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(file, "", f"is not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        expected, _, key = str(error).partition(" - at `$")
        raise AssignmentError(file, key.rstrip("`").lstrip(".") or "top level", expected) from None


def _check(file: Path, assignment: Assignment) -> None:
    ids = [task.id for task in assignment.tasks]
    if twice := next((each for each in ids if ids.count(each) > 1), None):
        raise AssignmentError(file, "task.id", f"`{twice}` stands twice; each task needs an id of its own")
    for key, paths in (("handin.files", assignment.handin.files), ("student.path", assignment.student.path)):
        for path in (each for entry in paths for each in alternatives(entry)):
            if not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
                raise AssignmentError(file, key, f"`{path}` must be a path inside the hand-in")
    _check_answers(file, assignment)
    for task in assignment.tasks:
        if task.graded_by == "person" and not task.answer:
            raise AssignmentError(
                file, "task.answer", f"`{task.id}` is graded by a person: say where its answer stands"
            )
        if task.graded_by == "tests" and (task.answer or task.rubric):
            raise AssignmentError(
                file, "task.graded_by", f"`{task.id}` has what a person reads, so it must be `person`"
            )
    if not (file.parent / "reference").is_dir():
        raise AssignmentError(file.parent / "reference", "", "the folder of the reference solution is missing")
    if not any(file.parent.glob("test_*.py")):
        raise AssignmentError(file.parent, "", "holds no test_*.py: a suite needs at least one")


def _check_answers(file: Path, assignment: Assignment) -> None:
    answers = assignment.student.answers
    if not answers:
        return
    if answers not in assignment.handin.files:
        raise AssignmentError(file, "student.answers", f"`{answers}` must stand in handin.files, in the same words")
    for path in alternatives(answers):
        if not path.endswith(ANSWER_FILES):
            expected = f"`{path}` must be a file that ends in one of {', '.join(ANSWER_FILES)}"
            raise AssignmentError(file, "student.answers", expected)


def folder_files(folder: Path) -> list[Path]:
    """The files of an assignment, in order: not what a check found, caches and hidden files."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path != folder / CHECK
        and not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
    ]


def suite_files(folder: Path) -> list[Path]:
    """The files that make a suite, in order: all but the handout's."""
    return [path for path in folder_files(folder) if path.relative_to(folder).parts[0] != "handout"]


def suite_hash(folder: Path) -> str:
    """The suite's name: SHA-256 over path and content of each of its files, 64 hex digits."""
    digest = hashlib.sha256()
    for path in suite_files(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
