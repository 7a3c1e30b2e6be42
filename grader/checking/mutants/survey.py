"""The survey: every mutant of a reference sits the tests that run what was changed in it.

What survives them all is tried with other inputs, to tell what tests of values cannot tell from what they miss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from grader.checking.mutants.files import mutants
from grader.checking.mutants.hunt import Caught, Hunt, traced_name
from grader.checking.mutants.stands import asked, shared, stands_of
from grader.checking.mutants.survivors import Named
from grader.checking.surveyed import Survey, Survivor
from grader.examiner.protocol import Trace, Traced


def survey(folder: Path, tell: Callable[[str], None]) -> Survey:
    """Tries all mutants of the assignment's reference. `tell` hears how far it is.

    Raises AssignmentError, GraderFault.
    """
    named = Named(folder)
    with stands_of(folder) as (cards, stands):
        traced = asked(stands[0], Trace(), Traced)
        everything = mutants(folder, _Ran(traced))
        hunt = Hunt(cards, traced, len(everything), tell)
        ends = shared(stands, everything, hunt.tried)
    caught = Counter(end for end in ends if isinstance(end, Caught))
    survivors, stale = named.applied(end for end in ends if isinstance(end, Survivor))
    return Survey(caught[Caught.BY_SCORED], caught[Caught.BY_ADVICE], survivors, hunt.idle, stale)


class _Ran:
    """Says whether anything of a file, or of a notebook's cell, was run."""

    def __init__(self, traced: Traced) -> None:
        self._files = {*traced.imported, *chain.from_iterable(traced.tests)}

    def __call__(self, file: str, cell: int) -> bool:
        wanted = traced_name(file, cell)
        within = (f"{file}, ", f"{file}: ")
        return any(each == wanted or (not cell and each.startswith(within)) for each in self._files)
