"""One code cell, as far as it can be known without running it: its code, the names that it defines, those it uses.

Names are read from the compiled code and not from the source, since the compiler knows what is global and what local.
"""

from __future__ import annotations

import ast
import dis
import inspect
import re
from types import CodeType

import msgspec

# Cell magics whose cell is Python all the same; in any other the cell is another language, or a file to write.
PYTHON_MAGICS = {"capture", "memit", "mprun", "prun", "time", "timeit", "lprun"}
MOST_MAGICS = 200

_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
# `%matplotlib inline`, `!pip install …`, `?f`, `f??`, `files = !ls`: no statement of Python's begins so.
_LINE_MAGIC = re.compile(r"\s*([%!?]|.*\?\s*$|[\w.,\s]+=\s*[%!])")
# What a cell that does not compile would have defined.
_DEFINITION = re.compile(r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)\s*=(?!=)", re.MULTILINE)

# What the compiler raises for a source that is none: the last two for one that is nested beyond its stack.
NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


class Cell(msgspec.Struct, frozen=True):
    """`number` counts code cells from 1. `codes` run one after the other; empty when `error` says why.

    `defines` are the names that it binds; `uses` those that must exist when it runs, `uses_later` those that its
    functions look up when they are called.
    """

    number: int
    source: str
    codes: tuple[CodeType, ...] = ()
    error: BaseException | None = None
    imports_only: bool = False
    defines: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    uses_later: frozenset[str] = frozenset()


def read(number: int, source: str, file: str) -> Cell:
    """The cell of this source; `file` is what tracebacks call it. Never raises: a cell may hold anything."""
    try:
        tree = _parsed(source, file)
        imports_only = _imports_only(tree)
        # Each import by itself: a library that does not exist must not take the others along.
        parts = [ast.Module([each], []) for each in tree.body] if imports_only else [tree]
        codes = tuple(compile(part, file, "exec", dont_inherit=True) for part in parts)
    except NOT_PYTHON as error:
        named = frozenset(name for match in _DEFINITION.finditer(source) for name in match.groups() if name)
        return Cell(number, source, error=error, defines=named)
    names = _Names()
    for code in codes:
        names.read(code)
    return Cell(
        number,
        source,
        codes,
        imports_only=imports_only,
        defines=frozenset(names.defines),
        uses=frozenset(names.uses),
        uses_later=frozenset(names.uses_later),
    )


def _parsed(source: str, file: str) -> ast.Module:
    """Parses the source without its magics. Raises one of NOT_PYTHON.

    A line is taken for a magic only where Python says that it is wrong: `% b` may continue an expression, and a text
    of several lines may hold anything.
    """
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] not in PYTHON_MAGICS:
        source = ""
    lines = lines_of(source)
    for _round in range(MOST_MAGICS):
        try:
            return ast.parse("\n".join(lines), file)
        except SyntaxError as error:
            number = error.lineno or 0
            if not (0 < number <= len(lines) and _LINE_MAGIC.match(lines[number - 1])):
                raise
            _blank(lines, number - 1)
    return ast.parse("\n".join(lines), file)


def lines_of(source: str) -> list[str]:
    """The lines as Python counts them."""
    return re.split(r"\r\n|\r|\n", source)


def _blank(lines: list[str], at: int) -> None:
    """Makes a magic, which may go on over several lines, a statement that does nothing."""
    goes_on = lines[at].endswith("\\")
    # `pass`: it may be all that stands in a block.
    lines[at] = lines[at][: len(lines[at]) - len(lines[at].lstrip())] + "pass"
    while goes_on and at + 1 < len(lines):
        at += 1
        goes_on = lines[at].endswith("\\")
        lines[at] = ""


def _imports_only(tree: ast.Module) -> bool:
    kinds = {type(each) for each in tree.body} - {ast.Pass}
    return bool(kinds) and kinds <= {ast.Import, ast.ImportFrom}


class _Names:
    """Collects what a cell's code defines and uses, in the order in which it would."""

    def __init__(self) -> None:
        self.defines: set[str] = set()
        self.uses: set[str] = set()
        self.uses_later: set[str] = set()

    def read(self, code: CodeType) -> None:
        """The code of a cell, at its top level."""
        self._walk(code, self.defines, called=False)

    def _walk(self, code: CodeType, own: set[str], *, called: bool) -> None:
        """`own` are the names that the code binds as its own; `called` is whether it runs later than the cell."""
        for instruction in dis.get_instructions(code):
            name = instruction.argval
            match instruction.opname:
                case "STORE_NAME":
                    own.add(name)
                case "STORE_GLOBAL":
                    self.defines.add(name)
                case "LOAD_NAME" | "LOAD_GLOBAL" if called:
                    self.uses_later.add(name)
                case "LOAD_NAME" | "LOAD_GLOBAL":
                    if name not in self.defines and name not in own:
                        self.uses.add(name)
                case "LOAD_CONST" if isinstance(name, CodeType):
                    self._walk(name, set(), called=called or _is_called_later(name))


def _is_called_later(code: CodeType) -> bool:
    # The bodies of classes and comprehensions run where they stand; only a class's is not optimized.
    is_comprehension = code.co_name.startswith("<") and code.co_name != "<lambda>"
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and not is_comprehension
