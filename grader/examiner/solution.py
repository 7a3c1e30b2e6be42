"""A solution of the author's, imported into this process: the reference, and variants of it that must not touch it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from grader import wire
from grader.assignment import Assignment, AssignmentError
from grader.candidate.objects import Modules


def load_solution(assignment: Assignment, root: Path) -> Modules:
    """Imports the solution in the folder `root`, which stays importable. Raises AssignmentError."""
    modules = Modules(str(root))
    sys.path[:0] = _path(assignment, root)
    for name in assignment.student.imported(lambda path: (root / path).is_file()):
        answer = modules.load(name, assignment.notebook.markers, assignment.notebook.names)
        if isinstance(answer, wire.Raised):
            raise AssignmentError(root, name, f"the reference must import; it raised {answer.type}: {answer.text}")
    return modules


def load_variant(assignment: Assignment, root: Path, beside: Path) -> Modules:
    """Imports the solution in `root`, whose modules are called as those in `beside`, which stay what `import` finds.

    Raises AssignmentError.
    """
    with _hidden(beside):
        try:
            return load_solution(assignment, root)
        finally:
            sys.path[:] = [each for each in sys.path if each not in _path(assignment, root)]
            for name in _modules_of(root):
                del sys.modules[name]


def _path(assignment: Assignment, root: Path) -> list[str]:
    return [str(root / folder) for folder in assignment.student.path]


@contextmanager
def _hidden(root: Path) -> Iterator[None]:
    """Meanwhile no module of that folder is imported or found."""
    modules, path = _modules_of(root), [*sys.path]
    for name in modules:
        del sys.modules[name]
    sys.path[:] = [each for each in path if not _is_under(root, each)]
    # New files may have the age and the names of those that the import system remembers.
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        sys.modules.update(modules)


def _modules_of(root: Path) -> dict[str, ModuleType]:
    return {name: module for name, module in [*sys.modules.items()] if _comes_from(root, module)}


def _comes_from(root: Path, module: ModuleType) -> bool:
    # A package without __init__.py has no file, and a path that may span folders.
    file = getattr(module, "__file__", None)
    return _is_under(root, file) if file else any(_is_under(root, each) for each in getattr(module, "__path__", ()))


def _is_under(root: Path, path: str) -> bool:
    return path == str(root) or path.startswith(f"{root}/")
