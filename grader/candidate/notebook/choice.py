"""Which cells of a notebook run: those that the assignment means, and those that these need."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from grader.candidate.notebook.cell import Cell


def chosen(cells: Sequence[Cell], markers: Sequence[str], names: Sequence[str]) -> set[int]:
    """The positions of the cells that hold one of the `markers`, define one of the `names`, or only import; and of
    those that define what these use. All cells, when neither markers nor names are given.
    """
    if not markers and not names:
        return {*range(len(cells))}
    definers: dict[str, list[int]] = defaultdict(list)
    for position, cell in enumerate(cells):
        for name in cell.defines:
            definers[name].append(position)
    waiting = [
        position
        for position, cell in enumerate(cells)
        if cell.imports_only or any(marker in cell.source for marker in markers) or not cell.defines.isdisjoint(names)
    ]
    run: set[int] = set()
    while waiting:
        position = waiting.pop()
        if position in run:
            continue
        run.add(position)
        cell = cells[position]
        for name in cell.uses | cell.uses_later:
            places = definers.get(name, [])
            # What it met when it ran: the last definition above it.
            waiting += places[: bisect_left(places, position)][-1:]
            if name in cell.uses_later:
                # What a call meets when all have run: the last of all.
                waiting += places[-1:]
    return run
