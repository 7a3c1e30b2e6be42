"""What a value is, before its numbers: its type, its dtype, its length."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from grader.hints.pair import Numbers
from grader.hints.shapes import bare_shape, compare_shapes, reduction
from grader.report import Hint, Scalar

# Relations in larger arrays are not looked for: a hint may cost a grading a part of a second.
_MOST_ENTRIES: Final = 2**19
_EXACT_IN_FLOAT: Final = 2**53
_TYPE_NAME_CHARACTERS: Final = 60
_WORDS: Final = {
    type(None): "None",
    bool: "True or False",
    np.bool_: "True or False",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
    str: "text",
    bytes: "bytes",
    np.ndarray: "an ndarray",
}
_DTYPE_CAUSES: Final = {
    "b": "It holds True and False; convert it with `.astype`.",
    "i": "It holds whole numbers, which cut every fraction off. Check the dtype where the array is made.",
    "u": "It holds whole numbers, which cut every fraction off. Check the dtype where the array is made.",
    "f": "Check the dtype where the array is made, and every `astype`.",
    "c": "It holds complex numbers. Is there a root or a power of a negative number?",
}
_DTYPE_CAUSE: Final = "It does not hold numbers. Was it made of rows of different lengths, or of text?"

Array = np.ndarray[Any, np.dtype[Any]]
Form = tuple[tuple[Hint, ...], tuple[Numbers, Numbers] | None]


def compare_form(name: str, got: object, expected: object, rtol: float, atol: float) -> Form:
    """The hints about form, and the numbers to look at further: (got, expected) as float64 of one shape, or None."""
    if got is None and expected is not None:
        return (Hint("none", f"`{name}` is None. Is a `return` or an assignment missing?"),), None
    if _word(got) != _word(expected):
        return (_of_type(name, got, expected, rtol, atol),), None
    if isinstance(got, np.ndarray) and isinstance(expected, np.ndarray):
        return _compare_arrays(name, got, expected, rtol, atol)
    if isinstance(got, list | tuple) and isinstance(expected, list | tuple) and len(got) != len(expected):
        params: dict[str, Scalar] = {"got": len(got), "expected": len(expected)}
        return (Hint("length", f"`{name}` has {len(got)} items, where {len(expected)} belong.", params),), None
    one, other = _as_float(got), _as_float(expected)
    if one is None or other is None:
        return (), None
    return (), (np.array(one), np.array(other))


def _compare_arrays(name: str, got: Array, expected: Array, rtol: float, atol: float) -> Form:
    dtype = () if got.dtype == expected.dtype else (_of_dtype(name, got.dtype, expected.dtype),)
    if not (_has_numbers(got) and _has_numbers(expected)):
        bare = () if got.shape == expected.shape else (bare_shape(name, got.shape, expected.shape),)
        return (*bare, *dtype), None
    ours, theirs = got.astype(np.float64), expected.astype(np.float64)
    if got.shape == expected.shape:
        return dtype, (ours, theirs)
    shape, laid_out = compare_shapes(name, ours, theirs, rtol, atol)
    return (shape, *dtype), None if laid_out is None else (laid_out, theirs)


def _has_numbers(array: Array) -> bool:
    return array.dtype.kind in "biuf" and 0 < array.size <= _MOST_ENTRIES


def _as_float(value: object) -> float | None:
    """A single real number, unless it is an int that a float cannot hold."""
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and abs(int(value)) <= _EXACT_IN_FLOAT:
        return float(value)
    return None


def _word(value: object) -> str:
    """What the value is, in a word or two: the same word is the same type, as the comparison sees it."""
    type_name = getattr(value, "type_name", None)
    if isinstance(type_name, str):
        # The student's class may have any name.
        printable = "".join(character for character in type_name if character.isprintable() and character != "`")
        return f"a `{printable[:_TYPE_NAME_CHARACTERS]}`"
    if type(value) in _WORDS:
        return _WORDS[type(value)]
    if isinstance(value, int | float | complex | np.number):
        return "a single number"
    return f"a `{type(value).__name__}`"


def _of_type(name: str, got: object, expected: object, rtol: float, atol: float) -> Hint:
    was, belongs = _word(got), _word(expected)
    cause = ""
    if isinstance(expected, np.ndarray):
        cause = _cause_of_no_array(got, expected, rtol, atol)
    elif isinstance(got, np.ndarray) and belongs == "a single number":
        cause = " Sum it up, or take its only entry."
    params: dict[str, Scalar] = {"got": _without_article(was), "expected": _without_article(belongs)}
    return Hint("type", f"`{name}` is {was}, where {belongs} belongs.{cause}", params)


def _cause_of_no_array(got: object, expected: Array, rtol: float, atol: float) -> str:
    if isinstance(got, list):
        return " Make it one with `np.array`."
    if isinstance(got, tuple):
        return " Does the `return` give more than one thing?"
    number = _as_float(got)
    if number is None or not _has_numbers(expected):
        return ""
    how = reduction(np.array(number), expected.astype(np.float64), None, rtol, atol)
    return f" It is the {how} of what belongs there: keep each entry." if how else " Is there a sum or mean too many?"


def _without_article(word: str) -> str:
    return word.removeprefix("a ").removeprefix("an ").strip("`")


def _of_dtype(name: str, got: np.dtype[Any], expected: np.dtype[Any]) -> Hint:
    cause = _DTYPE_CAUSES.get(got.kind, _DTYPE_CAUSE)
    params: dict[str, Scalar] = {"got": str(got), "expected": str(expected)}
    return Hint("dtype", f"`{name}` has dtype {got}, where {expected} belongs. {cause}", params)
