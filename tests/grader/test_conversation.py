"""Every wait for the candidate ends, whatever it does: in an answer, or in one of the four ways of breaking."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import wire
from grader.examiner.conversation import BROKEN, Channel, HungUp, Output, OutputFlood, TimeUp

LIMIT = 1024


class Talk:
    """A channel, the hostile end of it, and the pipe that its output would come through."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self.output = Output(self.read, LIMIT)
        self.channel = Channel(ours, self.output)
        self.channel.deadline = time.monotonic() + 0.1

    def close(self) -> None:
        self.channel.close()
        self.theirs.close()
        os.close(self.read)
        os.close(self.write)


@pytest.fixture
def talk() -> Iterator[Talk]:
    talk = Talk()
    yield talk
    talk.close()


def test_one_who_says_nothing_runs_out_of_time(talk):
    with pytest.raises(TimeUp):
        talk.channel.hear()


def test_a_large_array_between_two_small_answers_arrives_as_it_left(talk):
    numbers = np.arange(300_000.0)
    body = wire.Body()
    frames = [wire.frame(wire.Return(1)), wire.frame(wire.Return(body.put(numbers)), body), wire.frame(wire.Return(2))]
    talk.channel.deadline = time.monotonic() + 10
    speaking = threading.Thread(target=talk.theirs.sendall, args=(b"".join(part for each in frames for part in each),))
    speaking.start()
    heard = [talk.channel.hear() for _ in frames]
    speaking.join()
    assert [message.value for message, _body in heard[::2]] == [1, 2]
    (_, (large, received), _) = heard
    assert wire.thaw(large.value, received, None).tolist() == numbers.tolist()


def test_one_who_says_half_runs_out_of_time(talk):
    talk.theirs.sendall(b"".join(wire.frame(wire.Return(1)))[:-1])
    with pytest.raises(TimeUp):
        talk.channel.hear()


def test_one_who_hears_nothing_runs_out_of_time(talk):
    body = wire.Body()
    value = wire.freeze(b"x" * (1 << 19), body, lambda _: wire.Handle(0))
    message = wire.Return(value)
    sends = (talk.channel.tell(message, body) for _ in range(64))
    with pytest.raises(TimeUp):
        list(sends)


def test_one_who_hangs_up_is_noticed_at_once(talk):
    talk.channel.deadline = time.monotonic() + 60
    talk.theirs.close()
    with pytest.raises(HungUp):
        talk.channel.ask(wire.Length(0))


def test_one_who_prints_too_much_is_stopped_and_cut(talk):
    talk.channel.deadline = time.monotonic() + 60
    os.write(talk.write, b"x" * 4 * LIMIT)
    with pytest.raises(OutputFlood):
        talk.channel.hear()
    assert talk.output.take() == "x" * LIMIT + "\n… cut here: too much output"
    assert talk.output.take() == ""


def test_output_that_is_no_text_is_shown_escaped(talk):
    os.write(talk.write, b"caf\xc3\xa9 \xff\x00")
    assert talk.output.take() == "café \\xff\x00"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_message_or_in_a_way_of_breaking(data):
    talk = Talk()
    try:
        talk.theirs.sendall(data)
        talk.theirs.shutdown(socket.SHUT_WR)
        message, _body = talk.channel.hear()
        assert isinstance(message, wire.Message)
    except BROKEN:
        pass
    finally:
        talk.close()
