"""The hand-in as one namespace: its modules, be they Python files or notebooks, and its answer file.

What a student's file does when it is imported is an answer like any other; nothing here may end the candidate.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from grader import wire
from grader.candidate import described, notebook
from grader.candidate.answers import SUFFIXES, Answers
from grader.candidate.described import Answered


class Modules:
    """The modules, in the order in which a name is looked for."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.answers = Answers()
        self.loaded: dict[str, ModuleType] = {}
        self.failed: dict[str, wire.Raised] = {}
        self.unmade: dict[str, wire.NotImported] = {}

    def load(self, name: str, markers: Sequence[str] = (), names: Sequence[str] = ()) -> wire.Answer:
        """Imports one module, or reads the answer file. Whatever it raises is an answer: SystemExit and
        KeyboardInterrupt too.

        `markers` and `names` choose the cells of a notebook.
        """
        if name.endswith(SUFFIXES):
            return self.answers.load(self.root, name)
        try:
            if file := self._notebook(name, first=bool(markers or names)):
                loaded = notebook.load(file, name, self.root, markers, names)
                self.loaded[name] = loaded.module
                self.unmade |= loaded.unmade
                return next(iter(loaded.failures), wire.Return())
            self.loaded[name] = importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - a hand-in may raise anything, and must not end the loop
            self.failed[name] = described.exception(error, self.root)
            return self.failed[name]
        return wire.Return()

    def _notebook(self, name: str, *, first: bool) -> Path | None:
        """The notebook that holds the module, if no Python file does, or if notebooks go `first`."""
        folders = [Path(folder) for folder in sys.path if folder == self.root or folder.startswith(f"{self.root}/")]
        path = name.replace(".", "/")
        if not first and any((folder / f"{path}.py").is_file() for folder in folders):
            return None
        return next((file for folder in folders if (file := folder / f"{path}.ipynb").is_file()), None)

    def raised(self, error: BaseException) -> wire.Answer:
        """What the hand-in raised; for a name that a cell of its notebook did not come to define, why not."""
        # Exactly this type, and a text: anything of the student's own could do as it likes when it is looked at.
        if type(error) is NameError and type(error.name) is str and error.name in self.unmade:
            return self.unmade[error.name]
        return described.exception(error, self.root)

    def find(self, name: str) -> Any:
        """The object of that name. Raises Answered when no module has it."""
        for module in self.loaded.values():
            if name in module.__dict__:
                return module.__dict__[name]
        if name in self.loaded:
            return self.loaded[name]
        if name in self.unmade:
            raise Answered(self.unmade[name])
        if self.failed:
            raise Answered(wire.NotImported(*next(iter(self.failed.items()))))
        names = sorted({*self.unmade, *(each for module in self.loaded.values() for each in vars(module))})
        raise Answered(described.missing(name, "the hand-in", names))
