"""Mistakes of sums, products and comparisons."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.checking.mutants.scopes import Scope

_SIGNS: dict[type, type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_FACTORS: dict[type, tuple[type[ast.operator], ...]] = {
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.MatMult: (ast.Mult,),
}
_COMPARISONS: dict[type, tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}


def sign(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """+ for -, - for +, and a minus forgotten."""
    match node:
        case ast.BinOp(left, op, right) if type(op) in _SIGNS:
            yield ast.BinOp(left, _SIGNS[type(op)](), right)
        case ast.AugAssign(target, op, value) if type(op) in _SIGNS:
            yield ast.AugAssign(target, _SIGNS[type(op)](), value)
        case ast.UnaryOp(ast.USub(), operand):
            yield operand


def factor(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Divided for multiplied, and back; entry by entry for a matrix product."""
    match node:
        case ast.BinOp(left, op, right):
            yield from (ast.BinOp(left, other(), right) for other in _FACTORS.get(type(op), ()))
        case ast.AugAssign(target, op, value):
            yield from (ast.AugAssign(target, other(), value) for other in _FACTORS.get(type(op), ()))


def power(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """Times for to the power of."""
    match node:
        case ast.BinOp(left, ast.Pow(), right):
            yield ast.BinOp(left, ast.Mult(), right)


def dropped_operand(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """One operand alone."""
    match node:
        case ast.BinOp(left, ast.Sub(), right):
            yield left
            yield ast.UnaryOp(ast.USub(), right)
        case ast.BinOp(left, ast.Add() | ast.Mult() | ast.MatMult(), right):
            yield left
            yield right
        case ast.BinOp(left, ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow(), _):
            yield left


def operands_swapped(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """b - a for a - b, where the order counts."""
    match node:
        case ast.BinOp(left, ast.Sub() | ast.Div() | ast.MatMult() | ast.Pow() as op, right):
            yield ast.BinOp(right, op, left)


def comparison(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """With or without the border, and the other way round."""
    match node:
        case ast.Compare(left, [op], right):
            yield from (ast.Compare(left, [other()], right) for other in _COMPARISONS.get(type(op), ()))


def condition(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """`not` forgotten or too many, `and` for `or`."""
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BoolOp(op, parts):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), parts)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Name() | ast.Attribute() as flag if _is_asked(flag, _scope):
            yield ast.UnaryOp(ast.Not(), flag)


def _is_asked(flag: ast.AST, scope: Scope) -> bool:
    """Whether the statement at hand asks this very value whether to go on."""
    return isinstance(scope.statement, ast.If | ast.While) and scope.statement.test is flag
