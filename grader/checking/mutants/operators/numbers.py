"""Mistakes of numbers that stand in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.checking.mutants.scopes import Scope

# What is smaller than this keeps a division from failing: a test must meet values as small to see it.
SMALL = 1e-3


def constant(node: ast.AST, _scope: Scope) -> Iterator[ast.AST]:
    """0 for 1, 2 for 1, the number beside it, half of it; without the small number that avoids a division by 0."""
    if isinstance(node, ast.Constant):
        yield from (ast.Constant(other) for other in _others(node.value))


def _others(value: object) -> tuple[bool | int | float, ...]:
    match value:
        case bool():
            return (not value,)
        case int():
            return (1,) if value == 0 else (value - 1, value + 1)
        case float() if value == 0:
            return (0.5, 1.0)
        case float() if value == 1:
            return (0.0, 2.0)
        case float():
            return (0.0, value * 1e3) if abs(value) < SMALL else (value / 2,)
    return ()
