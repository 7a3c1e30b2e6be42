"""Mistakes of calls: arguments in the wrong order or forgotten, and the call itself forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.checking.mutants.operators.trees import without_keyword
from grader.checking.mutants.scopes import Scope

_LEFT_TO_OTHERS = ("axis", "keepdims")


def arguments_swapped(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Two neighbours in each other's place."""
    if not isinstance(node, ast.Call) or any(isinstance(each, ast.Starred) for each in node.args):
        return
    for at in range(len(node.args) - 1):
        swapped = [*node.args[:at], node.args[at + 1], node.args[at], *node.args[at + 2 :]]
        yield ast.Call(node.func, swapped, node.keywords)


def argument_left_out(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """An argument with a name is left to its default."""
    if isinstance(node, ast.Call):
        names = [each.arg for each in node.keywords if each.arg and each.arg not in _LEFT_TO_OTHERS]
        yield from (without_keyword(node, name) for name in names)


def call_left_out(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """f(x) is taken for x: a root, a sign, an order forgotten."""
    match node:
        case ast.Call(ast.Name() | ast.Attribute(), [only]) if not isinstance(only, ast.Starred | ast.GeneratorExp):
            yield only
