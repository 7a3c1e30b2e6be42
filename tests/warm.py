"""What one process of tests compiles once, however many services it makes: templates, addresses and statements.

A test's portal and database are its own; compiling for each anew takes longer than most of them do. Nothing here
changes what is compiled, only how often.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any

import flask
import sqlalchemy
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from submissions.storage import database


class Templates(BytecodeCache):
    """Templates, by name and content."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


_BUILDERS: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


class Address(Rule):
    """A rule whose address is put together by the function that the same rule of another portal has."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        # The function gets its converters from the rule that it is called for.
        key = (self.rule, repr(self.defaults), tuple(self._trace), append_unknown)
        if key not in _BUILDERS:
            _BUILDERS[key] = super()._compile_builder(append_unknown)
        return _BUILDERS[key]


class Dialect(SQLiteDialect_pysqlite):
    """All databases in files are alike: a statement that was compiled for one is good for the next."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is Dialect

    def __hash__(self) -> int:
        return hash(Dialect)


def begin() -> None:
    """From now on portals and databases of this process share what they compile."""
    flask.Flask.url_rule_class = Address
    sqlalchemy.dialects.registry.register("sqlite", __name__, "Dialect")
    options = {"compiled_cache": LRUCache(2000)}
    database.create_engine = partial(sqlalchemy.create_engine, execution_options=options)
