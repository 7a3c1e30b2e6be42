"""Messages to bytes, and back.

A frame is two big-endian lengths (u32 header, u32 body), a header (MessagePack, one `Message`) and a body (the raw
bytes of the arrays that the header names). The header is small, so what a hostile peer can make us build is bounded
before anything is built.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import msgspec
import numpy as np

from grader.wire.messages import Message, WireError
from grader.wire.values import MAX_BODY, Body

MAX_HEADER = 1 << 20

# From here on, zeroing a buffer costs more than an ndarray's being one.
_LARGE = 1 << 14
_LENGTHS = struct.Struct(">II")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


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


Buffer = bytearray | memoryview
Receive = Callable[[int], Buffer]


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


def empty(count: int) -> Buffer:
    """Room for so many bytes, which come from outside before anybody reads them: large ones are not zeroed first."""
    return bytearray(count) if count < _LARGE else np.empty(count, np.uint8).data


def take_from(channel: socket.socket) -> Receive:
    """The `take` of a blocking socket; EOFError when the other end is gone."""

    def take(count: int) -> Buffer:
        data = empty(count)
        view = memoryview(data)
        while view:
            got = channel.recv_into(view, 0, socket.MSG_WAITALL)
            if not got:
                raise EOFError
            view = view[got:]
        return data

    return take
