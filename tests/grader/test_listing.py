"""Names are listed for students in one way, and not without end."""

from __future__ import annotations

import pytest

from grader.listing import listed


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["W"], "W"),
        (["W", "b"], "W and b"),
        (["W", "b", "y"], "W, b and y"),
        (["W", "b", "y", "dW"], "W, b, y and 1 more"),
        ([f"W{n}" for n in range(50)], "W0, W1, W2 and 47 more"),
    ],
)
def test_three_names_are_told_and_of_the_others_how_many(names, told):
    assert listed(names) == told
