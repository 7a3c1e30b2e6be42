"""Mistakes of array code: the axis, the shape, the function next to the right one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.checking.mutants.operators.trees import keyword_of, with_keyword, without_keyword
from grader.checking.mutants.scopes import Scope

# Each is taken for the other.
_PAIRS = (
    ("sum", "mean"),
    ("max", "min"),
    ("amax", "amin"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("var", "std"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("exp", "log"),
    ("sin", "cos"),
    ("any", "all"),
    ("floor", "ceil"),
    ("dot", "multiply"),
    ("hstack", "vstack"),
    ("outer", "multiply"),
    ("shuffle", "permutation"),
)
OTHERS = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_EINSUM = re.compile(r"[A-Za-z]+(,[A-Za-z]+)*->[A-Za-z]*")


def axis(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Another axis, one axis of several, or none said."""
    if not isinstance(node, ast.Call) or not (given := keyword_of(node, "axis")):
        return
    match given.value:
        case ast.Constant(int() as number):
            other = {0: 1, 1: 0}.get(number, number - 1)
            yield with_keyword(node, "axis", ast.Constant(other))
        case ast.UnaryOp(ast.USub(), ast.Constant(int() as number)):
            yield with_keyword(node, "axis", ast.Constant(0 if number == 1 else 1 - number))
        case ast.Tuple(axes) if len(axes) > 1:
            for left_out in range(len(axes)):
                kept: list[ast.expr] = [*axes[:left_out], *axes[left_out + 1 :]]
                yield with_keyword(node, "axis", kept[0] if len(kept) == 1 else ast.Tuple(kept, ast.Load()))
    yield without_keyword(node, "axis")


def keepdims(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """An axis that was to be kept is lost."""
    if isinstance(node, ast.Call) and keyword_of(node, "keepdims"):
        yield without_keyword(node, "keepdims")


def other_function(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """mean for sum, exp for log, and their like."""
    match node:
        case ast.Call(ast.Attribute(value, name), args, keywords) if name in OTHERS:
            yield ast.Call(ast.Attribute(value, OTHERS[name], ast.Load()), args, keywords)
        case ast.Call(ast.Name("max" | "min" as name), args, keywords):
            yield ast.Call(ast.Name(OTHERS[name], ast.Load()), args, keywords)


def transposed(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """`.T` forgotten, or one too many in a product."""
    match node:
        case ast.Attribute(value, "T"):
            yield value
        case ast.BinOp(left, ast.MatMult(), right):
            if not _is_transposed(left):
                yield ast.BinOp(_transposed(left), ast.MatMult(), right)
            if not _is_transposed(right):
                yield ast.BinOp(left, ast.MatMult(), _transposed(right))


def subscripts(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Two letters of an `einsum` exchanged, in the result and in the first operand."""
    match node:
        case ast.Constant(str() as text) if _EINSUM.fullmatch(text):
            given, result = text.split("->")
            first, *others = given.split(",")
            if len(result) > 1:
                yield ast.Constant(f"{given}->{_exchanged(result)}")
            if len(first) > 1:
                yield ast.Constant(f"{','.join([_exchanged(first), *others])}->{result}")


def _exchanged(letters: str) -> str:
    return letters[:-2] + letters[:-3:-1]


def _is_transposed(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def _transposed(node: ast.expr) -> ast.Attribute:
    return ast.Attribute(node, "T", ast.Load())
