"""A scenario and the seed that it starts from: run with any side, it meets the same random numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from grader.examiner.sides import Side

Scenario = Callable[[Any], Any]


class Trial(msgspec.Struct, frozen=True):
    """One scenario of a test."""

    scenario: Scenario
    seed: int

    def run(self, side: Side) -> Any:
        """What the scenario returns with this side. Raises what it raises."""
        side.seed(self.seed)
        seed_here(self.seed)
        return self.scenario(side.root)


def seed_here(seed: int) -> None:
    """Seeds the test's own generators too: its weight initialisers draw from them, on whichever side asks."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - hand-ins and their tests use the global generator
