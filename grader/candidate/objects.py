"""Performs the examiner's operations on real objects.

The examiner uses this same class, without a sandbox, for the reference solution: a scenario therefore meets exactly the
same rules (fresh copies, lists by value, handles) on both sides.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from grader import wire
from grader.candidate import described
from grader.candidate.described import Answered
from grader.candidate.modules import Modules

CallBack = Callable[[wire.Call, wire.Body], tuple[wire.Message, wire.Body]]


class CallBackRaised(Exception):
    """A function that the test passed in did not accept what it was called with."""


class Objects:
    """The table of objects that the examiner knows by number; 0 is the hand-in itself."""

    def __init__(self, modules: Modules, call_back: CallBack) -> None:
        self._modules = modules
        self._call_back = call_back
        self._known: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = itertools.count(1)
        self._over: BaseException | None = None

    def perform(self, operation: wire.Message, body: wire.Body) -> tuple[wire.Answer, wire.Body]:
        """Does one operation and gives its answer. Raises WireError only for what is no operation."""
        try:
            value = self._perform(operation, body)
        except Answered as answered:
            return answered.answer, wire.Body()
        except wire.WireError:
            raise
        except BaseException as error:  # the student's code may raise anything; it becomes an answer
            if error is self._over:
                raise
            return self._modules.raised(error), wire.Body()
        reply = wire.Body()
        try:
            return wire.Return(wire.freeze(value, reply, self._stay)), reply
        except wire.WireError as error:
            return wire.Unsendable(str(error)), wire.Body()

    def _perform(self, operation: wire.Message, body: wire.Body) -> Any:
        def plain(value: wire.Value) -> Any:
            return wire.thaw(value, body, self._object)

        match operation:
            case wire.Get():
                return self._found(operation.target, operation.name)
            case wire.Look():
                return self._modules.answers.find(operation.key)
            case wire.Set():
                setattr(self._known[operation.target], operation.name, plain(operation.value))
            case wire.Call():
                target, name = operation.target, operation.name
                called = self._found(target, name) if name else self._known[target]
                named = {key: plain(value) for key, value in operation.kwargs.items()}
                return called(*map(plain, operation.args), **named)
            case wire.Index():
                return self._known[operation.target][plain(operation.key)]
            case wire.SetIndex():
                self._known[operation.target][plain(operation.key)] = plain(operation.value)
            case wire.Iterate():
                return list(itertools.islice(self._known[operation.target], operation.most))
            case wire.Length():
                return len(self._known[operation.target])
            case wire.Seed():
                random.seed(operation.seed)
                np.random.seed(operation.seed)  # noqa: NPY002 - hand-ins draw from the global generator
            case _:
                raise wire.WireError("not an operation")
        return None

    def _found(self, number: int, name: str) -> Any:
        if number == 0:
            return self._modules.find(name)
        target = self._known[number]
        try:
            return getattr(target, name)
        except AttributeError as error:
            # Only the look-up itself says "missing"; an AttributeError from inside a property is the student's own.
            if error.name == name and error.obj is target:
                raise Answered(described.missing(name, described.kind(target), dir(target))) from None
            raise

    def _stay(self, value: Any) -> wire.Handle:
        number = self._numbers.get(id(value))
        if number is None:
            number = next(self._next)
            self._known[number] = value
            self._numbers[id(value)] = number
        return wire.Handle(number, described.kind(value))

    def _object(self, item: wire.Handle | wire.Function) -> Any:
        if isinstance(item, wire.Handle):
            return self._known[item.id]

        def function(*args: Any, **kwargs: Any) -> Any:
            body = wire.Body()
            plain = tuple(wire.freeze(each, body, self._stay) for each in args)
            named = {name: wire.freeze(each, body, self._stay) for name, each in kwargs.items()}
            try:
                answer, reply = self._call_back(wire.Call(item.id, plain, named), body)
            except BaseException as error:
                # The test itself is over, and not by this code: what ended it passes through.
                self._over = error
                raise
            if isinstance(answer, wire.Return):
                return wire.thaw(answer.value, reply, self._object)
            raise CallBackRaised(answer.text if isinstance(answer, wire.Raised) else "it gave nothing that can be sent")

        return function
