"""Mistakes by one: where a range ends, where a slice begins, how large an array is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.checking.mutants.operators.trees import one_less, one_more, with_argument
from grader.checking.mutants.scopes import Scope

_SIZED = {"zeros", "ones", "empty", "full", "arange", "linspace", "eye", "pad"}


def off_by_one(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Numbers themselves are left to `numbers.constant`."""
    match node:
        case ast.Call(ast.Name("range"), args):
            for position, bound in enumerate(args):
                if not _is_number(bound):
                    yield with_argument(node, position, one_more(bound))
                    yield with_argument(node, position, one_less(bound))
        case ast.Call(ast.Attribute(_, name), [size, *_]) if name in _SIZED:
            yield from (with_argument(node, 0, other) for other in _larger(size))
        case ast.Slice(lower, upper, step):
            if lower and not _is_number(lower):
                yield ast.Slice(one_more(lower), upper, step)
            if upper and not _is_number(upper):
                yield ast.Slice(lower, one_less(upper), step)


def _larger(size: ast.expr) -> Iterator[ast.expr]:
    """The size with one more along each axis that is no plain number."""
    match size:
        case ast.Tuple(axes):
            for position, axis in enumerate(axes):
                if not _is_number(axis):
                    yield ast.Tuple([*axes[:position], one_more(axis), *axes[position + 1 :]], ast.Load())
        case ast.Name() | ast.Attribute() | ast.BinOp():
            yield one_more(size)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)
