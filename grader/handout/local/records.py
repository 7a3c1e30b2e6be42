"""Ships as `msgspec.py`: the part of msgspec that the grader's records need, in plain Python.

A `Struct` is a dataclass here. Nothing is validated and nothing is decoded: what the local autograder reads was written
by the builder, and no record of it crosses a wall.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
from functools import partial
from types import SimpleNamespace
from typing import Any

structs = SimpleNamespace(replace=dataclasses.replace)
to_builtins = dataclasses.asdict


class Struct:
    """A record with the fields that its class annotates, in order."""

    def __init_subclass__(cls, *, frozen: bool = False, **_wire_options: Any) -> None:
        super().__init_subclass__()
        for name in inspect.get_annotations(cls):
            default = cls.__dict__.get(name)
            if isinstance(default, dict | list | set):
                # Each record gets its own, as msgspec does it.
                setattr(cls, name, dataclasses.field(default_factory=partial(copy.copy, default)))
        dataclasses.dataclass(frozen=frozen)(cls)


def field(*, name: str = "", default: Any = dataclasses.MISSING) -> Any:
    """A field; its `name` in a file plays no part here."""
    del name
    return dataclasses.field(default=default)


class Meta:
    """A limit that decoding checks elsewhere."""

    def __init__(self, **_limits: Any) -> None:
        pass


class _Codec:
    """Made when the modules that speak over sockets are loaded, and never used here."""

    def __init__(self, *_types: Any) -> None:
        pass

    def encode(self, _value: Any) -> bytes:
        raise NotImplementedError("the local autograder speaks over no socket")

    def decode(self, _data: Any) -> Any:
        raise NotImplementedError("the local autograder speaks over no socket")


msgpack = SimpleNamespace(Encoder=_Codec, Decoder=_Codec)
