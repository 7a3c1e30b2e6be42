"""The two sides of a scenario, student and reference, as objects of the same shape.

Attribute access, calls and items are operations on the other side; plain values come back as fresh copies, everything
else as another `Remote`. What comes back was rebuilt here from checked bytes: no code of the other side runs in this
process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader import wire
from grader.examiner.failures import StudentFailure
from grader.report import GraderFault

MOST_ITEMS = 10_000
MAX_NESTING = 16

Ask = Callable[[wire.Operation, wire.Body], tuple[wire.Message, wire.Body]]
Failed = Callable[[wire.Answer, str], BaseException]
Methods = set[tuple[str, str]]
"""What has been a method or a class, by the type of its owner and its name."""

_CALLED = {"method", "type", "function"}


class Side:
    """One side: operations go to `ask`, answers that are no results become the exception that `failed` makes.

    `sizes` collects the first axis of each array that is passed in: the batch sizes, for the hints. `answered` tells
    whether anything has come from there: a reply, or a value into a function of the test. `seeded` is what its
    generators were seeded with, while nothing has been asked since.

    `methods` is filled with what was one. If `trusted`, what is in there is taken to be one again, of each object of
    that type, and is not asked for before it is called: for a test whose failure does not count.
    """

    def __init__(self, ask: Ask, failed: Failed, methods: Methods | None = None, *, trusted: bool = False) -> None:
        self._ask = ask
        self._failed = failed
        self._methods: Methods = set() if methods is None else methods
        self._trusted = trusted
        self._functions: list[Callable[..., Any]] = []
        self._nesting = 0
        self.sizes: list[int] = []
        self.answered = False
        self.seeded: int | None = None
        self.root = Remote(self, 0, "", "")

    def get(self, target: int, name: str, code: str, owner: str) -> Any:
        if self._trusted and (owner, name) in self._methods:
            return Method(self, target, name, code)
        found = self.look_up(target, name, code)
        if isinstance(found, Remote) and found.type_name in _CALLED:
            self._methods.add((owner, name))
        return found

    def look_up(self, target: int, name: str, code: str) -> Any:
        return self._operate(wire.Get(target, name), wire.Body(), code)

    def answer(self, key: str) -> Any:
        """What stands under the key in that side's answer file."""
        return self._operate(wire.Look(key), wire.Body(), key)

    def set(self, target: int, name: str, value: Any, code: str) -> None:
        body = wire.Body()
        self._operate(wire.Set(target, name, self._frozen(value, body)), body, code)

    def call(self, target: int, args: tuple[Any, ...], kwargs: dict[str, Any], code: str) -> Any:
        return self.call_method(target, "", args, kwargs, code)

    def call_method(self, target: int, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], code: str) -> Any:
        """Calls what stands under that name; "": the target itself."""
        body = wire.Body()
        plain = tuple(self._frozen(each, body) for each in args)
        named = {name: self._frozen(each, body) for name, each in kwargs.items()}
        self.sizes += [len(each) for each in (*args, *kwargs.values()) if isinstance(each, np.ndarray) and each.ndim]
        return self._operate(wire.Call(target, plain, named, name), body, code)

    def index(self, target: int, key: Any, code: str) -> Any:
        body = wire.Body()
        return self._operate(wire.Index(target, self._frozen(key, body)), body, code)

    def set_index(self, target: int, key: Any, value: Any, code: str) -> None:
        body = wire.Body()
        operation = wire.SetIndex(target, self._frozen(key, body), self._frozen(value, body))
        self._operate(operation, body, code)

    def items(self, target: int, code: str) -> list[Any]:
        listed: list[Any] = self._operate(wire.Iterate(target, MOST_ITEMS), wire.Body(), code)
        return listed

    def length(self, target: int, code: str) -> int:
        count: int = self._operate(wire.Length(target), wire.Body(), code)
        return count

    def seed(self, seed: int) -> None:
        """Seeds the global generators of that side."""
        if self.seeded != seed:
            self._operate(wire.Seed(seed), wire.Body(), "seed")
            self.seeded = seed

    def end(self) -> None:
        """The test is over: from here on its objects are refused, as the next test meets another process."""
        self._ask = _after_the_end

    def call_back(self, call: wire.Call, body: wire.Body) -> tuple[wire.Answer, wire.Body]:
        """Runs a function of the test with arguments that the other side chose. Its exceptions are told, not raised."""
        if not 0 <= call.target < len(self._functions):
            return wire.Raised("LookupError", "LookupError", "there is no such function"), wire.Body()
        if self._nesting >= MAX_NESTING:
            return wire.Raised("RecursionError", "RecursionError", "functions call one another too deep"), wire.Body()
        self.answered = True
        self._nesting += 1
        reply = wire.Body()
        try:
            args = [self._thawed(each, body, "argument") for each in call.args]
            kwargs = {name: self._thawed(each, body, "argument") for name, each in call.kwargs.items()}
            value = self._functions[call.target](*args, **kwargs)
            return wire.Return(self._frozen(value, reply)), reply
        except (StudentFailure, AssertionError, GraderFault):
            raise
        except Exception as error:  # noqa: BLE001 - the arguments are the student's: what they provoke is told to him
            # Only the type: the text may hold values of the test.
            text = f"the function that the test passed in raised {type(error).__name__}"
            return wire.Raised(type(error).__name__, "Exception", text), wire.Body()
        finally:
            self._nesting -= 1

    def _operate(self, operation: wire.Operation, body: wire.Body, code: str) -> Any:
        self.seeded = None
        answer, reply = self._ask(operation, body)
        if isinstance(answer, wire.Return):
            self.answered = True
            try:
                return self._thawed(answer.value, reply, code)
            except MemoryError:
                raise self._failed(wire.Unsendable("it is too large"), code) from None
        if isinstance(answer, wire.Answer):
            raise self._failed(answer, code)
        raise wire.WireError("an answer that is none")

    def _frozen(self, value: Any, body: wire.Body) -> wire.Value:
        try:
            return wire.freeze(value, body, self._stay)
        except wire.WireError as error:
            # The test's own value, so the test's own mistake; a WireError is only ever the other side's.
            raise ValueError(f"a value of the test cannot be passed: {error}") from None

    def _stay(self, value: Any) -> wire.Handle | wire.Function:
        if isinstance(value, Remote):
            side, number = remote_of(value)
            if side is not self:
                raise ValueError("an object of the student's cannot be passed to the reference, nor the other way")
            return wire.Handle(number)
        if callable(value):
            self._functions.append(value)
            return wire.Function(len(self._functions) - 1)
        raise ValueError(
            f"a {type(value).__name__} cannot be passed to a hand-in: pass plain values, arrays or functions"
        )

    def _thawed(self, value: wire.Value, body: wire.Body, code: str) -> Any:
        def known(item: wire.Handle | wire.Function) -> Any:
            if isinstance(item, wire.Function):
                raise wire.WireError("a function of ours as a value of theirs")
            return Remote(self, item.id, code, item.type_name)

        return wire.thaw(value, body, known)


def _after_the_end(_operation: wire.Operation, _body: wire.Body) -> tuple[wire.Message, wire.Body]:
    raise RuntimeError("an object of the hand-in was kept from an earlier test; each test has to ask for its own")


class Remote:
    """An object on the other side. `type_name` is what it says that it is: text for people, never believed."""

    __slots__ = ("_code", "_number", "_side", "type_name")
    __array_ufunc__ = None  # NumPy must refuse it in arithmetic, not wrap it in an object array
    __hash__ = object.__hash__

    def __init__(self, side: Side, number: int, code: str, type_name: str) -> None:
        for name, value in (("_side", side), ("_number", number), ("_code", code), ("type_name", type_name)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._side.get(self._number, name, f"{self._code}.{name}" if self._code else name, self.type_name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._side.set(self._number, name, value, f"{self._code}.{name} = …")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        code = f"{self._code}({'…' if args or kwargs else ''})"
        return self._side.call(self._number, args, kwargs, code)

    def __getitem__(self, key: Any) -> Any:
        return self._side.index(self._number, key, f"{self._code}[…]")

    def __setitem__(self, key: Any, value: Any) -> None:
        self._side.set_index(self._number, key, value, f"{self._code}[…] = …")

    def __iter__(self) -> Iterator[Any]:
        return iter(self._side.items(self._number, self._code))

    def __len__(self) -> int:
        count: int = self._side.length(self._number, f"len({self._code})")
        return count

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{self.type_name} from {self._code}>"


class Method(Remote):
    """What will be called, most likely, and has not been asked for: both are then one operation."""

    __slots__ = ("_name", "_owner")

    def __init__(self, side: Side, owner: int, name: str, code: str) -> None:
        slots = (("_side", side), ("_owner", owner), ("_name", name), ("_code", code), ("type_name", "method"))
        for slot, value in slots:
            object.__setattr__(self, slot, value)

    @property
    def _number(self) -> int:
        found = self._side.look_up(self._owner, self._name, self._code)
        if not isinstance(found, Remote):
            # Never an exception that the test's own lines may expect, or the test would pass by it.
            raise StudentFailure("wrong", f"`{self._code}` is no method any more.")
        return remote_of(found)[1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        code = f"{self._code}({'…' if args or kwargs else ''})"
        return self._side.call_method(self._owner, self._name, args, kwargs, code)


def remote_of(remote: Remote) -> tuple[Side, int]:
    """The side and the number of a Remote."""
    return remote._side, remote._number  # noqa: SLF001 - the slots are private to keep them out of the student's names


def answer_of(root: Remote, key: str) -> Any:
    """What stands under the key in the answer file of a side, given by its root."""
    side, _number = remote_of(root)
    return side.answer(key)
