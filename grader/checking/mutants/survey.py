"""The survey: every mutant of a reference sits the tests that run what was changed in it.

What survives them all is tried with other inputs, to tell what tests of values seem not to tell from what they miss.
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
from grader.checking.so_far import Paused, Tried
from grader.checking.surveyed import Survey, Survivor
from grader.examiner.protocol import Trace, Traced


def survey(
    folder: Path,
    tell: Callable[[str], None],
    tried: Tried | None = None,
    goes_on: Callable[[], bool] = lambda: True,
    stands: int | None = None,
) -> Survey:
    """Tries all mutants of the assignment's reference that were not `tried` before, at so many stands (None: one for
    each processor). `tell` hears how far it is; `goes_on` is asked before each mutant.

    Raises AssignmentError, GraderFault, Paused.
    """
    named = Named(folder)
    tried = tried or Tried()
    with stands_of(folder, stands) as (cards, channels):
        if tried.traced is None:
            tried.traced = asked(channels[0], Trace(), Traced)
            tried.waiting = {position for position, card in enumerate(cards) if card.points}
        everything = mutants(folder, _Ran(tried.traced))
        tried.many = len(everything)
        left = everything[tried.tried :]
        hunt = Hunt(cards, tried.traced, tried, tell)
        ends = shared(channels, left, hunt.tried, goes_on)
    caught = Counter(end for end in ends if isinstance(end, Caught))
    tried.tried += len(ends)
    tried.caught += caught[Caught.BY_SCORED]
    tried.caught_by_advice += caught[Caught.BY_ADVICE]
    tried.survivors += [end for end in ends if isinstance(end, Survivor)]
    if len(ends) < len(left):
        raise Paused
    survivors, stale = named.applied(tried.survivors)
    return Survey(tried.caught, tried.caught_by_advice, survivors, hunt.idle, stale)


class _Ran:
    """Says whether anything of a file, or of a notebook's cell, was run."""

    def __init__(self, traced: Traced) -> None:
        self._files = {*traced.imported, *chain.from_iterable(traced.tests)}

    def __call__(self, file: str, cell: int) -> bool:
        wanted = traced_name(file, cell)
        within = (f"{file}, ", f"{file}: ")
        return any(each == wanted or (not cell and each.startswith(within)) for each in self._files)
