"""Whether a mutant gives other values than the reference on inputs that no test draws.

A mutant that survives is either one that a test of values cannot tell from the reference, or one that the tests miss.
So they are run once more with their arrays varied on the way in, in numbers, shapes and sizes; all that comes back is
compared, asked for by the test or not, and so is the state of every object that the test holds at the end. No verdict
of a test counts here. A mutant that no variation tells from the reference is not proved to equal it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import msgspec
import numpy as np

from grader import wire
from grader.assignment import Tolerance
from grader.candidate.modules import Modules
from grader.candidate.objects import Objects
from grader.compare import differences, same
from grader.examiner.failures import StudentFailure, failure
from grader.examiner.sides import Side
from grader.examiner.suite import Suite, Test

_Array = np.ndarray[Any, Any]
Vary = Callable[[_Array, np.random.Generator], _Array]


class Variation(msgspec.Struct, frozen=True):
    """One way to vary inputs: arrays of floats become others, and so do plain numbers; `again`: the test draws its
    second input; `twice`: each call is made with other numbers first. `axis` is one of the first array that the test
    passes in: whatever is as long as that, axes of arrays and whole numbers, becomes `length` of it instead."""

    name: str
    vary: Vary = lambda array, _rng: array
    number: Callable[[float], float] = lambda number: number
    again: bool = False
    twice: bool = False
    axis: int | None = None
    length: Callable[[int], int] = lambda length: length


VARIATIONS = (
    Variation("the inputs as they are"),
    Variation("a second input", again=True),
    Variation("each call made twice", twice=True),
    Variation("other numbers", lambda array, rng: array + rng.standard_normal(array.shape)),
    Variation("zeros among the inputs", lambda array, rng: np.where(rng.random(array.shape) < 1 / 3, 0.0, array)),
    Variation("whole numbers, many alike", lambda array, _rng: np.rint(array)),
    Variation("all inputs alike", lambda array, _rng: np.full_like(array, array.flat[0]) if array.size else array),
    Variation("large inputs", lambda array, _rng: 1e3 * array),
    Variation("small inputs", lambda array, _rng: 1e-4 * array),
    Variation("negative inputs", lambda array, _rng: -np.abs(array)),
    Variation("numbers one larger", number=lambda number: number + 1),
    Variation("numbers one smaller", number=lambda number: number - 1),
    Variation("one row fewer", lambda array, _rng: array[:-1] if array.ndim and len(array) > 1 else array),
    Variation("one column fewer", lambda array, _rng: array[..., :-1] if array.ndim > 1 < array.shape[-1] else array),
    Variation("a batch of one more", axis=0, length=lambda length: length + 1),
    Variation("a batch of one alone", axis=0, length=lambda _length: 1),
    Variation("sizes one larger", axis=-1, length=lambda length: length + 1),
    Variation("sizes one smaller", axis=-1, length=lambda length: max(1, length - 1)),
)


def course_of(suite: Suite, test: Test, modules: Modules, variation: Variation) -> Course:
    """The course that a test takes with a solution, its inputs varied."""

    if variation.axis is None:
        return _run(suite, test, modules, variation, _Resized())[0]
    # What is as long as the first array may have come before it, such as the sizes of a network.
    _, first = _run(suite, test, modules, variation, _Resized())
    before = first[variation.axis] if first else 0
    return _run(suite, test, modules, variation, _Resized(before, variation.length(before)))[0]


def _run(
    suite: Suite, test: Test, modules: Modules, variation: Variation, resized: _Resized
) -> tuple[Course, tuple[int, ...]]:
    """The course, and the shape of the first array that was passed in."""

    def call_back(call: wire.Call, body: wire.Body) -> tuple[wire.Message, wire.Body]:
        answer, reply = side.call_back(call, body.direct())
        return answer, reply.direct()

    course = Course(modules, call_back, suite.assignment.compare)
    side = _VariedSide(course.ask, variation, resized)
    with np.errstate(all="ignore"):
        # How the test ends is of no interest: with inputs that it did not draw, it fails.
        suite.run(test, side, again=variation.again)
    return course, side.first


class Course(Objects):
    """Performs a test's operations, and keeps what was answered."""

    def __init__(
        self, modules: Modules, call_back: Callable[[wire.Call, wire.Body], Any], tolerance: Tolerance
    ) -> None:
        super().__init__(modules, call_back)
        self._tolerance = tolerance
        self.answers: list[tuple[str, Any]] = []

    def ask(self, operation: wire.Operation, body: wire.Body) -> tuple[wire.Message, wire.Body]:
        """As of a side."""
        answer, reply = self.perform(operation, body.direct())
        self.answers.append(_plain(answer, reply.direct()))
        return answer, reply.direct()

    def is_like(self, expected: Course) -> bool:
        """Whether all that came back and all that stays are the same, within the assignment's tolerance."""
        return (
            len(self.answers) == len(expected.answers)
            and all(_same_answer(*pair, self._tolerance) for pair in zip(self.answers, expected.answers, strict=True))
            and _Alike(self._tolerance).all(self._known.values(), expected._known.values())
        )


class _VariedSide(Side):
    """A side whose arrays are varied on the way in. What the test's own functions return stays as it is."""

    def __init__(
        self, course: Callable[[wire.Operation, wire.Body], Any], variation: Variation, resized: _Resized
    ) -> None:
        super().__init__(course, failure)
        self._variation = variation
        self._resized = resized
        self._rng = np.random.default_rng(1)
        self.first: tuple[int, ...] = ()

    def set(self, target: int, name: str, value: Any, code: str) -> None:
        super().set(target, name, self._varied(value), code)

    def call(self, target: int, args: tuple[Any, ...], kwargs: dict[str, Any], code: str) -> Any:
        if self._variation.twice:
            # Like a call of the hand-in's that fails, it may be refused.
            with suppress(StudentFailure):
                super().call(target, self._other(args), self._other(kwargs), code)
        return super().call(target, self._varied(args), self._varied(kwargs), code)

    def set_index(self, target: int, key: Any, value: Any, code: str) -> None:
        super().set_index(target, key, self._varied(value), code)

    def _varied(self, value: Any) -> Any:
        def vary(array: _Array) -> _Array:
            self.first = self.first or array.shape
            return self._variation.vary(array, self._rng).astype(array.dtype)

        return _resized(_changed(value, vary, self._variation.number), self._resized)

    def _other(self, value: Any) -> Any:
        return _changed(value, lambda array: (2.0 * array + 1.0).astype(array.dtype), lambda number: number)


class _Resized(msgspec.Struct, frozen=True):
    """Whatever is so long `before` is so long `after`; 0 and 0: nothing."""

    before: int = 0
    after: int = 0


def _resized(value: Any, sizes: _Resized) -> Any:
    """The plain value, with all axes and whole numbers in it of the one size of the other."""

    def resize(array: _Array) -> _Array:
        for axis, length in enumerate(array.shape):
            if length == sizes.before:
                # A longer one begins again.
                array = np.take(array, np.arange(sizes.after) % length, axis)
        return array

    if not sizes.before:
        return value
    if isinstance(value, np.ndarray):
        return resize(value)
    if type(value) is int:
        return sizes.after if value == sizes.before else value
    if isinstance(value, list | tuple):
        return type(value)(_resized(item, sizes) for item in value)
    if isinstance(value, dict):
        return {key: _resized(item, sizes) for key, item in value.items()}
    return value


def _changed(value: Any, vary: Callable[[_Array], _Array], number: Callable[[float], float]) -> Any:
    """The plain value, with each array of floats and each number in it changed."""
    match value:
        case np.ndarray() if value.dtype.kind == "f":
            return vary(value)
        case bool():
            return value
        case int() | float():
            return number(value)
        case list():
            return [_changed(item, vary, number) for item in value]
        case tuple():
            return tuple(_changed(item, vary, number) for item in value)
        case dict():
            return {key: _changed(item, vary, number) for key, item in value.items()}
    return value


def _plain(answer: wire.Answer, body: wire.Body) -> tuple[str, Any]:
    """An answer as it can be compared: of an exception its type, of an object its number."""
    match answer:
        case wire.Return(value):
            return "return", wire.thaw(value, body, repr)
        case wire.Raised(kind):
            return "raised", kind
    return type(answer).__name__, None


def _same_answer(got: tuple[str, Any], expected: tuple[str, Any], tolerance: Tolerance) -> bool:
    return got[0] == expected[0] and not any(differences(got[1], expected[1], tolerance))


class _Alike:
    """Compares objects of two copies of a solution by all that they hold."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self._seen: set[tuple[int, int]] = set()

    def all(self, got: Iterable[Any], expected: Iterable[Any]) -> bool:
        """Whether the one are as the other, one by one."""
        return all(self._pair(*pair) for pair in zip(got, expected, strict=False))

    def _pair(self, got: Any, expected: Any) -> bool:
        if (id(got), id(expected)) in self._seen:
            return True
        self._seen.add((id(got), id(expected)))
        match expected:
            case list() | tuple():
                return type(got) is type(expected) and len(got) == len(expected) and self.all(got, expected)
            case dict():
                # A mutant may keep more than the reference does.
                return isinstance(got, dict) and all(
                    key in got and self._pair(got[key], value) for key, value in expected.items()
                )
            case np.ndarray() if expected.dtype.kind not in "biufc":
                return True
            case None | str() | bytes() | bool() | int() | float() | complex() | np.number() | np.ndarray():
                return same(got, expected, self._tolerance)
            case type() | FunctionType() | BuiltinFunctionType() | ModuleType():
                return True
        return type(got).__name__ == type(expected).__name__ and self._pair(
            getattr(got, "__dict__", None), getattr(expected, "__dict__", None)
        )
