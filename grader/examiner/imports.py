"""The modules of one hand-in: which are imported, which of them broke the process that did, and where else a name
stands that none of them has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from grader import wire
from grader.assignment import Assignment
from grader.candidate.notebook.document import NotebookError, code_cells
from grader.examiner.failures import StudentFailure
from grader.report import Hint

_NOTEBOOK = ".ipynb"
# In all files together: the search runs in the examiner, on the test's time, and students choose what it reads.
_SEARCHED_BYTES = 1 << 20


class Imports:
    """The modules of the hand-in that has these files (name to content)."""

    def __init__(self, assignment: Assignment, files: Mapping[str, bytes]) -> None:
        self._assignment = assignment
        self._files = files
        self._broken: dict[str, wire.Raised] = {}

    def orders(self) -> list[wire.Import]:
        """What to import, in order, without what broke a process before."""
        cells = self._assignment.notebook
        modules = self._assignment.student.imported(self._files.__contains__)
        return [wire.Import(each, cells.markers, cells.names) for each in modules if each not in self._broken]

    def broke(self, module: str, why: str) -> None:
        """Importing the module ended the process: it is not asked for again."""
        self._broken[module] = wire.Raised("ImportError", "ImportError", why)

    def looked_up(self, operation: wire.Operation, answer: wire.Message) -> wire.Message:
        """The answer, where it is more than that a name is missing in the hand-in.

        It may stand in a module that broke its process, so that the candidate does not know of it; or in another file
        than tests look into (raises StudentFailure).
        """
        if not (isinstance(answer, wire.Missing) and isinstance(operation, wire.Get) and operation.target == 0):
            return answer
        if self._broken:
            return wire.NotImported(*next(iter(self._broken.items())))
        if found := self._defining(operation.name):
            raise self._misplaced(operation.name, *found)
        return answer

    def _defining(self, name: str) -> tuple[str, str] | None:
        """The first of the files with a class or function of that name at its top level, and the place in it."""
        defines = re.compile(rf"^(?:class|def)\s+{re.escape(name)}\b", re.MULTILINE)
        for file, where, source in self._sources:
            if found := defines.search(source):
                above = source.count("\n", 0, found.start())
                return file, f"{where}line {above + 1}"
        return None

    @cached_property
    def _sources(self) -> list[tuple[str, str, str]]:
        """The code to search: its file's path, the cell where it is a notebook's, and the text."""
        # Of a notebook that is asked for, the candidate has said all: which cells ran, and which of them failed.
        asked = {module.replace(".", "/") + _NOTEBOOK for module in self._assignment.student.modules}
        sources, left = [], _SEARCHED_BYTES
        for file, content in self._files.items():
            if not file.endswith((".py", _NOTEBOOK)) or file in asked or len(content) > left:
                continue
            left -= len(content)
            if file.endswith(_NOTEBOOK):
                sources += [(file, f"cell {number}, ", source) for number, source in enumerate(_cells(content), 1)]
            else:
                sources.append((file, "", content.decode("utf-8", "replace")))
        return sources

    def _misplaced(self, name: str, file: str, where: str) -> StudentFailure:
        modules = ", ".join(f"`{module}`" for module in self._assignment.student.modules)
        text = (
            f"`{name}` stands in `{file}`, {where}, and the tests find names in {modules}: move it, or import it there."
        )
        hint = Hint("wrong_module", text, {"name": name, "file": file})
        return StudentFailure("missing_name", f"`{name}` was not found where the tests look for it.", (hint,))


def _cells(notebook: bytes) -> list[str]:
    try:
        return code_cells(notebook)
    except NotebookError:
        return []
