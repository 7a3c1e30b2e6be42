"""What was a method once is called without being asked for, in a test whose failure does not count."""

from __future__ import annotations

import contextlib

import pytest

from grader import wire
from grader.candidate.objects import Objects
from grader.examiner.failures import StudentFailure, failure
from grader.examiner.sides import Side


class Layer:
    """Of a hand-in: `loss` is a method until it has been called, and then what it gave."""

    def forward(self, x):
        return 2 * x

    def loss(self):
        self.loss = 0.5
        return self.loss


class Network:
    """Another type of the hand-in, whose `forward` is a number."""

    forward = 3


class HandIn:
    """In place of its modules."""

    def find(self, name):
        return {"Layer": Layer, "Network": Network}[name]


@pytest.fixture
def side():
    """A side for a test, and the names of the operations that it asks for."""
    methods = set()

    def side(*, trusted):
        objects = Objects(HandIn(), None)
        asked = []

        def ask(operation, body):
            asked.append(type(operation).__name__)
            answer, reply = objects.perform(operation, body.direct())
            return answer, reply.direct()

        return Side(ask, failure, methods, trusted=trusted), asked

    return side


def test_a_method_that_is_known_is_one_operation_and_gives_the_same(side):
    first, asked = side(trusted=True)
    assert first.root.Layer().forward(4) == 8
    assert asked == ["Get", "Call", "Get", "Call"]
    second, asked = side(trusted=True)
    assert second.root.Layer().forward(4) == 8
    assert asked == ["Call", "Call"]


def test_a_test_whose_failure_counts_asks_for_every_name(side):
    side(trusted=True)[0].root.Layer().forward(4)
    first, asked = side(trusted=False)
    assert first.root.Layer().forward(4) == 8
    assert asked == ["Get", "Call", "Get", "Call"]


def test_the_same_name_of_another_type_is_asked_for(side):
    side(trusted=True)[0].root.Layer().forward(4)
    later, _ = side(trusted=True)
    assert later.root.Network().forward == 3


def test_what_is_passed_on_instead_of_called_is_asked_for_then(side):
    side(trusted=True)[0].root.Layer()
    later, asked = side(trusted=True)
    layer = later.root.Layer()
    layer.kind = later.root.Layer
    assert layer.kind(), "the class itself was kept"
    assert asked == ["Call", "Get", "Set", "Get", "Call"]


def test_what_is_no_method_any_more_fails_the_test_in_which_it_is_taken_for_one_whatever_that_expects(side):
    side(trusted=True)[0].root.Layer().loss()
    later, _ = side(trusted=True)
    layer = later.root.Layer()
    layer.loss()
    with pytest.raises(StudentFailure, match="no method any more") as told, contextlib.suppress(Exception):
        layer.forward(layer.loss)
    assert told.value.verdict == "wrong"


def test_a_name_that_is_gone_is_told_when_it_is_called(side):
    side(trusted=True)[0].root.Layer().forward(4)
    later, _ = side(trusted=True)
    later._ask = lambda _operation, _body: (wire.Missing("forward", "Layer"), wire.Body())
    with pytest.raises(failure(wire.Missing("forward", "Layer"), "").__class__):
        later.root.Layer()
