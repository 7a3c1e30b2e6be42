"""Plain values as JSON and a list of arrays, and back: what a scenario returned, kept in files that hold no code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_AS_THEY_ARE = (type(None), bool, int, float, str)


def to_json(value: Any, arrays: list[Array]) -> Any:
    """The value as JSON; its arrays are appended to `arrays`. Raises TypeError for what is not plain."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is list:
        return [to_json(each, arrays) for each in value]
    if kind is tuple:
        return {"tuple": [to_json(each, arrays) for each in value]}
    if kind is dict:
        return {"dict": [[to_json(key, arrays), to_json(each, arrays)] for key, each in value.items()]}
    if kind is np.ndarray:
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, np.generic):
        return {"number": [value.dtype.str, value.tobytes().hex()]}
    if kind is bytes:
        return {"bytes": value.hex()}
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    raise TypeError(f"a {kind.__name__} cannot be stored")


def from_json(stored: Any, arrays: Sequence[Array]) -> Any:
    """The value again; arrays are those of `arrays`, not copies."""
    if isinstance(stored, list):
        return [from_json(each, arrays) for each in stored]
    if not isinstance(stored, dict):
        return stored
    ((kind, held),) = stored.items()
    match kind:
        case "tuple":
            return tuple(from_json(each, arrays) for each in held)
        case "dict":
            return {from_json(key, arrays): from_json(each, arrays) for key, each in held}
        case "array":
            return arrays[held]
        case "number":
            dtype, data = held
            return np.frombuffer(bytes.fromhex(data), dtype)[0]
        case "bytes":
            return bytes.fromhex(held)
        case "complex":
            return complex(*held)
        case _:
            raise ValueError(f"{kind!r} is no kind of stored value")
