"""Q1 and Q2: softmax, row by row."""

import numpy as np

from grader.author import agree, student, task


def softmax_agrees(X):
    agree(lambda m: {"softmax": m.softmax(X)})


@task("q1-code", "Softmax: each row by its definition", points=0.5)
def test_definition(rng):
    softmax_agrees(rng.standard_normal((6, 4)))


@task("q1-code", "Softmax: again and again, down to the uniform distribution", points=0.5)
def test_repeated(rng):
    rows = 3 * rng.standard_normal((5, 3))
    for time in range(40):
        rows = student.softmax(rows)
        assert np.allclose(rows.sum(axis=1), 1), "A row of softmax's result does not sum to 1."
        assert time or not np.allclose(rows, 1 / 3), "One softmax is not yet the uniform distribution."
    assert np.allclose(rows, 1 / 3), "Softmax, applied 40 times, must have come to 1/d in every place."


@task("q2-code", "Softmax: any constant added to a row changes nothing", points=1)
def test_translation(rng):
    X, c = rng.standard_normal((6, 4)), 5 * rng.standard_normal((6, 1))
    softmax_agrees(X + c)


@task("q2-code", "Softmax: rows at -1000 and at 1000", points=1)
def test_large(rng):
    X = rng.standard_normal((4, 3))
    softmax_agrees(X + np.array([[1000.0], [-1000.0], [0.0], [1e5]]))


@task("q2-code", "Softmax: a row with -1000 and 1000 in it")
def test_far_apart():
    softmax_agrees(np.array([[-1000.0, 999.0, 1000.0], [0.0, -1000.0, 0.0]]))


@task("q1-code", "Softmax: one row, as in the notebook")
def test_one_row():
    softmax_agrees(np.array([[0.1, 0.1, 0.2, 0.4, 0.2]]))


@task("q1-code", "Softmax: whole numbers")
def test_whole_numbers(rng):
    softmax_agrees(rng.integers(-3, 4, size=(3, 5)))
