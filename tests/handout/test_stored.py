"""What the reference returned comes back from a handout's files as it was, and so does what two processes say."""

from __future__ import annotations

import json
import multiprocessing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from grader import wire
from grader.handout.local import speech, stored

DTYPES = st.sampled_from([np.dtype(code) for code in wire.DTYPES])
ARRAYS = arrays_of.arrays(DTYPES, arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
KEYS = st.text(max_size=5) | st.integers() | st.none() | st.binary(max_size=4)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.complex_numbers()
    | ARRAYS
    | ARRAYS.filter(lambda array: array.size).map(lambda array: array.reshape(-1)[0]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


def alike(one, other):
    """The same types with the same bits in them: NaN and -0.0 are like themselves alone."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return [*one] == [*other] and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray | np.generic):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return repr(one) == repr(other)


@given(PLAIN)
def test_a_stored_value_comes_back_as_it_was(value):
    data = bytearray()
    text = json.dumps(stored.to_json(value, data))
    assert alike(stored.from_json(json.loads(text), bytes(data)), value)


def test_what_is_not_plain_is_not_stored():
    with pytest.raises(TypeError, match="a function cannot be stored"):
        stored.to_json({"f": lambda: None}, bytearray())


@given(PLAIN)
def test_a_message_is_heard_as_it_was_said(value):
    body = wire.Body()
    message = wire.Call(3, (wire.freeze(value, body, lambda _: wire.Handle(1)),), {"x": wire.Function(2)})
    one, other = multiprocessing.Pipe()
    with one, other:
        speech.send(one, message, body)
        heard, heard_body = speech.receive(other)
    assert (heard.target, heard.kwargs) == (message.target, message.kwargs)
    assert alike(wire.thaw(heard.args[0], heard_body, lambda _: None), value)
