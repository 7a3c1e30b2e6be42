"""Builds the folder that students receive: the handout's files, the local autograder, and what the reference draws.

The same suite gives the same bytes. Nothing of `reference/` or `mistakes/` is copied, and the result is tried out
before it is given away: with nothing but what ships, the reference must still pass.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader.assignment import FILE, Assignment, AssignmentError, load
from grader.grading import ENVIRONMENT
from grader.handout.record import GRAPHS, STORED, ships
from grader.report import GraderFault

_LOCAL = "grader.handout.local"
_HERE = Path(__file__).parent / "local"
_ROOT = _HERE.parents[2]
_ROOT_PACKAGE = _LOCAL.partition(".")[0]
# What is generated or hidden in a folder is nothing that its author wrote for others.
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.pyc")
# A seed below it could be found by trying: students know some inputs that were drawn from it.
LEAST_SEED = 2**62
_SECONDS = 600


def build(folder: Path, target: Path) -> Assignment:
    """Writes what students of the assignment in `folder` receive into `target`, which must not exist yet.

    Raises AssignmentError, FileExistsError or GraderFault; nothing is left behind then.
    """
    if target.exists():
        raise FileExistsError(target)
    assignment = load(folder)
    _check(assignment, folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as place:
        packed = Path(place, "packed")
        shutil.copytree(folder / "handout", packed, ignore=_LEFT_OUT)
        if assignment.handout.tests:
            _autograder(assignment, folder, packed)
            _try_out(folder, packed, Path(place, "trial"))
        packed.rename(target)
    return assignment


def _check(assignment: Assignment, folder: Path) -> None:
    if not (folder / "handout").is_dir():
        raise AssignmentError(folder / "handout", "", "the folder with the students' starter files is missing")
    if not assignment.handout.tests:
        return
    if abs(assignment.seed) < LEAST_SEED:
        text = (
            f"is {assignment.seed}: students could guess it, and draw the hidden inputs with the tests that they "
            f"receive; draw a number from {LEAST_SEED} to {2 * LEAST_SEED - 1}"
        )
        raise AssignmentError(folder / FILE, "seed", text)
    for pattern in assignment.handout.tests:
        if not any(file.match(pattern) for file in folder.glob("test_*.py")):
            raise AssignmentError(folder / FILE, "handout.tests", f"`{pattern}` matches no test file")


def _autograder(assignment: Assignment, folder: Path, packed: Path) -> None:
    home = packed / "autograder" / (assignment.handout.autograder or assignment.id)
    _record(folder, packed)
    home.mkdir(parents=True)
    (packed / STORED).rename(home / STORED)
    for file in _library():
        _write(home / "lib" / file.relative_to(_ROOT), file)
    _write(home / "lib" / "msgspec.py", _HERE / "records.py")
    _write(home / "runner.py", _HERE / "runner.py")
    if (packed / GRAPHS).exists():
        _write(home / "test.py", _HERE / "draw.py")
    for file in _tests(assignment, folder):
        _write(home / "tests" / file.relative_to(folder), file)


def _record(folder: Path, packed: Path) -> None:
    done = _python([sys.executable, "-I", "-B", "-X", "utf8", "-m", "grader.handout.record", str(folder), str(packed)])
    if done.returncode == 1 and done.stdout:
        file, key, expected = json.loads(done.stdout)
        raise AssignmentError(Path(file), key, expected)
    if done.returncode:
        raise GraderFault(f"the reference's results could not be recorded: {done.stderr}")


def _try_out(folder: Path, packed: Path, trial: Path) -> None:
    """The reference, graded with nothing but what ships. Raises AssignmentError where it does not pass."""
    shutil.copytree(packed, trial)
    shutil.copytree(folder / "reference", trial, ignore=_LEFT_OUT, dirs_exist_ok=True)
    (runner,) = trial.glob("autograder/*/runner.py")
    done = _python([sys.executable, "-B", str(runner), "--json"])
    try:
        failed = [test for test in json.loads(done.stdout)["tests"] if test["verdict"] != "passed"]
        said = "; ".join(f"{test['id']}: {test['message']}" for test in failed)
    except ValueError:
        said = done.stdout + done.stderr
    if said:
        text = (
            "with the stored results alone the reference does not pass; a test that asks `reference` itself, or draws "
            f"numbers without a seed, can only run on the server: leave its file out. {said}"
        )
        raise AssignmentError(folder / FILE, "handout.tests", text)


def _python(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise GraderFault(f"the handout was not built within {_SECONDS} seconds") from None


def _tests(assignment: Assignment, folder: Path) -> Iterator[Path]:
    """The test files that ship, the suite's own modules that these import, and the files that they read."""
    waiting = [file for file in sorted(folder.glob("test_*.py")) if ships(assignment, file.name)]
    found: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += [beside for name in _imports(file) if (beside := folder / f"{name}.py").is_file()]
    for pattern in assignment.handout.files:
        found |= {file for file in folder.glob(pattern) if file.is_file()}
    yield from sorted(found)


def _library() -> list[Path]:
    """The modules of this package that the local autograder imports, in whatever way."""
    waiting = [f"{_LOCAL}.main", "grader.author"]
    found: set[Path] = set()
    while waiting:
        name = waiting.pop()
        if name.partition(".")[0] != _ROOT_PACKAGE:
            continue
        path = _ROOT.joinpath(*name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not file.is_file() or file in found:
            continue
        found.add(file)
        parent = name.rpartition(".")[0]
        waiting += [*_imports(file), *([parent] if parent else [])]
    return sorted(found)


def _imports(file: Path) -> Iterator[str]:
    """What the file imports, and what may be modules among the names that it takes from packages."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _write(target: Path, source: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
