"""The wire's messages as bytes in plain Python, for a pipe between two processes of one student's own machine.

The server's frames (`grader.wire.frames`) are checked as they are decoded, and need msgspec; nobody is hostile here.
"""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from grader import wire
from grader.wire import messages

_KINDS = {
    name: kind
    for name, kind in vars(messages).items()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
}


def send(connection: Connection, message: wire.Message, body: wire.Body | None = None) -> None:
    """Says one message. Raises OSError when the other end is gone."""
    connection.send_bytes(json.dumps(_plain(message)).encode())
    connection.send_bytes(b"".join(each.tobytes() for each in body.buffers) if body else b"")


def receive(connection: Connection) -> tuple[wire.Message, wire.Body]:
    """Waits for the next message. Raises EOFError or OSError when the other end is gone."""
    message = _struct(json.loads(connection.recv_bytes()))
    return message, wire.Body(connection.recv_bytes())


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        fields: tuple[str, ...] = type(value).__match_args__
        return {"is": type(value).__name__, "of": [_plain(getattr(value, field)) for field in fields]}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {"named": {name: _plain(each) for name, each in value.items()}}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return value


def _struct(plain: Any) -> Any:
    match plain:
        case list():
            return tuple(map(_struct, plain))
        case {"is": str() as kind, "of": fields}:
            return _KINDS[kind](*map(_struct, fields))
        case {"named": dict() as named}:
            return {name: _struct(each) for name, each in named.items()}
        case {"bytes": str() as data}:
            return bytes.fromhex(data)
        case _:
            return plain
