"""The house stands as the architecture says: imports point one way, and each package says what it is for."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "grader": {"grader"},
    "submissions": {"submissions", "grader"},
    "workers": {"workers", "submissions", "grader"},
    "web": {"web", "submissions", "grader"},
    "cli": {"cli", "web", "workers", "submissions", "grader", "tests_hidden"},
    "tests_hidden": {"tests_hidden"},
}
# The one way from the pages to a worker: a wake-up after the commit. It runs nothing here.
WAKE_UP = ("web", "workers.wake")
BUNDLED = ROOT / "tests_hidden"


def imports(file: Path) -> set[str]:
    """The absolute modules that a file imports, wherever in it; of a package's own names each."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            nested = "." in node.module
            found |= {node.module} if nested else {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def sources(package: str) -> list[Path]:
    # A package of that name is ours; further down it holds what students begin with.
    return [
        file for file in (ROOT / package).rglob("*.py") if "handout" not in file.relative_to(ROOT / package).parts[1:]
    ]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package):
    for file in sources(package):
        for module in imports(file):
            top = module.split(".")[0]
            if top in MAY_IMPORT and (package, module) != WAKE_UP:
                allowed = MAY_IMPORT[package] | ({"grader"} if module == "grader.author" else set())
                assert top in allowed, f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("package", ["grader", "submissions", "web"])
def test_folders_of_a_package_stand_on_one_another_without_a_circle(package):
    """So that each can be read after those that it stands on. A migration may ask any of them what old rows become."""
    below: dict[str, set[str]] = {}
    for file in sources(package):
        folder = file.relative_to(ROOT).with_suffix("").parts[1]
        used = {module.split(".")[1] for module in imports(file) if module.startswith(f"{package}.")}
        below.setdefault(folder, set()).update(used - {folder} if "migrations" not in file.parts else ())
    TopologicalSorter(below).prepare()  # raises CycleError, which names the circle


def test_the_candidate_knows_nothing_but_the_wire():
    for file in (ROOT / "grader" / "candidate").rglob("*.py"):
        ours = {module for module in imports(file) if module.split(".")[0] in MAY_IMPORT}
        assert all(module == "grader" or module.startswith(("grader.wire", "grader.candidate")) for module in ours), (
            file
        )


def test_hidden_tests_use_only_the_author_s_api():
    for file in BUNDLED.rglob("*.py"):
        ours = {module for module in imports(file) if module.split(".")[0] in MAY_IMPORT}
        assert ours <= {"grader.author"}, file


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_every_module_says_what_it_is_for(package):
    for file in sources(package):
        if "reference" not in file.parts:
            assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), file
