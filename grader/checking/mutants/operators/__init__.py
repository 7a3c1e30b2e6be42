"""What goes wrong in numeric code, as edits of a syntax tree: each operator takes one node and gives what may stand in
its place.

Operators know syntax alone. They run nothing, and what they give need not work: a mutant that breaks is caught at once.
"""

import ast
from collections.abc import Callable, Iterator

from grader.checking.mutants.operators import arithmetic, arrays, bounds, calls, numbers, statements, values
from grader.checking.mutants.scopes import Scope

Operator = Callable[[ast.AST, Scope], Iterator[ast.AST]]

OPERATORS: dict[str, Operator] = {
    "sign": arithmetic.sign,
    "factor": arithmetic.factor,
    "power": arithmetic.power,
    "dropped operand": arithmetic.dropped_operand,
    "operands swapped": arithmetic.operands_swapped,
    "comparison": arithmetic.comparison,
    "condition": arithmetic.condition,
    "axis": arrays.axis,
    "keepdims": arrays.keepdims,
    "other function": arrays.other_function,
    "transposed": arrays.transposed,
    "subscripts": arrays.subscripts,
    "constant": numbers.constant,
    "off by one": bounds.off_by_one,
    "other value": values.other_value,
    "arguments swapped": calls.arguments_swapped,
    "argument left out": calls.argument_left_out,
    "call left out": calls.call_left_out,
    "order of results": values.results_swapped,
    "statement left out": statements.left_out,
    "made once": statements.made_once,
    "not added up": statements.not_added_up,
}
