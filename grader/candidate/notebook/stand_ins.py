"""What a notebook's cells get in place of a library that draws or displays: something that takes all and does nothing.

It stands in the builtins of the notebook's own namespace, so that it is there while one of its cells or functions runs,
and nowhere else in the process.
"""

from __future__ import annotations

import builtins
import dis
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

SHOWING = {
    *("IPython", "altair", "bokeh", "graphviz", "ipywidgets", "matplotlib", "mpl_toolkits", "plotly", "pylab"),
    *("pydot", "seaborn", "tensorboard", "tqdm", "torchviz"),
}
SHOWING_PARTS = ("google.colab",)

_UNPACKING = {dis.opmap["UNPACK_SEQUENCE"], dis.opmap["UNPACK_EX"]}
# What goes through the items that it is given.
_PROGRESS = {"tqdm", "tqdm_notebook", "notebook_tqdm"}


class StandIn:
    """Called, looked into or entered, it gives more of itself; gone through, it gives `items`."""

    def __init__(self, name: str = "", items: Iterable[Any] = ()) -> None:
        self._name = name
        self._items = items

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._name in _PROGRESS:
            return StandIn(items=args[0] if args else kwargs.get("iterable", ()))
        if self._name == "trange":
            return StandIn(items=range(*args))
        if len(args) == 1 and not kwargs and isinstance(args[0], FunctionType):
            # As a decorator: the function must stay.
            return args[0]
        return StandIn()

    def __iter__(self) -> Iterator[Any]:
        # `fig, (left, right) = plt.subplots(1, 2)` asks for as many parts as its left side has.
        frame = sys._getframe(1)  # noqa: SLF001 - no other way to know who asks
        instruction, argument = frame.f_code.co_code[frame.f_lasti : frame.f_lasti + 2]
        if instruction in _UNPACKING:
            return iter([StandIn() for _part in range(argument)])
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items) if isinstance(self._items, Sequence) else 0

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: Any) -> StandIn:
        return StandIn()

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


def notebook_builtins() -> dict[str, Any]:
    """The builtins of a notebook's namespace: Python's, with the imports of these libraries and what IPython adds."""
    return {
        **vars(builtins),
        "__import__": _import,
        "display": StandIn("display"),
        "get_ipython": StandIn("get_ipython"),
    }


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,  # noqa: A002 - the names of builtins.__import__
    locals: Mapping[str, object] | None = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    if not level and (name.partition(".")[0] in SHOWING or name.startswith(SHOWING_PARTS)):
        return StandIn(name)
    return builtins.__import__(name, globals, locals, fromlist, level)
