"""Looks a second time at a test that failed, so that no hint is told which holds of one input alone.

The whole test runs again in a fresh process with other random numbers, and only hints that both runs show are kept. The
verdict stays the first run's; a test that ends in any other way the second time has no hint.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from grader.examiner.candidate import Candidate
from grader.examiner.disagreement import Disagreement, Sight, told
from grader.examiner.failures import StudentFailure
from grader.examiner.judge import Outcome
from grader.examiner.mistakes import Mistake
from grader.examiner.suite import Suite, Test

# What looking for hints may take of a grading, as a part of the time that all tests have together.
SHARE = 0.25


class SecondLook:
    """Narrows the hints of one grading. What it takes is not taken from the tests' time."""

    def __init__(self, suite: Suite, candidate: Candidate) -> None:
        self._suite = suite
        self._candidate = candidate
        self._left = SHARE * suite.assignment.limits.total_seconds
        self._made: list[Mistake] = []

    def narrowed(self, outcome: Outcome, test: Test, seen: Disagreement) -> Outcome:
        """The outcome of a test that ended so, with no hints but those that a second input shows too.

        Where the assignment itself knows the mistake, its words stand alone.
        """
        begun = time.monotonic()
        hints = told(self._shown_twice(test, seen))
        taken = time.monotonic() - begun
        self._left -= taken
        self._candidate.until += taken
        return msgspec.structs.replace(outcome, hints=hints, message=seen.message(hints))

    def _shown_twice(self, test: Test, seen: Disagreement) -> list[Sight]:
        suspects = self._suspects(test, seen)
        again = self._again(test) if suspects or seen.sights else None
        if again is None:
            return []
        made = [mistake for mistake in suspects if mistake.explains(again, test.seconds)]
        if len({mistake.hint.kind for mistake in made}) != 1:
            # Where several have the same outcome, nothing tells which of them was made.
            made = []
        self._made += [mistake for mistake in made[:1] if mistake not in self._made]
        # A mistake explains all that was seen: what else the numbers look like would only lead away from it.
        return [Sight("", made[0].hint)] if made else seen.sights_shared_with(again)

    def _suspects(self, test: Test, seen: Disagreement) -> list[Mistake]:
        """The mistakes that explain what was seen: one that this hand-in has made before, or else all that do."""
        possible = [mistake for mistake in self._suite.mistakes if mistake.may_show_in(test.card)]
        made = [mistake for mistake in self._made if mistake in possible]
        end = time.monotonic() + self._left

        def explaining(mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
            return (each for each in mistakes if time.monotonic() < end and each.explains(seen, test.seconds))

        return [*islice(explaining(made), 1)] or [*explaining(possible)]

    def _again(self, test: Test) -> Disagreement | None:
        """How the test ends with its second input, if it ends in a disagreement."""
        if self._left <= 0:
            return None
        seed = self._suite.seed_of(test, again=True)
        try:
            with self._candidate.test(seed, test.seconds, min(test.wall_seconds, self._left)) as side:
                error = self._suite.run(test, side, again=True).error
        except StudentFailure:
            return None
        finally:
            self._candidate.take_output()  # the student was shown that of the first
        return error if isinstance(error, Disagreement) else None
