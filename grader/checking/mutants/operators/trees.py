"""Calls, taken apart and put together again without touching the tree that they stand in."""

from __future__ import annotations

import ast


def keyword_of(call: ast.Call, name: str) -> ast.keyword | None:
    """The argument of that name."""
    return next((each for each in call.keywords if each.arg == name), None)


def with_keyword(call: ast.Call, name: str, value: ast.expr) -> ast.Call:
    """The call with another value for an argument that it has."""
    keywords = [ast.keyword(each.arg, value if each.arg == name else each.value) for each in call.keywords]
    return ast.Call(call.func, call.args, keywords)


def without_keyword(call: ast.Call, name: str) -> ast.Call:
    """The call without that argument."""
    return ast.Call(call.func, call.args, [each for each in call.keywords if each.arg != name])


def with_argument(call: ast.Call, position: int, value: ast.expr) -> ast.Call:
    """The call with another value at that position."""
    return ast.Call(call.func, [*call.args[:position], value, *call.args[position + 1 :]], call.keywords)


def one_more(node: ast.expr) -> ast.expr:
    """node + 1, or the next number."""
    match node:
        case ast.Constant(int() as number):
            return ast.Constant(number + 1)
    return ast.BinOp(node, ast.Add(), ast.Constant(1))


def one_less(node: ast.expr) -> ast.expr:
    """node - 1, or the number before."""
    match node:
        case ast.Constant(int() as number):
            return ast.Constant(number - 1)
    return ast.BinOp(node, ast.Sub(), ast.Constant(1))
