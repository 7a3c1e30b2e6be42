"""What is reached, and what an attempt gets that it must not, is told: else nothing that holds would say much."""

from __future__ import annotations

import pytest

from tests.attacks.attack import corpus
from tests.attacks.canaries import PLACES, Canaries
from tests.attacks.ground import Attempt

ATTACK = next(attack for attack in corpus() if attack.id == "reading/by_path")


def test_a_canary_is_seen_in_any_text_even_half_of_it():
    canaries = Canaries()
    for place in PLACES:
        assert canaries.seen_in(["nothing", f"a line with {canaries.at[place][:-6]}"]) == {place}
    assert canaries.values_in(f"expected {canaries.weight}") == {"an expected value"}


@pytest.mark.parametrize(
    ("attempt", "complaint"),
    [
        (Attempt("graded", 10, {"test_blend": "passed"}, "looked at", set()), "scored 10 and not 4"),
        (Attempt("graded", 4, {"test_blend": "passed"}, "looked at", set()), "test_blend ended as passed"),
        (Attempt("graded", 4, {"test_blend": "wrong"}, "nothing", set()), "its program did not say"),
        (Attempt("graded", 4, {"test_blend": "wrong"}, "looked at 1", {"an expected value"}), "its author read"),
        (Attempt("refused", None, {}, "no", set()), "scored None"),
    ],
    ids=["points", "a verdict", "silence", "a value", "a refusal"],
)
def test_an_attempt_that_is_not_as_expected_is_told(attempt, complaint):
    assert complaint in "; ".join(attempt.complaints(ATTACK))
