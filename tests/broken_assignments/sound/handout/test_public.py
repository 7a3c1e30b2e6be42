"""A test that students run themselves: `python -m pytest`. It is none of the suite's."""

from solution import scale


def test_scale():
    assert scale(2.0, 2.0) == 4.0
