"""Mistakes of state: what is not kept, kept for ever, or not cleared."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.checking.mutants.scopes import Scope


def left_out(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """A statement forgotten, where the function does not break at once without it."""
    match node:
        case ast.AugAssign() | ast.Expr(ast.Call()) | ast.Break() | ast.Continue():
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Assign([ast.Name(name)]) if scope.names.get(name, node.lineno) < node.lineno:
            yield ast.Pass()


def made_once(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """An attribute is set by the first call, and stale ever after. A constructor has but one call."""
    match node:
        case ast.Assign([ast.Attribute(owner, name)], value) if "__init__" not in scope.path and not isinstance(
            value, ast.Constant
        ):
            # Kept in a place of its own, since most attributes have a value from the start.
            kept = ast.Attribute(ast.Call(ast.Name("vars", ast.Load()), [owner], []), "setdefault", ast.Load())
            yield ast.Assign(node.targets, ast.Call(kept, [ast.Constant(f"first {name}"), value], []), lineno=0)


def not_added_up(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """The last value for the sum of all."""
    match node:
        case ast.AugAssign(target, ast.Add() | ast.Sub(), value):
            yield ast.Assign([target], value, lineno=0)
