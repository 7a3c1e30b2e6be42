"""Some of these tests hold what they should, and some do not."""

import numpy as np

from grader.author import agree, student, task


@task("numbers", "Centred keeps the shape", points=1)
def test_centred(rng):
    x = rng.standard_normal((4, 3))
    assert np.shape(student.centred(x)) == x.shape, "The shape has changed."


@task("numbers", "Rectified", points=1)
def test_rectified(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"rectified": m.rectified(x)})


@task("numbers", "Averaged, of as many rows as columns", points=1)
def test_averaged(rng):
    x = rng.standard_normal((3, 3))
    agree(lambda m: {"averaged": m.averaged(x)})


@task("numbers", "The leading three of three", points=1)
def test_leading(rng):
    x = rng.standard_normal(3)
    agree(lambda m: {"leading": m.leading(3, x)})


@task("numbers", "Half is something", points=1)
def test_half():
    assert student.half(3.0) is not None, "There is nothing."


@task("numbers", "A countdown ends, and what ends the process is not asked for", points=1)
def test_ends():
    assert student.countdown(3) == 0, "It does not end at 0."
    assert student.guarded(0) == 0, "It gives another number."


@task("numbers", "A sum of one", points=1)
def test_sum(rng):
    x = rng.standard_normal(3)

    def scenario(m):
        total = m.Sum()
        total.add(x)
        return {"total": total.total}

    agree(scenario)


@task("numbers", "Half, for advice")
def test_half_for_advice():
    assert student.half(3.0) == 1.5, "Half of 3 is 1.5."
