"""Which other values stand at hand where a value is used: the wrong one of them is a mistake that people make."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

import msgspec

Function = ast.FunctionDef | ast.AsyncFunctionDef
# More would be mutants that one test catches like the next.
MOST_OTHERS = 2
_OWN_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


class Scope(msgspec.Struct, frozen=True):
    """What is known at a place of a function, which the names of `path` lead to.

    `names` are its values, by the line from which each can be read; `attributes` are those that it or its class knows
    of each object, by the object's name. Empty outside of functions.
    """

    path: tuple[str, ...] = ()
    names: dict[str, int] = {}
    attributes: dict[str, frozenset[str]] = {}
    statement: ast.stmt | None = None

    def at(self, statement: ast.stmt) -> Scope:
        """The same scope, at one of its statements."""
        return msgspec.structs.replace(self, statement=statement)

    def other_names(self, node: ast.Name) -> list[str]:
        """The values that are most easily taken for this one."""
        if node.id not in self.names:
            return []
        known = {name for name, line in self.names.items() if line < node.lineno}
        beside = {each.id for each in self._nodes() if isinstance(each, ast.Name)}
        return _likeliest(node.id, known, beside)

    def other_attributes(self, node: ast.Attribute) -> list[str]:
        """The attributes of the same object that are most easily taken for this one."""
        if not isinstance(node.value, ast.Name):
            return []
        owner = node.value.id
        used = (each for each in self._nodes() if isinstance(each, ast.Attribute))
        beside = {each.attr for each in used if ast.unparse(each.value) == owner}
        return _likeliest(node.attr, self.attributes.get(owner, frozenset()), beside)

    def _nodes(self) -> Iterator[ast.AST]:
        """Those of the statement at hand."""
        return ast.walk(self.statement) if self.statement else iter(())


def _likeliest(name: str, known: set[str] | frozenset[str], beside: set[str]) -> list[str]:
    """Those of the same statement first, then those of a like name."""

    def rank(other: str) -> tuple[bool, float, str]:
        return other not in beside, -SequenceMatcher(None, name, other).ratio(), other

    return sorted(known - {name}, key=rank)[:MOST_OTHERS]


def scope_of(function: Function, owner: ast.ClassDef | None, around: Scope) -> Scope:
    """The scope of a function that stands in the scope `around`, and is a method of `owner` if that is given."""
    named = function.args
    names = around.names | {each.arg: 0 for each in (*named.posonlyargs, *named.args, *named.kwonlyargs)}
    for name in _bound(function.body):
        names.setdefault(name.id, name.lineno)
    attributes = _attributes(function)
    if owner and named.args:
        # What a method may read of `self` is what any of its class sets.
        own = named.args[0].arg
        del names[own]
        attributes[own] |= _set_by(owner)
    return Scope((*around.path, function.name), names, {name: frozenset(each) for name, each in attributes.items()})


def _bound(nodes: Iterable[ast.AST]) -> Iterator[ast.Name]:
    """The names that are given a value here, and not in a function or comprehension further in."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node
        elif not isinstance(node, _OWN_SCOPES):
            yield from _bound(ast.iter_child_nodes(node))


def _attributes(function: Function) -> defaultdict[str, set[str]]:
    """The attributes of values that the function itself names, but for methods that it calls."""
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and id(node) not in called:
            found[node.value.id].add(node.attr)
    return found


def _set_by(owner: ast.ClassDef) -> set[str]:
    """The attributes that the methods of a class give a value."""
    return {
        node.attr
        for node in ast.walk(owner)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    }
