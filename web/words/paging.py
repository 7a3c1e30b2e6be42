"""A long list, a page at a time: which page is asked for, and what of the list stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from flask import request

_Entry = TypeVar("_Entry")


class Paging(msgspec.Struct, frozen=True):
    """Page `number`, from 1, of `total` entries of which `size` stand on a page."""

    total: int
    size: int
    number: int

    @property
    def pages(self) -> int:
        """How many there are: an empty list has one, too."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many entries stand on the pages before."""
        return (self.number - 1) * self.size

    def of(self, entries: Sequence[_Entry]) -> Sequence[_Entry]:
        """Those on this page."""
        return entries[self.offset : self.offset + self.size]


def paging(total: int, size: int, number: int | None = None) -> Paging:
    """The page of this number or, without one, the page that the address asks for; the nearest that there is."""
    asked = request.args.get("page", 1, type=int) if number is None else number
    last = Paging(total, size, 1).pages
    return Paging(total, size, min(max(1, asked), last))
