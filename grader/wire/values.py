"""Python values to what crosses, and back: exact types only, and arrays checked before a byte of them is touched."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.wire.messages import (
    Array,
    Big,
    Bytes,
    Complex,
    Function,
    Handle,
    Item,
    Map,
    Number,
    Seq,
    Tup,
    Value,
    WireError,
)

MAX_BODY = 64 << 20
MAX_DEPTH = 24
MAX_AXES = 16
MAX_PAIRS = 1000
MAX_BITS = 4000

# By kind and size: one-letter codes differ between platforms, and C has two names for a 64-bit integer.
DTYPES = {
    code: np.dtype(code)
    for code in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
}


class Body:
    """The arrays of a frame that is being written, or that was read."""

    def __init__(self, data: bytearray | memoryview | bytes = b"") -> None:
        self.data = data
        self.buffers: list[np.ndarray[Any, Any]] = []
        self.size = 0
        self._given: list[tuple[int, int]] = []

    def put(self, array: np.ndarray[Any, Any]) -> Array:
        """Adds an array of an allowed dtype."""
        flat = np.ascontiguousarray(array)
        at = self.size
        self.size += flat.nbytes
        if self.size > MAX_BODY:
            raise WireError(f"its arrays hold more than {MAX_BODY >> 20} MiB")
        self.buffers.append(flat)
        return Array(_code(array.dtype), array.shape, at)

    def get(self, item: Array) -> np.ndarray[Any, Any]:
        """A fresh, writable ndarray; raises WireError unless dtype, shape and place are sound."""
        dtype = DTYPES.get(item.dtype)
        if dtype is None or len(item.shape) > MAX_AXES or any(axis < 0 for axis in item.shape):
            raise WireError("an array with a dtype or a shape that cannot be")
        # An axis of length 0 must not hide another one of absurd length: NumPy multiplies them all.
        if math.prod(max(axis, 1) for axis in item.shape) > MAX_BODY:
            raise WireError("an array larger than a frame")
        count = math.prod(item.shape)
        end = item.at + count * dtype.itemsize
        if item.at < 0 or end > len(self.data):
            raise WireError("an array whose bytes are not in the frame")
        if count:
            self._give(item.at, end)
        array = np.frombuffer(self.data, dtype, count, item.at).reshape(item.shape)
        # NumPy takes a truth value for a byte of 0 or 1: any other is true and not true, and counts as many.
        if dtype.kind == "b" and array.view(np.uint8).max(initial=0) > 1:
            raise WireError("a truth value that is neither true nor false")
        return array if array.flags.behaved else array.copy()

    def _give(self, begin: int, end: int) -> None:
        # No two may claim the same bytes: what is done to one would be done to the other. In whatever order: they are
        # not read in the order in which they were written.
        at = bisect(self._given, (begin, end))
        if (at and self._given[at - 1][1] > begin) or (at < len(self._given) and self._given[at][0] < end):
            raise WireError("arrays that overlap")
        self._given.insert(at, (begin, end))

    def direct(self) -> Body:
        """This body as its reader will see it, without a socket in between."""
        return Body(b"".join(each.tobytes() for each in self.buffers))


def freeze(value: Any, body: Body, stay: Callable[[Any], Handle | Function], depth: int = 0) -> Value:
    """The value as it crosses. What is not plain goes to `stay`, which gives it a number. Raises WireError.

    Types are compared exactly: a subclass of float, str or ndarray may lie about itself, and is not plain.
    """
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 63 else _big(value)
    if kind is str:
        return value.encode("utf-8", "replace").decode()  # type: ignore[no-any-return]
    if kind is np.ndarray:
        return body.put(value) if _code(value.dtype) in DTYPES and value.dtype.isnative else stay(value)
    if depth >= MAX_DEPTH:
        raise WireError(f"it is nested more than {MAX_DEPTH} deep, or contains itself")
    if kind is list:
        return Seq(tuple(freeze(item, body, stay, depth + 1) for item in value))
    if kind is tuple:
        return Tup(tuple(freeze(item, body, stay, depth + 1) for item in value))
    if kind is dict:
        if len(value) > MAX_PAIRS:
            raise WireError(f"a dict in it has more than {MAX_PAIRS} entries")
        return Map(
            tuple(
                (freeze(key, body, stay, depth + 1), freeze(item, body, stay, depth + 1)) for key, item in value.items()
            )
        )
    if kind is bytes:
        return Bytes(value)
    if kind is complex:
        return Complex(value.real, value.imag)
    if kind in _SCALARS:
        return Number(_code(value.dtype), value.tobytes())
    return stay(value)


def _big(value: int) -> Big:
    if value.bit_length() > MAX_BITS:
        raise WireError(f"it holds an int of more than {MAX_BITS} bits")
    return Big(hex(value))


_SCALARS = {dtype.type for dtype in DTYPES.values()} | {np.longlong, np.ulonglong}


def _code(dtype: np.dtype[Any]) -> str:
    return dtype.str[1:]


def thaw(value: Value, body: Body, known: Callable[[Handle | Function], Any], depth: int = 0) -> Any:
    """The plain value again: exact builtins and exact ndarrays; `known` turns numbers into objects. Raises
    WireError."""
    if not isinstance(value, Item):
        return value
    if depth >= MAX_DEPTH + 1:
        raise WireError("a value nested too deep")
    match value:
        case Array():
            return body.get(value)
        case Seq():
            return [thaw(item, body, known, depth + 1) for item in value.items]
        case Tup():
            return tuple(thaw(item, body, known, depth + 1) for item in value.items)
        case Map():
            return _mapping(
                [(thaw(k, body, known, depth + 1), thaw(v, body, known, depth + 1)) for k, v in value.pairs]
            )
        case Number():
            dtype = DTYPES.get(value.dtype)
            if dtype is None or len(value.data) != dtype.itemsize:
                raise WireError("a number whose bytes do not fit its type")
            return np.frombuffer(value.data, dtype)[0]
        case Bytes():
            return value.data
        case Complex():
            return complex(value.real, value.imag)
        case Big():
            if len(value.hex) > len("-0x") + MAX_BITS // 4:
                raise WireError(f"an int of more than {MAX_BITS} bits")
            try:
                return int(value.hex, 16)
            except ValueError:
                raise WireError("an int that is none") from None
        case Handle() | Function():
            return known(value)
        case _:
            raise WireError("a value of no known kind")


def _mapping(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    # Numbers can be chosen so that their hashes collide, and a dict of them takes the square of its size in time.
    if len(pairs) > MAX_PAIRS:
        raise WireError(f"a dict of more than {MAX_PAIRS} entries")
    # Only these keys hash without running foreign code or raising.
    if any(type(key) not in (str, int, float, bool, bytes, type(None)) for key, _ in pairs):
        raise WireError("a dict whose keys are not plain")
    return dict(pairs)
