"""Whatever bytes come from the candidate, reading them is bounded and builds nothing but plain values."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from grader import wire
from grader.wire.messages import Array

PLAIN = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, np.ndarray, np.generic, wire.Handle)

NUMPY_TYPES = [np.bool_, np.byte, np.short, np.intc, np.int_, np.longlong, np.ubyte, np.ushort, np.uintc, np.uint]
NUMPY_TYPES += [np.ulonglong, np.half, np.single, np.double, np.csingle, np.cdouble]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.binary() | st.text()
arrays = st_numpy.arrays(
    st.sampled_from(NUMPY_TYPES), st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
)
numbers = st.builds(lambda value, kind: kind(value), st.integers(0, 1), st.sampled_from(NUMPY_TYPES))
values = st.recursive(
    scalars | arrays | numbers,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


def stay(value: object) -> wire.Handle:
    return wire.Handle(7, type(value).__name__)


def through(value: object) -> Any:
    """The value after a trip over the wire."""
    body = wire.Body()
    message = wire.Return(wire.freeze(value, body, stay))
    answer, received = receive(b"".join(wire.frame(message, body)))
    assert isinstance(answer, wire.Return)
    return wire.thaw(answer.value, received, lambda item: item)


def receive(data: bytes) -> tuple[wire.Message, wire.Body]:
    """Reads one frame from these bytes; where they end, the peer has hung up."""
    rest = bytearray(data)

    def take(count: int) -> bytearray:
        if count > len(rest):
            raise EOFError
        taken = rest[:count]
        del rest[:count]
        return taken

    return wire.receive(take)


def alike(one: Any, other: Any) -> bool:
    if type(one) is not type(other) and not (isinstance(one, np.generic) and one.dtype == other.dtype):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return all(map(alike, one, other)) and all(map(alike, one.values(), other.values()))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return repr(one) == repr(other)


def test_the_usual_integers_of_numpy_cross():
    assert np.array_equal(through(np.arange(3)), np.arange(3))
    assert through(np.int64(3)) == 3


def assert_plain(value: Any) -> None:
    assert type(value) in PLAIN or isinstance(value, np.generic), type(value)
    if isinstance(value, list | tuple):
        for item in value:
            assert_plain(item)
    if isinstance(value, dict):
        for key, item in value.items():
            assert_plain(key)
            assert_plain(item)
    if isinstance(value, np.ndarray):
        assert value.dtype in wire.DTYPES.values()


@given(values)
def test_a_plain_value_arrives_as_it_left(value):
    assert alike(through(value), value)


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(3).view(type("Array", (np.ndarray,), {})),
        np.ma.masked_array([1.0], [True]),
        np.array([None]),
        np.array(["text"]),
        np.array([1.0], ">f8"),
        np.longdouble(1),
        type("Lie", (float,), {})(1.0),
        type("Text", (str,), {})("x"),
        type("Flag", (int,), {})(1),
        type("Many", (list,), {})([1]),
        {1, 2},
        range(3),
        lambda: None,
        np,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_only_looks_plain_stays_on_its_side(value):
    assert isinstance(through(value), wire.Handle)


def test_arrays_keep_their_values_whatever_their_layout():
    grid = np.arange(24.0).reshape(4, 6)
    for view in (
        grid.T,
        grid[::2, ::-1],
        grid[:, 1:2],
        np.asfortranarray(grid),
        np.zeros((0, 3)),
        np.float32(3) * grid,
    ):
        arrived = through(view)
        assert np.array_equal(arrived, view)
        assert arrived.flags.writeable


def test_what_is_done_to_one_array_of_a_frame_leaves_the_others_as_they_are():
    flags, numbers, more = through([np.ones(3, bool), np.arange(3.0), np.zeros(100_000)])
    flags[:] = False
    more[:] = 7
    assert numbers.tolist() == [0, 1, 2]
    assert numbers.flags.aligned, "behind three bytes"
    numbers[:] = 5
    assert not flags.any()
    assert (more == 7).all()


@pytest.mark.parametrize(
    ("shape", "at"),
    [((3,), 24), ((2,), 32), ((1,), 24), ((4,), 16), ((9,), 0)],
    ids=["the same", "half of it", "its beginning", "its beginning and what is before", "all around it"],
)
def test_two_arrays_cannot_be_of_the_same_bytes_however_much_room_a_frame_has(shape, at):
    body = wire.Body(bytearray(1000))
    body.get(Array("f8", (1,), 96))
    body.get(Array("f8", (3,), 24))
    with pytest.raises(wire.WireError, match="overlap"):
        body.get(Array("f8", shape, at))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)), max_size=12))
def test_arrays_are_refused_just_where_two_share_a_byte(places):
    body = wire.Body(bytearray(64))
    given_away: set[int] = set()
    for at, size in places:
        own = set(range(at, at + size))
        if own & given_away:
            with pytest.raises(wire.WireError, match="overlap"):
                body.get(Array("u1", (size,), at))
        else:
            body.get(Array("u1", (size,), at))
            given_away |= own


@pytest.mark.parametrize("depth", [wire.MAX_DEPTH + 1, 5000])
def test_what_is_too_deep_is_refused_by_the_writer(depth):
    value: Any = 0
    for _ in range(depth):
        value = [value]
    with pytest.raises(wire.WireError, match="deep"):
        through(value)


def test_what_is_too_large_is_refused_by_the_writer():
    with pytest.raises(wire.WireError, match="MiB"):
        through(np.zeros(wire.MAX_BODY // 8 + 1))
    with pytest.raises(wire.WireError, match="KiB"):
        through(["x"] * wire.MAX_HEADER)


def framed(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">II", len(header), len(body)) + header + body


def answer(value: object) -> bytes:
    return msgspec.msgpack.encode({"op": "return", "value": value})


def raised(**fields: object) -> bytes:
    return msgspec.msgpack.encode({"op": "raised", "type": "E", "base": "Exception", "text": "", **fields})


HOSTILE = {
    "not MessagePack": framed(b"\xc1"),
    "no message": framed(b"\x80"),
    "an unknown operation": framed(msgspec.msgpack.encode({"op": "exec", "code": "1"})),
    "a field too many": framed(msgspec.msgpack.encode({"op": "return", "value": None, "score": 100})),
    "a huge length": struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF),
    "a body too large": struct.pack(">II", 8, wire.MAX_BODY + 1) + b"\0" * 8,
    "nested lists": framed(b"\x82\xa2op\xa6return\xa5value" + b"\x92\xa1l\x91" * 100_000 + b"\xc0"),
    "a list of four billion": framed(b"\x82\xa2op\xa6return\xa5value\x92\xa1l\xdd\xff\xff\xff\xff"),
    "a dtype of objects": framed(answer(["a", "O8", [1], 0]), b"\0" * 8),
    "a negative axis": framed(answer(["a", "f8", [-1], 0]), b"\0" * 8),
    "axes whose product overflows": framed(answer(["a", "f8", [1 << 40, 1 << 40, 0], 0])),
    "too many axes": framed(answer(["a", "f8", [1] * 60, 0]), b"\0" * 8),
    "bytes beyond the body": framed(answer(["a", "f8", [4], 8]), b"\0" * 32),
    "bytes before the body": framed(answer(["a", "f8", [1], -8]), b"\0" * 8),
    "a truth value of two": framed(answer(["a", "b1", [3], 0]), b"\1\2\0"),
    "the same bytes twice, and room for both": framed(answer(["l", [["a", "f8", [2], 8]] * 2]), b"\0" * 64),
    "a number too short": framed(answer(["n", "f8", b"\0"])),
    "a number of objects": framed(answer(["n", "O", b"\0" * 8])),
    "an int that is none": framed(answer(["i", "0x_"])),
    "an int too long": framed(answer(["i", "f" * 5000])),
    "an array as a key": framed(answer(["m", [[["a", "f8", [0], 0], 1]]])),
    "an exception of a megabyte": framed(raised(text="x" * 500_000)),
    "a type's name of a megabyte": framed(answer(["h", 1, "x" * 500_000])),
    "a thousand lines of traceback": framed(raised(frames=[["f.py", 1, "f", "x"]] * 1000)),
    "a thousand copies of the same bytes": framed(answer(["l", [["a", "f8", [1 << 19], 0]] * 1000]), b"\0" * (8 << 19)),
    "keys whose hashes collide": framed(
        answer(["m", [[["i", hex(k * (2**61 - 1))], 0] for k in range(10**9, 10**9 + 20_000)]])
    ),
    "half a frame": struct.pack(">II", 100, 0) + b"\x82",
    "nothing": b"",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_frames_are_refused(data):
    with pytest.raises((wire.WireError, EOFError)):
        read_whole(data)


def read_whole(data: bytes) -> Any:
    message, body = receive(data)
    value = message.value if isinstance(message, wire.Return) else None
    return wire.thaw(value, body, lambda item: item)


@settings(max_examples=400)
@given(
    st.binary(max_size=400)
    | st.binary(max_size=400).map(framed)
    | st.binary(max_size=200).map(lambda b: framed(answer(b)))
)
def test_any_bytes_are_refused_or_become_plain_values(data):
    with contextlib.suppress(wire.WireError, EOFError):
        assert_plain(read_whole(data))


@settings(max_examples=300)
@given(values, st.data())
def test_a_damaged_frame_is_refused_or_becomes_plain_values(value, data):
    body = wire.Body()
    frame = bytearray(b"".join(wire.frame(wire.Return(wire.freeze(value, body, stay)), body)))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(wire.WireError, EOFError):
        assert_plain(read_whole(bytes(frame)))


@pytest.mark.parametrize(
    "header",
    [
        b"\x82\xa2op\xa6return\xa5value\x92\xa1l\xdd" + struct.pack(">I", 1_000_000) + b"\xc0" * 1_000_000,
        b"\x82\xa2op\xa6return\xa5value\x92\xa1l\xdd" + struct.pack(">I", 260_000) + b"\x92\xa1l\x90" * 260_000,
        b"\x82\xa2op\xa6return\xa5value\x92\xa1m\xdd" + struct.pack(">I", 300_000) + b"\x92\xc0\xc0" * 300_000,
    ],
    ids=["a million values", "a list of empty lists", "pairs"],
)
def test_the_largest_header_costs_bounded_memory(header):
    tracemalloc.start()
    try:
        with contextlib.suppress(wire.WireError):
            read_whole(framed(header))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 << 20
