"""Performs the examiner's operations on real objects.

The examiner uses this same class, without a sandbox, for the reference solution: a scenario therefore meets exactly the
same rules (fresh copies, lists by value, handles) on both sides.
"""

from __future__ import annotations

import importlib
import itertools
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from grader import wire
from grader.candidate import described, notebook
from grader.candidate.answers import SUFFIXES, Answers
from grader.candidate.described import Answered

CallBack = Callable[[wire.Call, wire.Body], tuple[wire.Message, wire.Body]]


class CallBackRaised(Exception):
    """A function that the test passed in did not accept what it was called with."""


class Modules:
    """The hand-in as one namespace: its modules, in the order in which a name is looked for; and its answer file."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.answers = Answers()
        self.loaded: dict[str, ModuleType] = {}
        self.failed: dict[str, wire.Raised] = {}
        self.unmade: dict[str, wire.NotImported] = {}

    def load(self, name: str, markers: Sequence[str] = (), names: Sequence[str] = ()) -> wire.Answer:
        """Imports one module, or reads the answer file. Whatever it raises is an answer: SystemExit and
        KeyboardInterrupt too.

        `markers` and `names` choose the cells of a notebook.
        """
        if name.endswith(SUFFIXES):
            return self.answers.load(self.root, name)
        try:
            if file := self._notebook(name):
                loaded = notebook.load(file, name, self.root, markers, names)
                self.loaded[name] = loaded.module
                self.unmade |= loaded.unmade
                return next(iter(loaded.failures), wire.Return())
            self.loaded[name] = importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - a hand-in may raise anything, and must not end the loop
            self.failed[name] = described.exception(error, self.root)
            return self.failed[name]
        return wire.Return()

    def _notebook(self, name: str) -> Path | None:
        """The notebook that holds the module, if no Python file does."""
        folders = [Path(folder) for folder in sys.path if folder == self.root or folder.startswith(f"{self.root}/")]
        path = name.replace(".", "/")
        if any((folder / f"{path}.py").is_file() for folder in folders):
            return None
        return next((file for folder in folders if (file := folder / f"{path}.ipynb").is_file()), None)

    def raised(self, error: BaseException) -> wire.Answer:
        """What the hand-in raised; for a name that a cell of its notebook did not come to define, why not."""
        if isinstance(error, NameError) and isinstance(error.name, str) and error.name in self.unmade:
            return self.unmade[error.name]
        return described.exception(error, self.root)

    def find(self, name: str) -> Any:
        """The object of that name. Raises Answered when no module has it."""
        for module in self.loaded.values():
            if name in module.__dict__:
                return module.__dict__[name]
        if name in self.loaded:
            return self.loaded[name]
        if name in self.unmade:
            raise Answered(self.unmade[name])
        if self.failed:
            raise Answered(wire.NotImported(*next(iter(self.failed.items()))))
        names = sorted({*self.unmade, *(each for module in self.loaded.values() for each in vars(module))})
        raise Answered(described.missing(name, "the hand-in", names))


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
            case wire.Get(target=0):
                return self._modules.find(operation.name)
            case wire.Look():
                return self._modules.answers.find(operation.key)
            case wire.Get():
                return self._attribute(self._known[operation.target], operation.name)
            case wire.Set():
                setattr(self._known[operation.target], operation.name, plain(operation.value))
            case wire.Call():
                named = {name: plain(value) for name, value in operation.kwargs.items()}
                return self._known[operation.target](*map(plain, operation.args), **named)
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

    def _attribute(self, target: Any, name: str) -> Any:
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
