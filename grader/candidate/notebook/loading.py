"""Runs a notebook's chosen cells, in the notebook's order, in one namespace: a module like any other."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import msgspec

from grader import wire
from grader.candidate import described
from grader.candidate.notebook.cell import Cell, lines_of, read
from grader.candidate.notebook.choice import chosen
from grader.candidate.notebook.document import NotebookError, code_cells
from grader.candidate.notebook.stand_ins import notebook_builtins


class Notebook(msgspec.Struct, frozen=True):
    """A notebook that was run. `failures` are those of its cells; `unmade` tells of each name that a cell defines why
    it did not: it failed, or it was not to run."""

    module: ModuleType
    failures: tuple[wire.Raised, ...]
    unmade: dict[str, wire.NotImported]


def load(file: Path, name: str, root: str, markers: Sequence[str] = (), names: Sequence[str] = ()) -> Notebook:
    """Runs the notebook as the module `name` of the hand-in in the folder `root`.

    `markers` and `names` say which cells run (`choice.chosen`). Raises NotebookError, and nothing that a cell raises.
    """
    try:
        sources = code_cells(file.read_bytes())
    except NotebookError as error:
        raise NotebookError(f"`{file.name}` is no notebook: {error}. Save it again in Jupyter.") from None
    cells = [_read(number, source, file) for number, source in enumerate(sources, 1)]
    module = ModuleType(name)
    vars(module).update(__file__=str(file), __builtins__=notebook_builtins())
    sys.modules[name] = module
    run = chosen(cells, markers, names)
    not_run: dict[str, wire.NotImported] = {}
    failed: dict[str, wire.NotImported] = {}
    failures: list[wire.Raised] = []
    for position, cell in enumerate(cells):
        where = _called(file, cell.number).removeprefix(f"{root}/")
        if position not in run:
            not_run |= dict.fromkeys(cell.defines, wire.NotImported(where, _not_run(markers)))
            continue
        for failure, lost in _run(cell, module, root):
            failures.append(failure)
            failed |= dict.fromkeys(lost, wire.NotImported(where, failure))
    return Notebook(module, tuple(failures), not_run | failed)


def _called(file: Path, number: int) -> str:
    """What tracebacks call a cell."""
    return f"{file}, cell {number}"


def _read(number: int, source: str, file: Path) -> Cell:
    called = _called(file, number)
    # Without a time: there is no such file whose change could be looked for.
    linecache.cache[called] = (len(source), None, [f"{line}\n" for line in lines_of(source)], called)
    return read(number, source, called)


def _run(cell: Cell, module: ModuleType, root: str) -> list[tuple[wire.Raised, frozenset[str]]]:
    """Runs one cell: what it raised, with the names that it did not come to define. It must not stop the others."""
    if cell.error:
        return [(described.exception(cell.error, root), cell.defines)]
    failed = []
    for code in cell.codes:
        try:
            exec(code, vars(module))  # noqa: S102 - this is the sandbox's purpose
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too
            failed.append((described.exception(error, root), cell.defines.intersection(code.co_names)))
    return failed


def _not_run(markers: Sequence[str]) -> wire.Raised:
    marks = " or ".join(f"`{marker}`" for marker in markers)
    needed = f"it neither holds {marks} nor defines" if marks else "it does not define"
    return wire.Raised("", "", f"{needed} a name that the assignment asks for"[: wire.MAX_TEXT])
