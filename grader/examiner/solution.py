"""A solution of the author's, imported into this process: the reference, and variants of it that must not touch it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from grader import wire
from grader.assignment import Assignment, AssignmentError
from grader.candidate.modules import Modules


def load_solution(assignment: Assignment, root: Path) -> Modules:
    """Imports the solution in the folder `root`, which stays importable. Raises AssignmentError."""
    modules = Modules(str(root))
    sys.path[:0] = _path(assignment, root)
    for name in assignment.student.imported(lambda path: (root / path).is_file()):
        answer = modules.load(name, assignment.notebook.markers, assignment.notebook.names)
        if isinstance(answer, wire.Raised):
            where = f" ({answer.frames[-1].file}, line {answer.frames[-1].line})" if answer.frames else ""
            text = f"the reference must import; it raised {answer.type}: {answer.text}{where}"
            raise AssignmentError(root, name, text)
    return modules


def load_variant(assignment: Assignment, root: Path) -> Modules:
    """Imports the solution in `root`, of which nothing stays importable afterwards. Raises AssignmentError.

    Modules that are called as its own must be hidden meanwhile.
    """
    known = {*sys.modules}
    path = [*sys.path]
    try:
        return load_solution(assignment, root)
    finally:
        sys.path[:] = path
        for name in sys.modules.keys() - known:
            if _is_under(root, sys.modules[name]):
                del sys.modules[name]


@contextmanager
def hidden(root: Path) -> Iterator[None]:
    """Meanwhile no module of that folder is imported or found."""
    modules = {name: module for name, module in sys.modules.items() if _is_under(root, module)}
    path = [*sys.path]
    for name in modules:
        del sys.modules[name]
    sys.path[:] = [each for each in path if not f"{each}/".startswith(f"{root}/")]
    try:
        yield
    finally:
        sys.path[:] = path
        sys.modules.update(modules)


def _path(assignment: Assignment, root: Path) -> list[str]:
    return [str(root / folder) for folder in assignment.student.path]


def _is_under(root: Path, module: ModuleType) -> bool:
    # A package without __init__.py has no file, and a path that may span folders.
    file = getattr(module, "__file__", None)
    return any(each.startswith(f"{root}/") for each in ([file] if file else getattr(module, "__path__", ())))
