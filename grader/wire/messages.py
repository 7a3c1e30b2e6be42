"""What may be said: the plain values as they cross, and the messages that carry them, each with its limits.

Structure alone. A limit that stands here holds whoever wrote the frame, since decoding checks it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

MAX_TEXT = 400
MAX_FRAMES = 8
MAX_NEAR = 2

# Texts that a page may show: longer ones are no part of the language, whoever wrote the frame.
Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]


class WireError(Exception):
    """A frame or a value that the language does not have. From the candidate it ends its test, never ours."""


class Item(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    pass


class Seq(Item, frozen=True, tag="l"):
    """A list."""

    items: tuple[Value, ...]


class Tup(Item, frozen=True, tag="t"):
    """A tuple."""

    items: tuple[Value, ...]


class Map(Item, frozen=True, tag="m"):
    """A dict, as pairs."""

    pairs: tuple[tuple[Value, Value], ...]


class Array(Item, frozen=True, tag="a"):
    """An ndarray: a code of `DTYPES`, its shape, and where its bytes start in the body (C order, native)."""

    dtype: str
    shape: tuple[int, ...]
    at: int


class Number(Item, frozen=True, tag="n"):
    """A NumPy scalar: a code of `DTYPES` and its bytes."""

    dtype: str
    data: bytes


class Bytes(Item, frozen=True, tag="b"):
    """A Python bytes."""

    data: bytes


class Complex(Item, frozen=True, tag="c"):
    """A Python complex."""

    real: float
    imag: float


class Big(Item, frozen=True, tag="i"):
    """An int beyond 64 bits, in hexadecimal."""

    hex: str


class Handle(Item, frozen=True, tag="h"):
    """An object that stays on the candidate's side, by number; `type_name` is text for people."""

    id: int
    type_name: Name = ""


class Function(Item, frozen=True, tag="f"):
    """A function of the examiner's side that the candidate may call back, by number."""

    id: int


Value = None | bool | int | float | str | Seq | Tup | Map | Array | Number | Bytes | Complex | Big | Handle | Function


class Frame(Item, frozen=True):
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


class Look(_Message, frozen=True, tag="look"):
    """The answer of that key in the hand-in's answer file."""

    key: str


class Set(_Message, frozen=True, tag="set"):
    """setattr(target, name, value)."""

    target: int
    name: str
    value: Value


class Call(_Message, frozen=True, tag="call"):
    """target(*args, **kwargs), or with a `name` target.name(*args, **kwargs); from the candidate, target is a
    `Function`'s number."""

    target: int
    args: tuple[Value, ...] = ()
    kwargs: dict[str, Value] = {}
    name: str = ""


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
    """Import one module of the hand-in, or read its answer file; answered by Return or Raised.

    Of a notebook those cells run that hold one of the `markers` or define one of the `names`, and what these need.
    """

    module: str
    markers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Begin(_Message, frozen=True, tag="begin"):
    """Begin a test, with the global generators seeded: on `control` in a fork, whose channel comes with the message as
    a descriptor; on such a channel, in the process that is there."""

    cpu_seconds: int
    seed: int


class End(_Message, frozen=True, tag="end"):
    """End the process of the latest test and say how it ended."""


class Ended(_Message, frozen=True, tag="ended"):
    """How a test's process ended, by the candidate's own word: `status` as of os.waitpid, `cpu_seconds` used."""

    status: Annotated[int, Meta(ge=0, le=0xFFFF)]
    cpu_seconds: Annotated[float, Meta(ge=0)]


Operation = Get | Look | Set | Call | Index | SetIndex | Iterate | Length | Seed
Answer = Return | Raised | Missing | NotImported | Unsendable
Message = Operation | Answer | Load | Import | Begin | End | Ended
