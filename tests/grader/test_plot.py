"""Whatever its numbers, a chart's lines and marks lie where they can be seen, and say what they mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import plot
from grader.plot import Panel
from grader.report import Curve

# What `grader.examiner.figures` lets through.
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


def laid_out(got, expected):
    return plot.panel(Curve("loss", tuple(got), tuple(expected)), "epoch")


def places(points):
    return [tuple(map(float, point.split(","))) for point in points.split(" ")]


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=60))
def test_whatever_the_numbers_lines_and_ticks_lie_within_the_plot(pairs):
    got, expected = zip(*pairs, strict=True)
    panel = laid_out(got, expected)
    for x, y in (*places(panel.got), *places(panel.expected)):
        assert Panel.LEFT <= x <= Panel.RIGHT
        assert Panel.TOP <= y <= Panel.BOTTOM
    assert 2 <= len(panel.up) <= 7
    assert len({tick.label for tick in panel.up}) == len(panel.up), "no two ticks say the same"
    assert [tick.at for tick in panel.up] == sorted((tick.at for tick in panel.up), reverse=True)
    assert all(Panel.TOP <= tick.at <= Panel.BOTTOM for tick in panel.up)
    assert panel.across[0].label == "1"
    assert len(panel.across) <= 8
    assert all(Panel.LEFT <= tick.at <= Panel.RIGHT for tick in panel.across)


@given(st.lists(numbers, min_size=2, max_size=20, unique=True))
def test_a_greater_number_is_never_drawn_lower(values):
    panel = laid_out(values, values)
    heights = [-y for _, y in places(panel.got)]
    assert [heights[n] for n in np.argsort(values)] == sorted(heights)


def test_a_line_starts_at_the_first_step_and_ends_at_the_last():
    panel = laid_out((2.0, 1.0, 0.0), (2.0, 0.0, 0.0))
    assert places(panel.got) == [(52, 30), (180, 94), (308, 158)]
    assert places(panel.expected) == [(52, 30), (180, 158), (308, 158)]
    assert [(tick.at, tick.label) for tick in panel.up] == [(158, "0"), (126, "0.5"), (94, "1"), (62, "1.5"), (30, "2")]
    assert [tick.label for tick in panel.across] == ["1", "2", "3"]
    assert panel.told == "from 2 to 0 in 3 epochs; the reference's from 2 to 0"


@pytest.mark.parametrize("value", [0.0, 0.1, -7.0, 3e38, 1e-40])
def test_a_flat_line_lies_in_the_plot_and_not_on_its_edge(value):
    panel = laid_out((value,) * 3, (value,) * 3)
    assert all(Panel.TOP < y < Panel.BOTTOM for _, y in places(panel.got))


def test_one_step_alone_is_a_dot():
    panel = laid_out((1.0,), (2.0,))
    assert len(set(places(panel.got))) == 1
    assert len(places(panel.got)) == 2, "a line of no length, which round ends make a dot of"


def test_ticks_of_many_steps_are_few_and_round():
    line = [float(n) for n in range(500)]
    panel = laid_out(line, line)
    assert [tick.label for tick in panel.across] == ["1", "100", "200", "300", "400", "500"]
