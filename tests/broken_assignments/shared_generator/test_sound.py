"""Nothing is wrong here; the folders beside this one each replace one file by one with a mistake."""

import numpy as np

from grader.author import agree, student, task

SHARED = np.random.default_rng(1)


@task("scale", "Scales an array", points=2)
def test_array():
    x = SHARED.standard_normal((4, 3))
    agree(lambda m: {"scaled": m.scale(x, 2.0)})


@task("scale", "Scales a number", points=1)
def test_number():
    assert student.scale(SHARED.random(), 0.0) == 0.0, "scale(3, 2) is not 6."


@task("draw", "Draws from the global generator", points=2)
def test_draw():
    agree(lambda m: {"drawn": m.draw(5)})
