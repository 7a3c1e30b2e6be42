"""The steps of a check, in order. Each builds on the ones before it, and says what it found."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec

from grader.assignment import FILE, AssignmentError, load
from grader.checking import gradings, handins, mutants, source
from grader.checking.findings import Finding, Level, error, of_mistake, test_file, test_name, warning
from grader.checking.rehearsals import compare, rehearse
from grader.checking.result import found_in
from grader.checking.showings import untold
from grader.checking.so_far import Paused, SoFar
from grader.examiner.mistakes import FOLDER
from grader.examiner.protocol import TestCard
from grader.handout.build import LEAST_SEED, build

RUNS = 3
"""How often everything runs, unless somebody wishes otherwise."""


class Step(msgspec.Struct, frozen=True):
    """One thing to look at: `title` is the sentence that holds when `look` finds nothing.

    `look` raises GraderFault when it cannot look, and the assignment is not to blame; and Paused.
    """

    title: str
    look: Callable[[], list[Finding]]


class Check:
    """The check of one assignment folder; rehearsals and gradings are done `runs` times.

    What its pieces of work bring is in `so_far`: a check that was given what another one brought goes on from there.
    """

    def __init__(
        self,
        folder: Path,
        examiners: gradings.Grader,
        runs: int,
        tell: Callable[[str], None],
        kept: Path | None = None,
        so_far: SoFar | None = None,
        goes_on: Callable[[], bool] = lambda: True,
        stands: int | None = None,
    ) -> None:
        """`tell` hears what is being done, for who waits. Mutants are tried where there is a folder in which the
        result is `kept`, at so many `stands`. `goes_on` is asked between two pieces of work; where nothing does, Paused
        is raised."""
        self._kept = kept
        self.so_far = so_far or SoFar()
        self._folder = folder
        self._gradings = gradings.Gradings(folder, examiners, runs, tell, self._rest)
        self._runs = runs
        self._tell = tell
        self._goes_on = goes_on
        self._stands = stands

    def go_on(self) -> None:
        """Takes the steps that are left, up to the first that finds an error. Raises GraderFault, Paused."""
        for step in islice(self.steps(), self.so_far.steps, None):
            found = step.look()
            self.so_far.findings += [found_in(self._folder, each) for each in found]
            self.so_far.steps += 1
            if any(each.level is Level.ERROR for each in found):
                return
            self._rest()

    def _rest(self) -> None:
        if not self._goes_on():
            raise Paused

    def steps(self) -> Iterator[Step]:
        """What is looked at, in order. Each needs that the ones before it found no error, and is taken after them."""
        yield self._step("The folder loads", self._loads)
        yield self._step("The tests repeat: the reference passes each, alone and in order, run by run", self._repeats)
        if any((self._folder / FOLDER).glob("*.toml")):
            yield self._step("Each mistake of `mistakes/` is told to who makes it", self._mistakes)
        yield self._step("The reference gets full marks when it is handed in", self._reference)
        yield self._step("The starter gets what assignment.toml says", self._starter)
        if load(self._folder).handout.tests:
            yield self._step("What students receive can be packed, and the reference passes it", self._handout)
        if self._kept:
            title = "Each scored test catches a mutant of the reference, and each mutant is caught or explained"
            yield self._step(title, partial(self._mutants, self._kept))

    def _step(self, title: str, look: Callable[[], Iterator[Finding]]) -> Step:
        def found() -> list[Finding]:
            try:
                return list(look())
            except AssignmentError as mistake:
                return [of_mistake(mistake)]

        return Step(title, found)

    def _loads(self) -> Iterator[Finding]:
        assignment = load(self._folder)
        if abs(assignment.seed) < LEAST_SEED:
            text = f"is {assignment.seed}, so that students can guess the hidden inputs: give it a large random number"
            yield warning(self._folder / FILE, "seed", text)
        if not any((self._folder / "handout").glob("*")):
            yield error(self._folder / "handout", "", "is missing or empty: put in it what students begin with")
        for task in assignment.tasks:
            listed = sum(item.points for item in task.rubric if item.points > 0)
            if task.rubric and abs(listed - task.points) > 1e-9:
                text = f"the items of `{task.id}` add up to {listed:g} points, and the task has {task.points:g}"
                yield warning(self._folder / FILE, "task.rubric", text)
        for file in sorted(self._folder.glob("test_*.py")):
            yield from source.findings(file)

    def _repeats(self) -> Iterator[Finding]:
        rehearsals = self.so_far.rehearsals
        for run in range(len(rehearsals), self._runs):
            self._tell(f"the reference passes each test, run {run + 1} of {self._runs}")
            rehearsals.append(rehearse(self._folder))
            self._rest()
        yield from compare(self._folder, rehearsals)
        cards = rehearsals[0].cards
        yield from _repeated_titles(self._folder, cards)
        for task in load(self._folder).tested:
            if task.id not in {card.task for card in cards}:
                yield warning(self._folder / FILE, "task.id", f"`{task.id}` has no test: write one, or leave it out")

    def _mistakes(self) -> Iterator[Finding]:
        return untold(self._folder, self._tell)

    def _reference(self) -> Iterator[Finding]:
        limits = [each.limit for each in self.so_far.rehearsals[0].alone]
        self._gradings.of(handins.solution, self.so_far.solutions)
        return gradings.of_solution(self._folder, load(self._folder), limits, self.so_far.solutions)

    def _starter(self) -> Iterator[Finding]:
        self._gradings.of(handins.starter, self.so_far.starters)
        return gradings.of_starter(self._folder, load(self._folder), self.so_far.starters)

    def _handout(self) -> Iterator[Finding]:
        self._tell("the handout is packed and tried out")
        with tempfile.TemporaryDirectory(prefix="handin-check-") as place:
            build(self._folder, Path(place, "handout"))
        return iter(())

    def _mutants(self, kept: Path) -> Iterator[Finding]:
        survey = partial(mutants.survey, self._folder, self._tell, self.so_far.tried, self._goes_on, self._stands)
        self.so_far.survey = mutants.kept_survey(self._folder, kept, survey)
        return mutants.findings(self._folder, self.so_far.survey)


def _repeated_titles(folder: Path, cards: tuple[TestCard, ...]) -> Iterator[Finding]:
    times = Counter((card.task, card.title) for card in cards)
    for card in cards:
        if times[card.task, card.title] > 1:
            text = f"another test of the task has its title, `{card.title}`: students could not tell them apart"
            yield error(test_file(folder, card.id), test_name(card.id), text)
