"""Mistakes of names: the value beside the right one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.checking.mutants.scopes import Scope


def other_value(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """Another value of the function, or another attribute of the object."""
    match node:
        case ast.Name(ctx=ast.Load()):
            yield from (ast.Name(name, ast.Load()) for name in scope.other_names(node))
        case ast.Attribute(value, name, ast.Load()) if name != "T":
            yield from (ast.Attribute(value, other, ast.Load()) for other in scope.other_attributes(node))


def results_swapped(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """The first two of several results in the other order."""
    match node:
        case ast.Return(ast.Tuple([first, second, *more], ctx)) if not isinstance(first, ast.Starred):
            yield ast.Return(ast.Tuple([second, first, *more], ctx))
