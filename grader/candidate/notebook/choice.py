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
    run: set[int] = set()
    # A name, and the position of the cell before which it is looked up: it has its last definition above that.
    waiting: list[tuple[str, int]] = []
    asked: set[tuple[str, int]] = set()

    def add(position: int) -> None:
        if position not in run:
            run.add(position)
            cell = cells[position]
            waiting.extend((name, position) for name in cell.uses | cell.uses_later)
            # Its functions are called when all cells have run, too.
            waiting.extend((name, len(cells)) for name in cell.uses_later)

    for position, cell in enumerate(cells):
        is_marked = any(marker in cell.source for marker in markers)
        if cell.imports_only or is_marked or not cell.defines.isdisjoint(names):
            add(position)
    while waiting:
        name, before = question = waiting.pop()
        above = bisect_left(definers[name], before) if name in definers else 0
        if question in asked or not above:
            continue
        asked.add(question)
        place = definers[name][above - 1]
        add(place)
        # A function that is called there looks its own names up there.
        waiting.extend((later, before) for later in cells[place].uses_later)
    return run
