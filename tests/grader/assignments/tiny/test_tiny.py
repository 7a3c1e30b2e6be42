"""The tiny suite: each way of asking, once."""

import numpy as np
import pytest

from grader.author import agree, student, task


@task("double", "Doubles an array", points=4)
def test_double(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"doubled": m.double(x)})


@task("objects", "Keeps what it is given", points=3)
def test_counter(rng):
    x = rng.standard_normal((1, 3))

    def scenario(m):
        counter = m.Counter()
        counter.add(x)
        counter.add(x)
        return {"total": counter.total, "parts": counter.parts}

    agree(scenario)


@task("objects", "Starts from nothing", points=1)
def test_start():
    assert np.array_equal(student.Counter().total, np.zeros((1, 3))), "A new Counter's total is not zero."


@task("functions", "Applies a function of the test", points=1)
def test_apply():
    agree(lambda m: m.apply(lambda x: x + 1, 41))


@task("functions", "Hands a function back", points=1)
def test_compose():
    agree(lambda m: m.compose(lambda x: x * 3)(2))


@task("functions", "Draws from the seeded generator")
def test_draw():
    agree(lambda m: m.draw(3))


@task("functions", "Refuses what is no array")
def test_refuses():
    with pytest.raises((TypeError, ValueError)):
        student.double(object_that_cannot_double)


@task("functions", "Fails when asked to")
def test_fails():
    with pytest.raises(Exception):  # noqa: B017, PT011 - as wide as an author may write it
        student.fail()


@task("functions", "Triples, in the second module")
def test_triple():
    agree(lambda m: {"tripled": m.triple(2.0)})


def object_that_cannot_double():
    """A function: two times it is a TypeError."""


@task("functions", "Draws the same in every grading, outside of agree too")
def test_seeded():
    assert student.draw(1)[0] == pytest.approx(0.3826063556341973), "The first number is not that of the seed."
