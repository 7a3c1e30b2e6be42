"""Plain values as JSON and the bytes of their arrays, and back: what scenarios returned, in files without code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_AS_THEY_ARE = (type(None), bool, int, float, str)


def to_json(value: Any, data: bytearray) -> Any:
    """The value as JSON; the bytes of its arrays are appended to `data`. Raises TypeError for what is not plain."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is list:
        return [to_json(each, data) for each in value]
    if kind is tuple:
        return {"tuple": [to_json(each, data) for each in value]}
    if kind is dict:
        return {"dict": [[to_json(key, data), to_json(each, data)] for key, each in value.items()]}
    if kind is np.ndarray:
        at = len(data)
        data += value.tobytes()
        return {"array": [value.dtype.str, list(value.shape), at]}
    if isinstance(value, np.generic):
        return {"number": [value.dtype.str, value.tobytes().hex()]}
    if kind is bytes:
        return {"bytes": value.hex()}
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    raise TypeError(f"a {kind.__name__} cannot be stored")


def from_json(stored: Any, data: bytes) -> Any:
    """The value again; its arrays are read-only."""
    if isinstance(stored, list):
        return [from_json(each, data) for each in stored]
    if not isinstance(stored, dict):
        return stored
    ((kind, held),) = stored.items()
    match kind:
        case "tuple":
            return tuple(from_json(each, data) for each in held)
        case "dict":
            return {from_json(key, data): from_json(each, data) for key, each in held}
        case "array":
            dtype, shape, at = held
            return np.frombuffer(data, dtype, math.prod(shape), at).reshape(shape)
        case "number":
            dtype, bits = held
            return np.frombuffer(bytes.fromhex(bits), dtype)[0]
        case "bytes":
            return bytes.fromhex(held)
        case "complex":
            return complex(*held)
        case _:
            raise ValueError(f"{kind!r} is no kind of stored value")
