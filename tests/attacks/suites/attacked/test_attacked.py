"""The hidden tests. `@…@` stands for what is planted anew in each run, and must never be seen outside of the grader."""

import numpy as np

from grader.author import agree, reference, student, task

CANARY = "@tests@"


@task("blending", "Blends two arrays", points=3)
def test_blend(rng):
    x, y = rng.standard_normal((2, 4, 3))
    x[0] = 0
    np.testing.assert_allclose(student.blend(x, y), reference.blend(x, y), rtol=1e-9)


@task("blending", "Sums what it blends", points=2)
def test_total(rng):
    x, y = rng.standard_normal((2, 4, 3))
    assert student.total(x, y) == reference.total(x, y)


@task("blending", "Applies a function of the test", points=1)
def test_apply():
    canary = CANARY

    def successor(number):
        return number + bool(canary)

    agree(lambda m: {"applied": m.apply(successor, 41.0)})


@task("doubling", "Doubles an array, after all that came before", points=3)
def test_double(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"doubled": m.double(x)})


@task("doubling", "Doubles another one", points=1)
def test_double_again(rng):
    x = rng.standard_normal((2, 5))
    agree(lambda m: {"doubled": m.double(x)})
