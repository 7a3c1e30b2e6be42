"""The language between examiner and candidate: typed messages, and the plain values that may cross.

A frame is two big-endian lengths (u32 header, u32 body), a header (MessagePack, one `Message`) and a body (the raw
bytes of the arrays that the header names). The header is small and typed, so what a hostile peer can make us build is
bounded before anything is built; an array's dtype, shape and place are checked before its bytes are touched. Both
ends use this file, and neither trusts the other: the candidate's answers are data, never instructions. No pickle,
ever.
"""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

MAX_HEADER = 1 << 20
MAX_BODY = 64 << 20
MAX_DEPTH = 24
MAX_AXES = 16
MAX_TEXT = 400
MAX_FRAMES = 8
MAX_NEAR = 2
MAX_PAIRS = 1000
# By kind and size: one-letter codes differ between platforms, and C has two names for a 64-bit integer.
DTYPES = {
    code: np.dtype(code)
    for code in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
}
_LENGTHS = struct.Struct(">II")


# Texts that a page may show: longer ones are no part of the language, whoever wrote the frame.
Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]


class WireError(Exception):
    """A frame or a value that the language does not have. From the candidate it ends its test, never ours."""


class _Item(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    pass


class Seq(_Item, frozen=True, tag="l"):
    """A list."""

    items: tuple[Value, ...]


class Tup(_Item, frozen=True, tag="t"):
    """A tuple."""

    items: tuple[Value, ...]


class Map(_Item, frozen=True, tag="m"):
    """A dict, as pairs."""

    pairs: tuple[tuple[Value, Value], ...]


class Array(_Item, frozen=True, tag="a"):
    """An ndarray: a code of `DTYPES`, its shape, and where its bytes start in the body (C order, native)."""

    dtype: str
    shape: tuple[int, ...]
    at: int


class Number(_Item, frozen=True, tag="n"):
    """A NumPy scalar: a code of `DTYPES` and its bytes."""

    dtype: str
    data: bytes


class Bytes(_Item, frozen=True, tag="b"):
    """A Python bytes."""

    data: bytes


class Complex(_Item, frozen=True, tag="c"):
    """A Python complex."""

    real: float
    imag: float


class Big(_Item, frozen=True, tag="i"):
    """An int beyond 64 bits, in hexadecimal."""

    hex: str


class Handle(_Item, frozen=True, tag="h"):
    """An object that stays on the candidate's side, by number; `type_name` is text for people."""

    id: int
    type_name: Name = ""


class Function(_Item, frozen=True, tag="f"):
    """A function of the examiner's side that the candidate may call back, by number."""

    id: int


Value = None | bool | int | float | str | Seq | Tup | Map | Array | Number | Bytes | Complex | Big | Handle | Function


class Frame(_Item, frozen=True):
    """A line of the student's own code that an exception went through."""

    file: Name
    line: int
    function: Name
    code: Name


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    pass


class Get(_Message, frozen=True, tag="get"):
    """getattr(target, name); target 0 is the hand-in itself."""

    target: int
    name: str


class Set(_Message, frozen=True, tag="set"):
    """setattr(target, name, value)."""

    target: int
    name: str
    value: Value


class Call(_Message, frozen=True, tag="call"):
    """target(*args, **kwargs); from the candidate, target is a `Function`'s number."""

    target: int
    args: tuple[Value, ...] = ()
    kwargs: dict[str, Value] = {}


class Index(_Message, frozen=True, tag="index"):
    """target[key]."""

    target: int
    key: Value


class SetIndex(_Message, frozen=True, tag="setindex"):
    """target[key] = value."""

    target: int
    key: Value
    value: Value


class Iterate(_Message, frozen=True, tag="iterate"):
    """The target's items as one list, at most `most` of them."""

    target: int
    most: int


class Length(_Message, frozen=True, tag="length"):
    """len(target)."""

    target: int


class Seed(_Message, frozen=True, tag="seed"):
    """Seeds NumPy's and Python's global generators."""

    seed: int


class Release(_Message, frozen=True, tag="release"):
    """The examiner no longer needs these objects."""

    targets: tuple[int, ...]


class Return(_Message, frozen=True, tag="return"):
    """The operation's result."""

    value: Value = None


class Raised(_Message, frozen=True, tag="raised"):
    """The operation raised. `base` is the nearest builtin exception's name; all texts are the student's own."""

    type: Name
    base: Name
    text: Text
    frames: Annotated[tuple[Frame, ...], Meta(max_length=MAX_FRAMES)] = ()


class Missing(_Message, frozen=True, tag="missing"):
    """There is no such attribute; `near` are names that look like it."""

    name: Name
    owner: Name
    near: Annotated[tuple[Name, ...], Meta(max_length=MAX_NEAR)] = ()


class NotImported(_Message, frozen=True, tag="notimported"):
    """The name may stand in a module that did not import, for this reason."""

    module: Name
    error: Raised


class Unsendable(_Message, frozen=True, tag="unsendable"):
    """The result cannot cross: too large, too deep, or it contains itself."""

    reason: Text


class Load(_Message, frozen=True, tag="load"):
    """The hand-in's files (name, bytes as a uint8 array) and the folders of it that are importable."""

    files: tuple[tuple[str, Array], ...]
    path: tuple[str, ...]


class Import(_Message, frozen=True, tag="import"):
    """Import one module of the hand-in; answered by Return or Raised."""

    module: str


class Begin(_Message, frozen=True, tag="begin"):
    """Fork for one test, with the global generators seeded; the new channel comes with the message as a descriptor."""

    cpu_seconds: int
    seed: int


class End(_Message, frozen=True, tag="end"):
    """End the test's process and say how it ended."""


class Ended(_Message, frozen=True, tag="ended"):
    """How a test's process ended, by the candidate's own word: `status` as of os.waitpid, `cpu_seconds` used."""

    status: Annotated[int, Meta(ge=0, le=0xFFFF)]
    cpu_seconds: Annotated[float, Meta(ge=0)]


Operation = Get | Set | Call | Index | SetIndex | Iterate | Length | Seed | Release
Answer = Return | Raised | Missing | NotImported | Unsendable
Message = Operation | Answer | Load | Import | Begin | End | Ended

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


class Body:
    """The arrays of a frame that is being written, or that was read."""

    def __init__(self, data: bytearray | bytes = b"") -> None:
        self.data = data
        self.buffers: list[np.ndarray[Any, Any]] = []
        self.size = 0
        self._given = 0

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
        if item.at < 0 or item.at + count * dtype.itemsize > len(self.data):
            raise WireError("an array whose bytes are not in the frame")
        # A thousand arrays may claim the same bytes: each would be a copy.
        self._given += count * dtype.itemsize
        if self._given > MAX_BODY:
            raise WireError("arrays that overlap")
        return np.frombuffer(self.data, dtype, count, item.at).reshape(item.shape).copy()

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
        return value if -(1 << 63) <= value < 1 << 63 else Big(hex(value))
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


_SCALARS = {dtype.type for dtype in DTYPES.values()} | {np.longlong, np.ulonglong}


def _code(dtype: np.dtype[Any]) -> str:
    return dtype.str[1:]


def thaw(value: Value, body: Body, known: Callable[[Handle | Function], Any], depth: int = 0) -> Any:
    """The plain value again: exact builtins and exact ndarrays; `known` turns numbers into objects. Raises
    WireError."""
    if not isinstance(value, _Item):
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
            if len(value.hex) > 1000:
                raise WireError("an int of more than 1,000 digits")
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


def frame(message: Message, body: Body | None = None) -> list[memoryview]:
    """The bytes of one frame, in parts. Raises WireError when it is larger than the other end takes."""
    header = _encode(message)
    if len(header) > MAX_HEADER:
        raise WireError(f"without its arrays it takes more than {MAX_HEADER >> 10} KiB")
    arrays = [each.data.cast("B") for each in body.buffers if each.size] if body else []
    return [memoryview(_LENGTHS.pack(len(header), body.size if body else 0) + header), *arrays]


def sent(parts: list[memoryview], count: int) -> None:
    """Removes the first `count` bytes of the parts."""
    while count:
        if count < len(parts[0]):
            parts[0] = parts[0][count:]
            return
        count -= len(parts.pop(0))


def send(channel: socket.socket, message: Message, body: Body | None = None) -> None:
    """Writes one frame to a blocking socket. Raises WireError, or OSError when the other end is gone."""
    parts = frame(message, body)
    while parts:
        sent(parts, channel.sendmsg(parts[:64]))


Receive = Callable[[int], bytearray]


def receive(take: Receive) -> tuple[Message, Body]:
    """Reads one frame by `take(n)`, which gives exactly n bytes. Raises WireError on what is not of this language."""
    header_size, body_size = _LENGTHS.unpack(take(_LENGTHS.size))
    if header_size > MAX_HEADER or body_size > MAX_BODY:
        raise WireError("a frame larger than the language allows")
    header = take(header_size)
    body = take(body_size)
    try:
        return _decode(header), Body(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"a frame that does not parse: {error}") from None


def take_from(channel: socket.socket) -> Receive:
    """The `take` of a blocking socket; EOFError when the other end is gone."""

    def take(count: int) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            got = channel.recv_into(view, 0, socket.MSG_WAITALL)
            if not got:
                raise EOFError
            view = view[got:]
        return data

    return take
