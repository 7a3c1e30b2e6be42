"""The mutants of a reference, file by file: of its Python, of its notebooks' code cells, of its answer file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from grader.assignment import ANSWER_FILES
from grader.candidate.notebook.document import code_cells
from grader.checking.mutants.listing import Given, edits, given_by
from grader.checking.surveyed import Place


class Mutant(msgspec.Struct, frozen=True):
    """The reference with one change: `before` became `after`. `content` is that of the changed file; `lines` are the
    first and last line of what must run for it to matter; of an answer file, `key` is that of the answer."""

    place: Place
    operator: str
    before: str
    after: str
    lines: tuple[int, int]
    content: str
    key: str = ""

    @property
    def change(self) -> str:
        """What was changed, in words."""
        match self.operator:
            case "statement left out":
                return f"`{self.before}` was left out"
            case "made once":
                return f"`{self.before}` kept what the first call made"
        return f"`{self.before}` became `{self.after}`"


def mutants(folder: Path, runs: Callable[[str, int], bool]) -> list[Mutant]:
    """All mutants of what students are to write, in the files of the assignment's reference of which anything `runs`
    (by file and cell), in order."""
    reference = folder / "reference"
    return [
        mutant
        for file in sorted(reference.rglob("*"))
        if file.suffix in KINDS and runs(name := file.relative_to(reference).as_posix(), 0)
        for mutant in KINDS[file.suffix](file, name, runs, _given(folder / "handout" / name))
    ]


def cells(file: Path) -> list[tuple[int, str]]:
    """The Python sources of a file, each with its number among the code cells (0: it is no notebook)."""
    if file.suffix != ".ipynb":
        return [(0, file.read_text(encoding="utf-8"))]
    sources = enumerate(code_cells(file.read_bytes()), 1)
    return [(number, source) for number, source in sources if _is_plain(source)]


def _given(starter: Path) -> Given:
    """What stands in the handout's file of that name already, be it a notebook or not."""
    files = [file for suffix in (".py", ".ipynb") if (file := starter.with_suffix(suffix)).is_file()]
    sources = [source for file in files for _cell, source in cells(file) if _is_plain(source)]
    return frozenset().union(*map(given_by, sources))


def _of_python(file: Path, name: str, _runs: Callable[[str, int], bool], given: Given) -> Iterator[Mutant]:
    for edit in edits(file.read_text(encoding="utf-8"), given):
        place = Place(name, 0, edit.line, edit.column)
        yield Mutant(place, edit.operator, edit.before, edit.after, edit.lines, edit.text)


def _of_notebook(file: Path, name: str, runs: Callable[[str, int], bool], given: Given) -> Iterator[Mutant]:
    document = json.loads(file.read_bytes())
    for number, source in cells(file):
        for edit in edits(source, given) if runs(name, number) else ():
            place = Place(name, number, edit.line, edit.column)
            content = _with_cell(document, number, edit.text)
            yield Mutant(place, edit.operator, edit.before, edit.after, edit.lines, content)


def _is_plain(source: str) -> bool:
    """Whether a cell is Python throughout: one with magics is read by rules of its own."""
    try:
        compile(source, "", "exec")
    except SyntaxError:
        return False
    return True


def _with_cell(document: dict[str, Any], number: int, source: str) -> str:
    codes = [position for position, cell in enumerate(document["cells"]) if cell["cell_type"] == "code"]
    cells = [*document["cells"]]
    cells[codes[number - 1]] = cells[codes[number - 1]] | {"source": source}
    return json.dumps(document | {"cells": cells})


def _of_answers(file: Path, name: str, _runs: Callable[[str, int], bool], _given: Given) -> Iterator[Mutant]:
    text = file.read_text(encoding="utf-8")
    is_json = file.suffix == ".json"
    table = json.loads(text) if is_json else tomllib.loads(text)
    for path, value in _answers(table, ()):
        for other in _other_answers(value):
            changed = _with_answer(table, path, other)
            content = json.dumps(changed) if is_json else _toml(changed)
            key = ".".join(path)
            before, after = (f"{key} = {_inline(each)}" for each in (value, other))
            line = _line_of(path, text, is_json=is_json)
            yield Mutant(Place(name, 0, line), "answer", before, after, (line, line), content, key)


def _line_of(path: tuple[str, ...], text: str, *, is_json: bool) -> int:
    """The line in which an answer ends, or in JSON begins."""
    if is_json:
        at = 0
        for key in path:
            at = text.index(json.dumps(key), at)
        return text.count("\n", 0, at) + 1
    lines = text.splitlines()
    return next(end for end in range(1, len(lines) + 1) if _holds(path, "\n".join(lines[:end])))


def _holds(path: tuple[str, ...], text: str) -> bool:
    """Whether so much of a TOML file has the answer."""
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    for key in path:
        if key not in table:
            return False
        table = table[key]
    return True


def _answers(table: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _answers(value, (*above, key))
        else:
            yield (*above, key), value


def _other_answers(value: Any) -> Iterator[Any]:
    """Answers next to the right one."""
    match value:
        case bool():
            yield not value
        case int():
            yield from (value + 1, -value) if value else (1,)
        case float():
            # Beyond what rounding may excuse.
            yield from (value * 1.1 + 0.1, -value) if value else (1.0,)
        case str():
            yield f"not {value}"
        case list() if value:
            for position, item in enumerate(value):
                yield from ([*value[:position], other, *value[position + 1 :]] for other in _other_answers(item))
            if value != value[::-1]:
                yield value[::-1]


def _with_answer(table: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = path
    return table | {first: _with_answer(table[first], tuple(rest), value) if rest else value}


def _toml(table: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {_inline(value)}\n" for key, value in table.items())


def _inline(value: Any) -> str:
    """A value as TOML writes it; JSON has the same words for all but tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


KINDS: dict[str, Callable[[Path, str, Callable[[str, int], bool], Given], Iterator[Mutant]]] = {
    ".py": _of_python,
    ".ipynb": _of_notebook,
    **dict.fromkeys(ANSWER_FILES, _of_answers),
}
