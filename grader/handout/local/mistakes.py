"""The assignment's mistakes without the reference that they were made in: what each returned, in a few entries.

The server runs the changed reference itself; here is stored what it returned on this handout's inputs. Of large arrays
only a sample is kept: it tells mistakes apart as well, and a handout stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.examiner.disagreement import Disagreement
from grader.examiner.mistakes import accounts_for
from grader.examiner.protocol import TestCard
from grader.report import Hint

_MOST_ENTRIES = 128
# Multiples of the golden ratio spread evenly over an array, and follow none of its rows or columns.
_GOLDEN = (5**0.5 - 1) / 2


class StoredMistake:
    """A mistake's hint, and by the seed of a trial the sketch of what it returned where the reference did not."""

    def __init__(self, hint: Hint, made: Mapping[int, Any]) -> None:
        self.hint = hint
        self.made = made

    def may_show_in(self, _test: TestCard) -> bool:
        """Always: where it does not show, nothing is stored."""
        return True

    def explains(self, seen: Disagreement, _seconds: float) -> bool:
        """Whether the student's code returned what this mistake returns, as far as the sketch tells."""
        if seen.trial.seed not in self.made:
            return False
        sketched = Disagreement(seen.trial, sketch(seen.got), sketch(seen.expected), seen.tolerance, ())
        return bool(sketched.found) and accounts_for(self.made[seen.trial.seed], sketched)


def sketch(value: Any) -> Any:
    """The value, with each large array as its dtype, its shape and a sample of its entries."""
    if isinstance(value, dict):
        return {key: sketch(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(sketch(each) for each in value)
    if not isinstance(value, np.ndarray) or value.size <= _MOST_ENTRIES:
        return value
    places = np.floor(value.size * (np.arange(_MOST_ENTRIES) * _GOLDEN % 1)).astype(np.int64)
    return {"dtype": value.dtype.str, "shape": list(value.shape), "sample": value.reshape(-1)[places]}
