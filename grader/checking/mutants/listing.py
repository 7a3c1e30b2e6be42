"""Every mutant of a source text, in the order of the text: where, what was changed, and the changed text.

Mutants are texts, not trees: what is changed is what an author sees in his editor, and it is imported as the file is.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from types import CodeType

import msgspec

from grader.checking.mutants.operators import OPERATORS
from grader.checking.mutants.scopes import Scope, scope_of

# Nothing in these is changed. Inside of an f-string Python 3.11 does not know where an expression stands.
_LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.Raise, ast.Assert, ast.JoinedStr, ast.Global, ast.Nonlocal)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (*_FUNCTIONS, ast.ClassDef, ast.If, ast.For, ast.While, ast.With, ast.Try, ast.ExceptHandler)
# Of a block: where its statements stand. An `except` is one of these itself.
_PARTS = ("body", "handlers", "orelse", "finalbody")
# Shorter code says little by itself: what it is part of is shown.
TELLING = 12


# Pieces of code that students do not write, each with the names of the classes and functions that it stands in.
Given = frozenset[tuple[tuple[str, ...], str]]


class Edit(msgspec.Struct, frozen=True):
    """One change of a text: `before` and `after` in words, at a place counted from 1; and the text so changed.

    `lines` are the first and last line of what must run for the change to matter.
    """

    operator: str
    line: int
    column: int
    before: str
    after: str
    lines: tuple[int, int]
    text: str


def edits(text: str, given: Given = frozenset()) -> list[Edit]:
    """All edits of a Python source that compile to something else than it, and than one another.

    What is `given` to students is left as it is: nobody makes a mistake in writing it.
    """
    tree = ast.parse(text)
    source = _Source(text)
    seen = {_meaning(compile(text, "", "exec"))}
    found = []
    for edit in sorted(_edits(tree, source, given), key=_order):
        meaning = _meaning(compile(edit.text, "", "exec"))
        if meaning not in seen:
            seen.add(meaning)
            found.append(edit)
    return found


def _order(edit: Edit) -> tuple[int, int, str, str]:
    return edit.line, edit.column, edit.operator, edit.after


def given_by(text: str) -> Given:
    """What a starter holds of code that works: simple statements, and the parameters of functions."""
    return frozenset(spot.code for spot in _spots(ast.parse(text), Scope(), None))


class _Source:
    """A text in which nodes of its tree can be replaced."""

    def __init__(self, text: str) -> None:
        # Columns of a tree count bytes.
        self._lines = text.encode().splitlines(keepends=True)

    def with_(self, node: ast.expr | ast.stmt, new: ast.AST) -> str:
        """The text with another node in the place of this one."""
        written = ast.unparse(new)
        if isinstance(node, ast.expr) and not isinstance(node, ast.Slice):
            written = f"({written})"
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head = self._lines[first][: node.col_offset]
        tail = self._lines[last][node.end_col_offset :]
        return b"".join([*self._lines[:first], head, written.encode(), tail, *self._lines[last + 1 :]]).decode()


def _edits(tree: ast.Module, source: _Source, given: Given) -> Iterator[Edit]:
    for spot in _spots(tree, Scope(), None):
        if spot.code in given:
            continue
        for operator, make in OPERATORS.items():
            for new in make(spot.node, spot.scope):
                before, after = spot.words(new)
                yield Edit(
                    operator,
                    spot.node.lineno,
                    spot.node.col_offset + 1,
                    before,
                    after,
                    spot.lines,
                    source.with_(spot.node, new),
                )


class _Spot:
    """A node that may be changed, with what it is part of, from the outermost expression or statement on."""

    def __init__(self, node: ast.expr | ast.stmt, scope: Scope, parts: tuple[ast.AST, ...]) -> None:
        self.node = node
        self.scope = scope
        self._parts = parts

    @property
    def lines(self) -> tuple[int, int]:
        """Of its statement; of a block's head the node's own."""
        whole = self.scope.statement
        shown = self.node if whole is None or isinstance(whole, _BLOCKS) else whole
        return shown.lineno, shown.end_lineno or shown.lineno

    @property
    def code(self) -> tuple[tuple[str, ...], str]:
        """Its statement, as `given` has it."""
        whole = self.scope.statement or self.node
        head = whole.args if isinstance(whole, _FUNCTIONS) else whole
        return self.scope.path, ast.unparse(head)

    def words(self, new: ast.AST) -> tuple[str, str]:
        """The code before and after, as much of it as tells something."""
        shown = next((part for part in (self.node, *reversed(self._parts)) if len(ast.unparse(part)) >= TELLING), None)
        shown = shown or (self._parts[0] if self._parts else self.node)
        return ast.unparse(shown), ast.unparse(_rebuilt(shown, self.node, new))


def _rebuilt(tree: ast.AST, node: ast.AST, new: ast.AST) -> ast.AST:
    """The tree with `new` for `node`; the tree itself stays as it is."""

    def part(value: object) -> object:
        if isinstance(value, list):
            return [part(each) for each in value]
        return _rebuilt(value, node, new) if isinstance(value, ast.AST) else value

    if tree is node:
        return new
    rebuilt = type(tree)(**{name: part(value) for name, value in ast.iter_fields(tree)})
    return ast.copy_location(rebuilt, tree)


def _spots(block: ast.AST, scope: Scope, owner: ast.ClassDef | None) -> Iterator[_Spot]:
    """What stands in a block; `owner` is the class whose body it is."""
    for statement in (each for part in _PARTS for each in getattr(block, part, ())):
        if isinstance(statement, _LEFT_ALONE) or _is_text(statement):
            continue
        here = scope.at(statement)
        match statement:
            case ast.FunctionDef(args=named) | ast.AsyncFunctionDef(args=named):
                for default in (*named.defaults, *filter(None, named.kw_defaults)):
                    yield from _of_expression(default, here, ())
                yield from _spots(statement, scope_of(statement, owner, scope), None)
            case ast.ClassDef(name):
                yield from _spots(statement, Scope((*scope.path, name)), statement)
            case _:
                # A block is never shown as a whole.
                shown = () if isinstance(statement, _BLOCKS) else (statement,)
                yield from (_Spot(each, here, ()) for each in shown)
                for head in _heads(statement):
                    yield from _of_expression(head, here, shown)
                yield from _spots(statement, scope, None)


def _heads(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement itself, not of what stands in it."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.withitem):
            yield child.context_expr
        elif isinstance(child, ast.expr):
            yield child


def _of_expression(node: ast.AST, scope: Scope, parts: tuple[ast.AST, ...]) -> Iterator[_Spot]:
    if isinstance(node, _LEFT_ALONE):
        return
    if isinstance(node, ast.expr):
        yield _Spot(node, scope, parts)
        parts = (*parts, node)
    for child in ast.iter_child_nodes(node):
        # What is called is no value; an attribute's owner is one.
        if isinstance(node, ast.Call) and child is node.func:
            if isinstance(child, ast.Attribute):
                yield from _of_expression(child.value, scope, (*parts, child))
        else:
            yield from _of_expression(child, scope, parts)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _meaning(code: CodeType) -> Hashable:
    """What a code does, without where it stands: equal numbers of other types are told apart."""
    constants = tuple(_meaning(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts)
    return code.co_name, code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars
